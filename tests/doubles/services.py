"""The other ports in memory: timers, the launch queue, and an operator's switches."""

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime

from chalicelib.ports import Full, Handed, Line, Lines, NoSuchToken, Nothing, Taken, Unclear, Unread
from tests.doubles.clock import START


class MemoryTimers:
    """Keeps the promises of `Timers`; `trouble` lines up answers for the next calls that fail."""

    def __init__(self) -> None:
        self.started: dict[tuple[str, int], datetime] = {}
        self.trouble: deque[Unclear] = deque()

    def start(self, task_id: str, number: int, at: datetime) -> Handed | Unclear:
        if self.trouble:
            return self.trouble.popleft()
        self.started.setdefault((task_id, number), at)
        return Handed()


class MemoryQueue:
    """Keeps the promises of `LaunchQueue`."""

    def __init__(self) -> None:
        self.waiting: list[str] = []
        self.trouble: deque[Unclear] = deque()

    def send(self, task_ids: Sequence[str]) -> Handed | Unclear:
        if self.trouble:
            return self.trouble.popleft()
        self.waiting += task_ids
        return Handed()


class MemoryLogs:
    """Keeps the promises of `Logs`. A token is a place; `trouble` lines up answers for the next calls that fail."""

    def __init__(self) -> None:
        self.written: dict[str, list[Line]] = {}
        self.trouble: deque[Unread | NoSuchToken] = deque()

    def write(self, stream: str, *texts: str, at: datetime = START) -> None:
        self.written.setdefault(stream, []).extend(Line(at, text) for text in texts)

    def read(self, stream: str, limit: int, token: str | None) -> Lines | Nothing | NoSuchToken | Unread:
        if self.trouble:
            return self.trouble.popleft()
        if stream not in self.written:
            return Nothing()
        place = int(token or 0)
        lines = self.written[stream][place : place + limit]
        return Lines(lines, str(place + len(lines)))


class MemorySlots:
    """Keeps the promises of `Slots`."""

    def __init__(self) -> None:
        self.held: dict[str, dict[str, datetime]] = {}
        self._lock = threading.Lock()

    def take(self, owner: str, task_id: str, most: int, now: datetime) -> Taken | Full:
        with self._lock:
            held = self.held.setdefault(owner, {})
            if task_id not in held and len(held) >= most:
                return Full(dict(held))
            held[task_id] = now
            return Taken()

    def free(self, owner: str, held: Mapping[str, datetime]) -> None:
        with self._lock:
            for task_id in [i for i, since in held.items() if self.held.get(owner, {}).get(i) == since]:
                del self.held[owner][task_id]


class HeldSwitches:
    """Keeps the promises of `Switches`, as a test sets them."""

    def __init__(self) -> None:
        self.freeze = False
        self.armed = True
        self.paused: list[str] = []

    def frozen(self) -> bool:
        return self.freeze

    def hunting(self) -> bool:
        return self.armed and not self.paused

    def pause_hunt(self, reason: str) -> None:
        self.paused.append(reason)
