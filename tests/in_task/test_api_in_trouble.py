"""A program in a task, and an API that is busy, slow, wrong or away: the program is not held up, and loses little."""

import signal
from collections.abc import Callable, Iterator

import pytest

from localcloud import ports, waiting
from tests.in_task import api as trouble
from tests.in_task.api import KEPT, Answer, Api, says
from tests.in_task.program import PATIENCE_S

CANCELLED = 128 + signal.SIGTERM
PASSES = {
    "503": says(503, Retry_After="1"),
    "500": says(500, b"<html>"),
    "429": says(429, Retry_After="3600"),
    "hangs up": trouble.hangs_up,
    "speaks no HTTP": trouble.speaks_no_http,
    "breaks off": trouble.breaks_off,
    "HTML": says(200, b"<html>Welcome to the hotel</html>"),
    "no document": says(200, b'"?"'),
    "breaks off in its excuse": trouble.breaks_off_in_its_excuse,
}
LASTS = PASSES | {
    "hangs": trouble.hangs,
    "drips": trouble.drips,
    "drips its head": trouble.drips_its_head,
    "drips its refusal": trouble.drips_its_refusal,
    "never ends": trouble.never_ends,
    "404": says(404),
    "another document": says(200, b'{"cancellation": {"grace": "no number", "force_requested": "yes"}}'),
}
# A hook that tries to keep something, and one before it that has to run whatever became of that.
DIES = """
    task.on_cleanup(lambda: print("clean", task.grace_left() > 0))
    task.on_cleanup(lambda: print("kept" if task.checkpoint({"a": 1}) else "lost"))
    print("ready")
    task.sleep(3600)
"""


@pytest.fixture
def api() -> Iterator[Callable[..., Api]]:
    apis: list[Api] = []

    def make(answer: Answer = KEPT) -> Api:
        apis.append(Api(answer))
        return apis[-1]

    yield make
    for each in apis:
        each.close()


@pytest.mark.parametrize("name", PASSES)
def test_what_fails_at_first_is_sent_again_and_is_the_same(script, api, name):
    busy = api()
    busy.answers_to_reports.append(PASSES[name])
    program = script('print(task.checkpoint({"a": 1}))', **busy.variables)
    assert program.ends() == 0
    assert program.words == ["True"]
    first, second = busy.told
    assert first == second


def test_what_is_refused_is_not_sent_again_and_says_why(script, api):
    strict = api(says(413, b'{"detail": "too much of it"}'))
    program = script(
        """
        try:
            task.checkpoint("x")
        except task.RefusedError as error:
            print("too much of it" in str(error))
        """,
        **strict.variables,
    )
    assert program.ends() == 0
    assert program.words == ["True"]
    assert len(strict.told) == 1


@pytest.mark.parametrize("name", PASSES)
def test_what_fails_at_first_is_kept_while_dying_too(script, api, name):
    busy = api()
    program = script(DIES, **busy.variables, CALLOFF_GRACE="60")
    program.says("ready")
    busy.answers_to_reports += [PASSES[name]] * 2
    program.signal()
    assert program.ends() == CANCELLED
    assert program.words == ["ready", "kept", "clean", "True"]


def test_a_redirection_is_not_followed(script, api):
    elsewhere = api()
    here = api(says(302, Location=elsewhere.url))
    program = script(
        """
        try:
            task.checkpoint(1)
        except task.RefusedError as error:
            print("302" in str(error))
        """,
        **here.variables,
    )
    assert program.ends() == 0
    assert program.words == ["True"]
    # The token is not for it.
    assert not elsewhere.asked
    assert not elsewhere.told


def test_who_is_to_come_back_at_once_does_not_do_so_without_a_pause(script, api):
    busy = api(says(503, Retry_After="0"))
    program = script(DIES, **busy.variables, CALLOFF_GRACE="2")
    program.says("ready")
    program.signal()
    assert program.ends() == CANCELLED
    assert len(busy.told) + len(busy.asked) < 50


def test_a_url_that_is_none_keeps_nobody_from_cleaning_up(script):
    program = script(DIES, CALLOFF_URL="localhost", CALLOFF_TOKEN="token", CALLOFF_GRACE="1")
    program.says("ready")
    program.signal()
    assert program.ends() == CANCELLED
    assert {"lost", "clean"} <= set(program.words)


def test_a_dying_program_cleans_up_within_its_grace_all_the_same(script, api):
    # All at once: what cannot be kept is tried for most of the grace.
    programs = {name: script(DIES, **api(answer).variables, CALLOFF_GRACE="10") for name, answer in LASTS.items()}
    for program in programs.values():
        program.says("ready")
        program.signal()
    for name, program in programs.items():
        assert (name, program.ends()) == (name, CANCELLED)
        assert "clean True" in program.said, name


@pytest.mark.parametrize("name", ["503", "429", "hangs up", "hangs"])
def test_a_stuck_program_learns_of_a_shorter_grace_when_the_api_recovers(script, api, name):
    busy = api(LASTS[name])
    stuck = 'task.on_cleanup(lambda: print("clean"))\nprint("ready")\nimport time\nwhile True: time.sleep(0.01)'
    program = script(stuck, **busy.variables, CALLOFF_GRACE="600")
    program.says("ready")
    program.signal()
    # So often that a second has passed; a request that hangs is given up, and sent again.
    waiting.until(lambda: len(busy.asked) >= (1 if name == "hangs" else 5), "requests", PATIENCE_S)
    busy.answer = trouble.task(600, grace=1)
    program.says("clean")
    program.signal(signal.SIGKILL)
    program.ends()


def test_it_does_so_where_nobody_listens(script):
    [port] = ports.free(1)
    away = {"CALLOFF_URL": f"http://127.0.0.1:{port}", "CALLOFF_TOKEN": "token", "CALLOFF_GRACE": "2.5"}
    program = script(DIES, **away)
    program.says("ready")
    program.signal()
    assert program.ends() == CANCELLED
    assert {"lost", "clean"} <= set(program.words)


def test_progress_and_heartbeats_hold_no_program_up(script, api):
    slow = api(trouble.hangs)
    program = script(
        """
        for number in range(10_000):
            task.progress(number)
            task.heartbeat()
        print("through")
        """,
        **slow.variables,
    )
    # Nothing was answered by then.
    program.says("through")
    slow.close()
    assert program.ends() == 0


def test_of_many_reports_the_newest_is_sent(script, api):
    quick = api()
    program = script("for number in range(1000): task.progress(number, 1000)", **quick.variables)
    assert program.ends() == 0
    sent = [report["progress"]["done"] for report in quick.heard("progress")]
    assert sent[-1] == 999
    assert len(sent) < 100


def test_the_reports_of_all_processes_of_a_task_are_numbered_in_their_order(script, api):
    quick = api()
    program = script(
        """
        import os, subprocess, sys
        task.checkpoint("first")
        subprocess.run([sys.executable, "-c", "from calloff import task; task.checkpoint('of a child')"], check=True)
        if not os.fork():
            task.checkpoint("of a fork")
            os._exit(0)
        os.wait()
        task.checkpoint("last")
        """,
        **quick.variables,
    )
    assert program.ends() == 0
    kept = sorted(quick.told, key=lambda report: report["sequence"])
    assert [each["checkpoint"]["data"] for each in kept] == ["first", "of a child", "of a fork", "last"]


def test_no_progress_whatever_keeps_a_heartbeat_from_being_sent(script, api):
    quick = api()
    program = script(
        """
        from decimal import Decimal
        task.progress(Decimal("1.5"), 3)
        task.sleep(1.2)
        task.progress(float("nan"), message="lost")
        task.sleep(1.2)
        task.progress(2, message="m" * 513)
        """,
        **quick.variables,
    )
    assert program.ends() == 0
    first, second, third = quick.told
    assert first["progress"] == {"done": 1.5, "total": 3, "message": None}
    assert (second["heartbeat"], second.get("progress")) == (True, None)
    assert third["progress"]["message"] == "m" * 512


def test_the_first_news_of_a_hook_is_sent_where_no_thread_begins_any_more(script, api):
    quick = api()
    program = script(
        """
        import threading
        def no_thread(self):
            raise RuntimeError("can't create new thread at interpreter shutdown")
        @task.on_cleanup
        def last():
            threading.Thread.start = no_thread
            task.progress(7)
        print("ready")
        task.sleep(3600)
        """,
        **quick.variables,
    )
    program.says("ready")
    program.signal()
    assert program.ends() == CANCELLED
    assert [report["progress"]["done"] for report in quick.heard("progress")] == [7]


def test_who_cannot_cancel_itself_goes_on(script, api):
    program = script(
        """
        try:
            task.cancel_self("enough")
        except task.RefusedError:
            task.check_cancellation()
            print("goes on")
        """,
        **api(says(401)).variables,
    )
    assert program.ends() == 0
    assert program.said == "goes on\n"


def test_where_the_checkpoint_to_go_on_from_cannot_be_had_nothing_begins_anew(script, api):
    program = script(
        """
        import os, signal
        task.install()
        os.kill(os.getpid(), signal.SIGTERM)
        try:
            task.resume()
        except task.UnreachableError:
            print("unknown")
        """,
        **api(says(500)).variables,
        CALLOFF_GRACE="1",
    )
    assert program.ends() == 0
    assert program.words[-1] == "unknown"
