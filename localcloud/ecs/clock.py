"""Time as a port: the system's clock with its timers, and a clock that a test holds in its hand.

This is the one module of the package that looks at the real time.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)


class Timer(Protocol):
    """Something that happens later, unless it is cancelled before."""

    def cancel(self) -> None:
        """Make sure that it does not begin from now on."""


class Clock(Protocol):
    """Epoch seconds, and calls at a later time."""

    def now(self) -> float:
        """Answer the time in epoch seconds."""

    def call_at(self, when: float, action: Callable[[], None]) -> Timer:
        """Call `action` once the time is `when` (epoch seconds), in the clock's own thread of control."""


@dataclass(order=True)
class _Entry:
    when: float
    number: int
    action: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.cancelled = True


class HeldClock:
    """A clock that stands still until `advance` moves it; timers then run in order, in the caller's thread."""

    def __init__(self, start: float = 1_767_323_045.0) -> None:
        self._now = start
        self._entries: list[_Entry] = []
        self._numbers = itertools.count()

    def now(self) -> float:
        """Answer the held time."""
        return self._now

    def call_at(self, when: float, action: Callable[[], None]) -> Timer:
        """Remember `action` for `when`; a time that has passed means the next `advance`."""
        entry = _Entry(max(when, self._now), next(self._numbers), action)
        heapq.heappush(self._entries, entry)
        return entry

    def advance(self, seconds: float = 0.0) -> None:
        """Move on by `seconds`, calling what becomes due on the way, and what that makes due."""
        end = self._now + seconds
        while self._entries and self._entries[0].when <= end:
            entry = heapq.heappop(self._entries)
            self._now = max(self._now, entry.when)
            if not entry.cancelled:
                entry.action()
        self._now = end

    def next_due(self) -> float | None:
        """Answer when the next timer is due, if there is one."""
        while self._entries and self._entries[0].cancelled:
            heapq.heappop(self._entries)
        return self._entries[0].when if self._entries else None


class SystemClock:
    """The system's time; one thread runs the timers, so actions must be short."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="ecs-clock", daemon=True)
        self._thread.start()

    def now(self) -> float:
        """Answer the system's time."""
        return time.time()

    def call_at(self, when: float, action: Callable[[], None]) -> Timer:
        """Call `action` in the clock's thread once the time is `when`."""
        entry = _Entry(when, next(self._numbers), action)
        with self._changed:
            heapq.heappush(self._entries, entry)
            self._changed.notify()
        return entry

    def close(self) -> None:
        """Stop the thread; timers still waiting never run."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while (entry := self._next()) is not None:
            if entry.cancelled:
                continue
            try:
                entry.action()
            except Exception:  # noqa: BLE001  one timer's fault must not stop all later ones
                _log.exception("a timer failed")

    def _next(self) -> _Entry | None:
        with self._changed:
            while not self._closed:
                wait = self._entries[0].when - time.time() if self._entries else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._entries)
                self._changed.wait(wait)
        return None
