"""The supervisor on real processes: it passes signals on, buries the dead, and kills the tree whole."""

import signal
import sys
import threading
import time
from pathlib import Path

import pexpect
import pytest

from localcloud import waiting
from tests.in_task.processes import (
    DEAF,
    DEAF_READY,
    FAMILY,
    FOREVER,
    KILLED,
    PATIENCE_S,
    childless,
    children,
    gone,
    marked,
    states,
)


@pytest.mark.parametrize(
    ("command", "code"),
    [("exit 0", 0), ("exit 7", 7), ("kill -SEGV $$", 128 + signal.SIGSEGV), ("kill -KILL $$", KILLED)],
)
def test_its_exit_code_is_the_commands(run, init, command, code):
    assert run([init, "--", "sh", "-c", command]).ends() == code


def test_what_cannot_be_run_is_told_as_shells_do(run, init, tmp_path):
    (tmp_path / "plain").write_text("no program")
    assert run([init, "--", "no-such-program"]).ends() == 127
    assert run([init, "--", str(tmp_path / "no-such-program")]).ends() == 127
    assert run([init, "--", str(tmp_path / "plain")]).ends() == 126
    assert run([init, "--", str(tmp_path)]).ends() == 126
    (tmp_path / "plain").chmod(0o755)
    assert run([init, "--", str(tmp_path / "plain")]).ends() == 126
    assert run([init]).ends() == 64


def test_the_whole_tree_hears_sigterm_also_who_left_the_group(run, init):
    listens = "trap 'echo heard; exit 0' TERM; echo here; while :; do sleep 0.05; done"
    program = run([init, "--", "sh", "-c", f'setsid sh -c "{listens}" & {listens}'], CALLOFF_GRACE="30")
    program.says("here", times=2)
    program.signal()
    assert program.ends() == 0
    assert program.words.count("heard") == 2


def must_be_killed(run, init, mark, script):
    program = run([init, "--", "sh", "-c", script], CALLOFF_GRACE="0.4", MARK=mark)
    program.says("ready")
    program.signal()
    assert program.ends() == KILLED
    gone(mark)


def test_a_deaf_tree_dies_whole_when_the_grace_is_over(run, init, mark):
    program = run([init, "--", "sh", "-c", FAMILY], CALLOFF_GRACE="1", MARK=mark)
    program.says("ready")
    waiting.until(lambda: len(marked(mark)) >= 5, "the family", PATIENCE_S)
    program.signal(times=200)
    assert program.ends() == KILLED
    gone(mark)


def test_a_child_may_finish_its_clean_up_after_the_command_is_gone(run, init):
    child = "trap 'sleep 0.3; echo clean; exit' TERM; echo here; while :; do sleep 0.05; done"
    program = run([init, "--", "sh", "-c", f'sh -c "{child}" & wait'], CALLOFF_GRACE="30")
    program.says("here")
    program.signal()
    assert program.ends() == 128 + signal.SIGTERM
    assert "clean" in program.words


def test_a_kill_below_the_command_is_told_though_that_ended_well(run, init, mark):
    must_be_killed(run, init, mark, f"trap 'exit 0' TERM; (trap '' TERM; echo ready; {FOREVER}) & {FOREVER}")


def test_what_the_command_leaves_behind_ends_with_it(run, init, mark):
    program = run([init, "--", "sh", "-c", f'setsid sh -c "{DEAF}" & exit 3'], MARK=mark)
    assert program.ends() == 3
    gone(mark)


def test_other_signals_are_passed_on_and_end_nothing(run, init):
    script = "trap 'echo one' USR1; trap 'echo hup' HUP; trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done"
    program = run([init, "--", "sh", "-c", script])
    program.says("ready")
    program.signal(signal.SIGUSR1)
    program.says("one")
    program.signal(signal.SIGHUP)
    program.says("hup")
    assert program.process.poll() is None
    program.signal()
    assert program.ends() == 5


def test_a_storm_of_another_signal_crowds_out_none(run, init):
    listens = "trap 'exit 5' TERM; trap : USR1; echo ready; while :; do sleep 0.05; done"
    program = run([init, "--", "sh", "-c", listens])
    program.says("ready")
    storm = threading.Thread(target=program.signal, args=(signal.SIGUSR1, 50_000))
    storm.start()
    program.signal()
    assert program.ends() == 5
    storm.join()


@pytest.mark.parametrize("after_ms", [0, 0.2, 0.5, 1, 2, 3, 5, 8, 12, 20])
def test_a_storm_from_the_very_beginning_ends_it(run, init, mark, after_ms):
    program = run([init, "--", "sh", "-c", f"setsid sh -c 'sleep 60' & {FOREVER}"], CALLOFF_GRACE="120", MARK=mark)
    time.sleep(after_ms / 1000)
    program.signal(times=30)
    # By the signal itself, if it came before the supervisor had got hold of it: nothing had been started then.
    assert program.ends() in {-signal.SIGTERM, 128 + signal.SIGTERM}
    gone(mark)


def test_who_ends_as_the_grace_does_is_told_by_what_happened(run, init):
    ends = "trap 'sleep 0.{}; echo saved; exit 0' TERM; echo ready; while :; do sleep 0.01; done"
    programs = [run([init, "--", "sh", "-c", ends.format(280 + n)], CALLOFF_GRACE="0.3") for n in range(0, 40, 4)]
    for program in programs:
        program.says("ready")
        program.signal()
    for program in programs:
        assert (program.ends(), "saved" in program.words) in {(0, True), (KILLED, False), (KILLED, True)}


def test_who_is_halted_is_woken_to_hear_of_the_end(run, init):
    program = run([init, "--", "sh", "-c", "trap 'exit 5' TERM; echo ready; kill -STOP $$; while :; do :; done"])
    program.says("ready")
    [command] = children(program.process.pid)
    waiting.until(lambda: states(command) == ["T"], "the halt", PATIENCE_S)
    program.signal()
    assert program.ends() == 5


def test_who_is_halted_and_deaf_is_killed(run, init, mark):
    must_be_killed(run, init, mark, f"trap 'kill -STOP $$' TERM; echo ready; {FOREVER}")


def test_a_script_that_signals_its_group_leaves_the_supervisor_alone(run, init):
    program = run([init, "--", "sh", "-c", "trap '' TERM; (kill 0); sleep 0.2; exit 4"], CALLOFF_GRACE="0")
    assert program.ends() == 4


def test_at_a_terminal_the_command_is_in_the_foreground(init):
    at = pexpect.spawn(init, ["--", "sh", "-c", "read line; echo got $line; exec sleep 60"], timeout=PATIENCE_S)
    at.sendline("a line")
    at.expect("got a line")
    at.sendintr()
    at.expect(pexpect.EOF)
    at.close()
    assert at.exitstatus == 128 + signal.SIGINT


def test_the_first_thread_may_be_gone_before_the_process(run, init):
    """The process table shows such a process as a zombie, though it lives."""
    script = """
import ctypes, os, signal, threading, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.setsid()
threading.Thread(target=time.sleep, args=(3600,)).start()
print(os.getpid(), "ready", flush=True)
ctypes.CDLL(None).pthread_exit(None)
"""
    below = f'"$0" -S -c "$1" & trap "" TERM; {FOREVER}'
    program = run([init, "--", "sh", "-c", below, sys.executable, script], CALLOFF_GRACE="0.2")
    program.says("ready")
    hidden = Path(f"/proc/{program.words[0]}")
    waiting.until(lambda: states(int(hidden.name)) == ["Z", "S"], "the end of its first thread", PATIENCE_S)
    program.signal()
    assert program.ends() == KILLED
    waiting.until(lambda: not hidden.exists(), "its end", PATIENCE_S)


def test_zombies_are_reaped(run, init):
    program = run([init, "--", "sh", "-c", "for i in 1 2 3 4 5; do (sleep 0.01 &); done; echo ready; exec sleep 60"])
    program.says("ready")
    waiting.until(lambda: childless(program.process.pid, but=1), "the burial of the orphans", PATIENCE_S)


def test_without_calloff_the_grace_of_the_environment_counts(run, init):
    program = run([init, "--", "sh", "-c", DEAF_READY], CALLOFF_GRACE="0.2")
    program.says("ready")
    program.signal(signal.SIGINT)
    assert program.ends() == KILLED
