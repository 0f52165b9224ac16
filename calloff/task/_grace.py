"""How long this program may still take for its ending."""

from __future__ import annotations

import os
import time
from typing import Any

from calloff.task._cancelled import cancelled


class Grace:
    """The seconds between SIGTERM and SIGKILL: the task's `stop_timeout`, unless its cancellation says otherwise."""

    def __init__(self) -> None:
        """Know only what the container was started with."""
        self._asked: float | None = None

    def learn(self, document: Any) -> None:
        """Take in what Calloff says of this task."""
        match document:
            case {"cancellation": {"force_requested": True}}:
                self._asked = 0.0
            case {"cancellation": {"grace": int() | float() as seconds}}:
                self._asked = float(seconds)
            case _:
                # Nothing else was asked for, or this is another's document: what is known stays.
                pass

    def whole(self) -> float | None:
        """Answer the grace in seconds; None where nobody set one, as on a laptop."""
        return self._asked if self._asked is not None else _number(os.environ.get("CALLOFF_GRACE"))

    def left(self) -> float | None:
        """Answer what is left of it; all of it before a cancellation."""
        whole = self.whole()
        if whole is None or cancelled.at is None:
            return whole
        return max(0.0, cancelled.at + whole - time.monotonic())


grace = Grace()


def grace_left() -> float | None:
    """Seconds until this program is killed, once it is being cancelled; None where nobody kills it."""
    return grace.left()


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
