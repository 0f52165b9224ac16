"""The kernel's own word: which processes of a task are alive. Asked of /proc, never of Calloff, never of the endpoint.

Every process that a task ever starts carries the task's mark in its environment, whatever group or session it is in.
"""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from tests.chaos.live_stories import MARK

PROC = Path("/proc")


def alive(mark: str) -> list[int]:
    """The pids of the living processes whose mark begins so. A zombie has no environment any more."""
    wanted = f"{MARK}={mark}".encode()
    return [pid for pid, environment in _environments() if any(each.startswith(wanted) for each in environment)]


def _environments() -> Iterator[tuple[int, list[bytes]]]:
    for process in PROC.glob("[0-9]*"):
        # It may go while we look.
        with contextlib.suppress(OSError):
            yield int(process.name), (process / "environ").read_bytes().split(b"\0")


def children(pid: int) -> list[int]:
    """The children of a process."""
    with contextlib.suppress(OSError):
        return [int(child) for child in (PROC / str(pid) / "task" / str(pid) / "children").read_text().split()]
    return []


def kill(pid: int) -> None:
    """Kill a process, if it is there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
