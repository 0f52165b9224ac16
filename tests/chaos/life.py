"""One task's life as an onlooker saw it, and whether it contradicts itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

OVER = frozenset({"completed", "failed", "cancelled"})
NOTHING_ALIVE = OVER | {"pending"}
OK, ACCEPTED, TOO_LATE = 200, 202, 409


@dataclass
class Life:
    """What was seen of one task."""

    name: str
    statuses: list[str] = field(default_factory=list)
    """Of the record, each time that it changed."""
    answers: list[int] = field(default_factory=list)
    """HTTP statuses of its cancellations, as far as an answer came."""
    accepted_at: float | None = None
    """When the first cancellation that was accepted had been asked for (s)."""
    cancelled_at: float | None = None

    def answered(self, status: int, asked_at: float) -> None:
        """Note the answer to a cancellation."""
        self.answers.append(status)
        if status in (OK, ACCEPTED) and self.accepted_at is None:
            self.accepted_at = asked_at

    def became(self, status: str, at: float) -> bool:
        """Note what the record says; tell whether it first says `cancelled`."""
        if self.statuses and self.statuses[-1] == status:
            return False
        self.statuses.append(status)
        if status != "cancelled" or self.cancelled_at is not None:
            return False
        self.cancelled_at = at
        return True

    @property
    def accepted(self) -> bool:
        """Tell whether a cancellation was accepted."""
        return self.accepted_at is not None

    @property
    def latency_ms(self) -> float | None:
        """From the request that was accepted to the record's word."""
        if self.accepted_at is None or self.cancelled_at is None:
            return None
        return max(0.0, self.cancelled_at - self.accepted_at) * 1000

    def contradictions(self, history: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """Say what does not fit. `history` is as the API shows it: moves with `from`, `to` and `event`."""
        last = self.statuses[-1] if self.statuses else "never seen"
        if self.accepted and last != "cancelled":
            yield f"an accepted cancellation, and it ended {last}"
        if TOO_LATE in self.answers and last == "cancelled":
            yield "a cancellation was too late, and it ended cancelled"
        for before, after in pairwise(self.statuses):
            if before in OVER:
                yield f"{before} became {after}"
            if before == "cancelling" and after != "cancelled":
                yield f"cancelling became {after}"
        yield from _breaks(history, last)


def _breaks(history: Sequence[Mapping[str, Any]], last: str) -> Iterator[str]:
    """Say where the history is no path in the table from a birth to where the record is."""
    path = [move["to"] for move in history]
    if None in path or not path or path[-1] != last:
        yield f"the history is no path to {last}: {[str(move['event']) for move in history]}"
    for before, after in pairwise(history):
        if before["to"] != after["from"]:
            yield f"the history jumps from {before['to']} to {after['from']}"
