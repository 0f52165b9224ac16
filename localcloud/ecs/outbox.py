"""Events on their way out: journaled with the change that they tell of, handed over at least once.

An event leaves the journal only when its sink took it, so neither a crash of the endpoint nor a receiver that is
away loses one. A failed delivery is tried again by itself, with backoff, and does not hold up those behind it, as on
EventBridge; without failures the order stays.
"""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from localcloud.ecs.journal import Row
from localcloud.ecs.model import Json  # noqa: TC001  msgspec reads the annotations of Parcel at run time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from localcloud.ecs.clock import Clock
    from localcloud.ecs.journal import Journal
    from localcloud.ecs.sinks import Sink

_KIND = "outbox"
_FIRST_RETRY_S = 0.1
_LAST_RETRY_S = 5.0


@dataclass(frozen=True)
class Parcel:
    """One delivery of one event to one sink, due at an epoch second."""

    key: str
    sink: int
    due: float
    event: Json


class Outbox:
    """Takes events in, and hands them to the sinks when they are due."""

    def __init__(self, clock: Clock, journal: Journal, sinks: Sequence[Sink]) -> None:
        self._clock = clock
        self._journal = journal
        self._sinks = sinks
        self._lock = threading.Lock()
        self._closed = False
        self._waiting = [msgspec.json.decode(body, type=Parcel) for body in journal.read(_KIND).values()]
        last = max((int(parcel.key.split(".")[0]) for parcel in self._waiting), default=0)
        self._numbers = itertools.count(last + 1)

    @property
    def waiting(self) -> int:
        """Answer how many deliveries are still owed."""
        return len(self._journal.read(_KIND))

    def resume(self) -> None:
        """Send what a former endpoint still owed."""
        left, self._waiting = self._waiting, []
        self.send(left)

    def pack(self, event: Json, offsets: Sequence[float]) -> list[Parcel]:
        """Make the deliveries of an event, one for each sink and offset (seconds from now)."""
        number, now = next(self._numbers), self._clock.now()
        return [
            Parcel(f"{number:012d}.{copy}.{sink}", sink, now + offset, event)
            for sink in range(len(self._sinks))
            for copy, offset in enumerate(offsets)
        ]

    @staticmethod
    def rows(parcels: Sequence[Parcel]) -> list[Row]:
        """Answer the journal's rows for the parcels; to be written with the change itself."""
        return [Row(_KIND, parcel.key, msgspec.json.encode(parcel)) for parcel in parcels]

    def send(self, parcels: Sequence[Parcel]) -> None:
        """Hand the parcels over when they are due; never inside the caller's call."""
        for parcel in parcels:
            self._clock.call_at(parcel.due, partial(self._hand_over, parcel, _FIRST_RETRY_S))

    def close(self) -> None:
        """Hand nothing over any more; what is left stays in the journal."""
        with self._lock:
            self._closed = True

    def _hand_over(self, parcel: Parcel, patience: float) -> None:
        if parcel.sink < len(self._sinks) and not self._closed:
            self._sinks[parcel.sink].take(parcel.event, partial(self._answered, parcel, patience))

    def _answered(self, parcel: Parcel, patience: float, taken: bool) -> None:  # noqa: FBT001  a callback's answer
        with self._lock:
            if self._closed:
                return
            if taken:
                self._journal.write([Row(_KIND, parcel.key, None)])
                return
        again = partial(self._hand_over, parcel, min(patience * 2, _LAST_RETRY_S))
        self._clock.call_at(self._clock.now() + patience, again)
