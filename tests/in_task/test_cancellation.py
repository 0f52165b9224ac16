"""A program learns that it is to end: in loops, waits, threads, event loops and forked children."""

import signal
import subprocess
import sys

import pytest

from tests.in_task.program import ROOT

CANCELLED = 128 + signal.SIGTERM


def test_a_check_ends_the_program_quietly_with_143(script):
    program = script("""
        task.install()
        print("ready")
        while True:
            task.check_cancellation()
    """)
    program.says("ready")
    program.signal()
    assert program.ends() == CANCELLED
    assert program.words == ["ready"]


def test_before_a_signal_a_check_does_nothing(script):
    program = script("""
        for _ in range(100_000):
            task.check_cancellation()
        print(task.cancelled.is_set(), task.cancelled.wait(0))
    """)
    assert program.ends() == 0
    assert program.words == ["False", "False"]


def test_what_catches_every_error_does_not_catch_a_cancellation(script):
    program = script("""
        task.install()
        print("ready")
        while True:
            try:
                task.check_cancellation()
            except Exception:
                print("swallowed")
            finally:
                pass
    """)
    program.says("ready")
    program.signal()
    assert program.ends() == CANCELLED
    assert "swallowed" not in program.said


def test_it_is_level_triggered(script):
    program = script("""
        task.install()
        print("ready")
        task.cancelled.wait()
        for _ in range(3):
            try:
                task.check_cancellation()
            except task.TaskCancelled:
                print("still")
    """)
    program.says("ready")
    program.signal()
    assert program.ends() == 0
    assert program.words.count("still") == 3


@pytest.mark.parametrize(
    "wait",
    [
        "task.sleep(3600)",
        "task.wait_for_input(0)",
        "task.wait_for_input(sys.stdin, 3600)",
        "asyncio.run(task.unless_cancelled(asyncio.sleep(3600)))",
        "task.cancelled.wait(3600); task.check_cancellation()",
    ],
)
def test_a_cancellation_interrupts_each_wait(script, wait):
    program = script(f"import asyncio, sys\ntask.install()\nprint('ready')\n{wait}\nprint('over')")
    program.says("ready")
    program.signal()
    assert program.ends() == CANCELLED
    assert program.words == ["ready"]


@pytest.mark.parametrize(
    "wait", ["task.sleep(3600)", "task.wait_for_input(0)", "asyncio.run(task.unless_cancelled(asyncio.sleep(3600)))"]
)
def test_a_wait_that_begins_after_the_signal_does_not_begin(script, wait):
    program = script(f"""
        import asyncio, os, signal
        task.install()
        os.kill(os.getpid(), signal.SIGTERM)
        {wait}
    """)
    assert program.ends() == CANCELLED


def test_input_and_its_absence_are_told_apart(script):
    program = script("""
        import sys
        print("nothing" if not task.wait_for_input(0, 0.01) else "something")
        print("ready")
        print(task.wait_for_input(0), sys.stdin.readline())
    """)
    program.says("ready")
    program.process.stdin.write(b"word\n")
    program.process.stdin.flush()
    assert program.ends() == 0
    assert program.words == ["nothing", "ready", "True", "word"]


def test_what_is_awaited_is_given_up_properly(script):
    program = script("""
        import asyncio
        async def work():
            try:
                task.install()
                print("ready")
                await asyncio.sleep(3600)
            finally:
                print("given", "up")
        asyncio.run(task.unless_cancelled(work()))
    """)
    program.says("ready")
    program.signal()
    assert program.ends() == CANCELLED
    assert program.words == ["ready", "given", "up"]


def test_what_is_awaited_answers_and_raises_as_ever(script):
    program = script("""
        import asyncio
        async def fails():
            raise KeyError("mine")
        async def main():
            print(await task.unless_cancelled(asyncio.sleep(0, "answer")))
            try:
                await task.unless_cancelled(fails())
            except KeyError as error:
                print(error)
        asyncio.run(main())
    """)
    assert program.ends() == 0
    assert program.words == ["answer", "'mine'"]


def test_threads_and_several_tasks_of_a_loop_hear_the_same_signal(script):
    program = script("""
        import asyncio, threading
        task.install()
        threads = [threading.Thread(target=lambda: print("t") if task.cancelled.wait() else None) for _ in range(3)]
        for thread in threads:
            thread.start()
        async def one():
            await task.cancelled.wait_async()
            print("a")
        async def main():
            task.install()
            print("ready")
            await asyncio.gather(one(), one(), one())
        asyncio.run(main())
    """)
    program.says("ready")
    program.signal(times=50)
    assert program.ends() == 0
    assert sorted(program.said.removeprefix("ready").replace("\n", "")) == list("aaattt")


def test_a_handler_of_the_programs_own_is_called_too(script):
    program = script("""
        import signal
        signal.signal(signal.SIGTERM, lambda *_: print("mine"))
        task.install()
        print("ready")
        task.sleep(3600)
    """)
    program.says("ready")
    program.signal()
    assert program.ends() == CANCELLED
    assert program.words == ["ready", "mine"]


def test_a_forked_child_dies_of_sigterm_as_ever_and_its_parent_goes_on(script):
    program = script("""
        import multiprocessing, time
        task.install()
        child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(3600,))
        child.start()
        child.terminate()
        child.join()
        print(child.exitcode, task.cancelled.is_set(), task.cancelled.wait(0))
    """)
    assert program.ends() == 0
    assert program.words == ["-15", "False", "False"]


def test_a_program_that_only_reports_dies_of_sigterm_as_ever(script):
    program = script("""
        import time
        task.progress(1, 2, "half")
        task.heartbeat()
        print("ready")
        time.sleep(3600)
    """)
    program.says("ready")
    program.signal()
    assert program.ends() == -signal.SIGTERM


def test_the_first_use_in_another_thread_says_what_to_do(script):
    program = script("""
        import threading
        def work():
            try:
                task.check_cancellation()
            except RuntimeError as error:
                print("install()" in str(error))
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    """)
    assert program.ends() == 0
    assert program.words == ["True"]


def test_without_calloff_around_everything_works(script):
    program = script("""
        task.progress(1, 10)
        task.heartbeat()
        print(task.checkpoint({"a": 1}), task.result([1]), task.resume(), task.grace_left())
        task.cancel_self("enough")
        task.check_cancellation()
    """)
    assert program.ends() == CANCELLED
    assert program.words == ["False", "False", "None", "None"]


NOTICES = """
import signal, sys, threading
opened = []
def notice(event, _):
    if event.startswith("socket.") and threading.current_thread() is threading.main_thread():
        opened.append(event)
sys.addaudithook(notice)
"""


def test_no_check_opens_a_socket_before_the_signal_or_after_it(script):
    program = script(
        NOTICES
        + """
task.on_cleanup(lambda: print("hooks", len(opened) > 0))
for _ in range(1000):
    task.check_cancellation()
print(threading.active_count(), "urllib.request" in sys.modules, opened)
signal.raise_signal(signal.SIGTERM)
for _ in range(1000):
    try:
        task.check_cancellation()
    except task.TaskCancelled:
        pass
print(opened)
task.checkpoint(1)
""",
        CALLOFF_URL="http://127.0.0.1:9",
        CALLOFF_TOKEN="token",
        CALLOFF_GRACE="1",
    )
    # What does open one, is noticed: the checkpoint.
    assert program.ends() == 0
    assert program.said.splitlines()[:2] == ["2 False []", "[]"]
    assert "hooks True" in program.said


def test_it_needs_nothing_but_the_standard_library():
    names = """
import sys
before = set(sys.modules)
from calloff import task
print(*(m for m in set(sys.modules) - before if m.partition(".")[0] not in sys.stdlib_module_names))
"""
    argv = [sys.executable, "-S", "-c", names]
    found = subprocess.run(argv, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True)
    assert all(name == "calloff" or name.startswith("calloff.task") for name in found.stdout.split())
