"""Sends what is no hurry, in a thread of its own: a program is never held up by a slow API."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

from calloff.task._api import PATIENCE_S, Door, RefusedError, UnreachableError, door, log
from calloff.task._cancelled import cancelled
from calloff.task._grace import grace

EVERY_S = 1.0
"""Seconds between two reports. Of what comes faster, the newest of each kind is sent."""
LAST_S = 2.0
"""Seconds that a program which ends may still take for its newest report, if its grace allows that."""


_last = 0


def _number() -> int:
    """Number a report by the clock, so that those of all processes of a task are in order; it never goes back."""
    global _last  # noqa: PLW0603 - one count for the program
    _last = max(_last + 1, time.time_ns())
    return _last


def report(here: Door, news: dict[str, Any], patience: float = PATIENCE_S) -> None:
    """Send a report. It is numbered when it is made: what newer news of its kind overtook changes nothing any more."""
    here.call("POST", "/self/report", {**news, "sequence": _number()}, patience)


class Sender:
    """The newest news, on its way."""

    _news: dict[str, Any]
    _changed: threading.Condition
    _thread: threading.Thread | None
    _busy: bool
    _over: bool

    def __init__(self) -> None:
        """Have nothing to send; the thread begins with the first."""
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def send(self, **news: Any) -> None:
        """Send soon; what was not sent yet under the same name is replaced."""
        if (here := door()) is None:
            return
        with self._changed:
            self._news |= news
            self._changed.notify_all()
            if self._thread is None:
                self._thread = self._started(here)

    def _started(self, here: Door) -> threading.Thread | None:
        thread = threading.Thread(target=self._run, args=(here,), name="calloff-reports", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # A clean-up hook's first news: from 3.12 on, Python begins no thread at its exit. `flush` sends it.
            return None
        return thread

    def _run(self, here: Door) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._news))
                news, self._news = self._news, {}
                self._busy = True
            self._sent(here, news)
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                # A program at its end does not wait for the next second.
                self._changed.wait_for(lambda: self._over, timeout=EVERY_S)

    def _sent(self, here: Door, news: dict[str, Any], patience: float = PATIENCE_S) -> None:
        try:
            report(here, news, patience)
        except UnreachableError as fault:
            log.debug("kept for later: %s", fault)
            with self._changed:
                self._news = news | self._news
        except RefusedError as fault:
            log.warning("%s", fault)

    def flush(self) -> None:
        """Wait for the newest report of a program that ends, but not for long."""
        left = grace.left() if cancelled.at is not None else None
        patience = LAST_S if left is None else min(LAST_S, left / 2)
        if self._thread is not None:
            self._wait(patience)
        elif self._news and (here := door()):
            self._sent(here, self._news, patience)

    def _wait(self, patience: float) -> None:
        ends = time.monotonic() + patience
        with self._changed:
            self._over = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._news and not self._busy, timeout=max(0, ends - time.monotonic()))

    def _reset(self) -> None:
        """A forked child has no thread of its parent's, and none of its news."""
        self._news = {}
        self._changed = threading.Condition()
        self._thread = None
        self._busy = self._over = False


sender = Sender()
