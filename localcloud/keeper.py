"""The keeper: a small process that outlives a killed supervisor, and ends what it left behind.

It reads the supervisor's orders from a pipe. When the pipe ends, the supervisor is gone, however it went
(SIGKILL included), and every process group that it had not taken back gets SIGTERM, then SIGKILL. A pipe works
on every Unix; Linux's ``PR_SET_PDEATHSIG`` fires when the *thread* that started the child ends, and does not
reach grandchildren.

Run by path with ``-I -S``, so it imports nothing but the standard library and is up in milliseconds.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PROC = Path("/proc")
#: Seconds between SIGTERM and SIGKILL: the ECS endpoint stops its containers meanwhile.
GRACE_S = 20.0
WATCH, FORGET, REMOVE = "watch", "forget", "remove"


class Keeper:
    """The supervisor's end of the pipe."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def watch(self, group: int) -> None:
        """End this process group if the supervisor dies."""
        self._order(WATCH, str(group))

    def forget(self, group: int) -> None:
        """Say that the process group is gone: its number may come to name another."""
        self._order(FORGET, str(group))

    def remove(self, folder: Path) -> None:
        """Remove the folder in the end, whatever happens."""
        self._order(REMOVE, str(folder))

    def close(self) -> None:
        """Let the keeper do what is left to do, and wait for it."""
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate()

    def _order(self, verb: str, operand: str) -> None:
        if self._process.stdin is None:
            raise RuntimeError("the keeper has no pipe")
        self._process.stdin.write(f"{verb} {operand}\n")
        self._process.stdin.flush()


def keep() -> None:
    """Follow the orders until the pipe ends, then end what is left."""
    groups: dict[int, None] = {}
    folders: list[Path] = []
    for line in sys.stdin:
        verb, _, operand = line.rstrip("\n").partition(" ")
        if verb == WATCH:
            groups[int(operand)] = None
        elif verb == FORGET:
            groups.pop(int(operand), None)
        elif verb == REMOVE:
            folders.append(Path(operand))
    end(list(groups))
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def end(groups: list[int], grace_s: float = GRACE_S) -> None:
    """End process groups: SIGTERM, and SIGKILL for what is left after ``grace_s`` seconds."""
    for group in groups:
        send(group, signal.SIGTERM)
        # A stopped process gets its SIGTERM only when it goes on.
        send(group, signal.SIGCONT)
    deadline = time.monotonic() + grace_s
    while any(map(alive, groups)) and time.monotonic() < deadline:
        time.sleep(0.02)
    for group in groups:
        send(group, signal.SIGKILL)


def send(group: int, number: int) -> None:
    """Send a signal to a process group, if there is one."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def alive(group: int) -> bool:
    """Say whether the process group has a member that is more than a zombie."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        # macOS answers PermissionError for a group of zombies.
        return False
    # In a container whose first process reaps nobody, a group of zombies would seem to live for ever.
    return not PROC.exists() or any(member == group for member in living_groups())


def living_groups() -> Iterator[int]:
    """Find the group of each process but zombies (proc(5): after the name come state, parent, group)."""
    for stat in PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, group = stat.read_text(errors="replace").rpartition(")")[2].split()[:3]
            if state not in "ZX":
                yield int(group)


if __name__ == "__main__":
    # Ctrl-C and SIGTERM are for the supervisor; the keeper goes when its pipe ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    keep()
