"""Trees of processes under a supervisor, and how a test sees who of them is alive."""

import signal
from collections.abc import Iterable
from pathlib import Path

from localcloud import waiting

PATIENCE_S = 60
KILLED = 128 + signal.SIGKILL
FOREVER = "while :; do sleep 0.05; done"
DEAF = f"trap '' TERM INT; {FOREVER}"
# The word comes after the trap: who waits for it may signal at once.
DEAF_READY = f"trap '' TERM INT; echo ready; {FOREVER}"
# Below the shell: a child, a grandchild in a session of its own, and one whose parent is gone.
FAMILY = f"""
trap '' TERM
sh -c "{DEAF}" &
setsid sh -c "{DEAF}" &
(setsid sh -c "{DEAF}" &)
echo ready
{FOREVER}
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
    waiting.until(lambda: not marked(mark), "the end of the tree", PATIENCE_S)


def children(pid: int) -> list[int]:
    """The children of a process, the dead that nobody has buried included."""
    return [int(child) for path in Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()]


def childless(pid: int, but: int) -> bool:
    """Whether a process has so many children at most."""
    return len(children(pid)) <= but


def states(pid: int) -> list[str]:
    """The states of a process's threads, the first one's first: T is halted, Z is dead and not buried."""
    threads = sorted(int(path.name) for path in Path(f"/proc/{pid}/task").iterdir())
    return [_state(Path(f"/proc/{pid}/task/{thread}/stat")) for thread in threads]


def _state(stat: Path) -> str:
    return stat.read_text().rpartition(")")[2].split()[0]


def members(first: int) -> dict[int, str]:
    """Everybody in the container whose first process this is: process ids as they are out here, and their states."""
    container = Path(f"/proc/{first}/cgroup").read_text()
    assert container != Path("/proc/self/cgroup").read_text()
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if (path / "cgroup").read_text() == container:
                found[int(path.name)] = _state(path / "stat")
        except OSError:
            continue
    return found


def alive(pids: Iterable[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]
