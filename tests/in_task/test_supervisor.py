"""The supervisor on real processes: it passes signals on, buries the dead, and kills the tree whole."""

import os
import signal
from pathlib import Path

import pytest

from localcloud import waiting

PATIENCE_S = 10
KILLED = 128 + signal.SIGKILL
DEAF = "trap '' TERM INT; while :; do sleep 0.05; done"
# Below the shell: a child, a grandchild in a session of its own, and one whose parent is gone.
FAMILY = f"""
trap '' TERM
sh -c "{DEAF}" &
setsid sh -c "{DEAF}" &
(setsid sh -c "{DEAF}" &)
echo ready
while :; do sleep 0.05; done
"""


def marked(mark: str) -> list[int]:
    """The processes that carry the mark in their environment: the whole tree, wherever it fled to."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"MARK={mark}".encode() in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def gone(mark: str) -> None:
    waiting.until(lambda: not marked(mark) or None, "the end of the tree", PATIENCE_S)


@pytest.mark.parametrize(
    ("command", "code"),
    [("exit 0", 0), ("exit 7", 7), ("kill -SEGV $$", 128 + signal.SIGSEGV), ("kill -KILL $$", KILLED)],
)
def test_its_exit_code_is_the_commands(run, init, command, code):
    assert run([init, "--", "sh", "-c", command]).ends() == code


def test_what_cannot_be_run_is_told_as_shells_do(run, init, tmp_path):
    (tmp_path / "plain").write_text("no program")
    assert run([init, "--", "no-such-program"]).ends() == 127
    assert run([init, "--", str(tmp_path / "plain")]).ends() in {126, 127}
    assert run([init]).ends() == 64


def test_the_whole_tree_hears_sigterm_also_who_left_the_group(run, init):
    listens = "trap 'echo heard; exit 0' TERM; echo here; while :; do sleep 0.05; done"
    program = run([init, "--", "sh", "-c", f'setsid sh -c "{listens}" & {listens}'], CALLOFF_GRACE="30")
    program.says("here", times=2)
    program.signal()
    assert program.ends() == 0
    assert program.words.count("heard") == 2


def test_a_deaf_tree_dies_whole_when_the_grace_is_over(run, init, request):
    mark = f"{os.getpid()}-{request.node.name}"
    program = run([init, "--", "sh", "-c", FAMILY], CALLOFF_GRACE="1", MARK=mark)
    program.says("ready")
    waiting.until(lambda: len(marked(mark)) >= 5 or None, "the family", PATIENCE_S)
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


def test_what_the_command_leaves_behind_ends_with_it(run, init, request):
    mark = f"{os.getpid()}-{request.node.name}"
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


def test_zombies_are_reaped(run, init):
    program = run([init, "--", "sh", "-c", "for i in 1 2 3 4 5; do (sleep 0.01 &); done; echo ready; exec sleep 60"])
    program.says("ready")
    children = Path(f"/proc/{program.process.pid}/task/{program.process.pid}/children")

    def only_the_command() -> bool | None:
        return all(len(p.read_text().split()) <= 1 for p in children.parent.parent.glob("*/children")) or None

    waiting.until(only_the_command, "the burial of the orphans", PATIENCE_S)


def test_without_calloff_the_grace_of_the_environment_counts(run, init):
    program = run([init, "--", "sh", "-c", f"echo ready; {DEAF}"], CALLOFF_GRACE="0.2")
    program.says("ready")
    program.signal(signal.SIGINT)
    assert program.ends() == KILLED
