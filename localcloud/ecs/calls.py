"""What was asked of the endpoint, whatever it answered: how often callers call is part of what tests are about."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localcloud.ecs.model import Json

#: Calls that are remembered; older ones are forgotten.
MOST = 100_000


@dataclass(frozen=True)
class Call:
    """One call as it came in."""

    at: float
    """Epoch seconds."""
    operation: str
    task: str | None
    """The task that it names, as it names it."""
    reason: str | None
    """The reason that it gives."""


class Calls:
    """Remembers the newest calls."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=MOST)

    def note(self, at: float, operation: str, params: Json) -> None:
        """Remember a call."""
        task, reason = (value if isinstance(value := params.get(name), str) else None for name in ("task", "reason"))
        self._calls.append(Call(at, operation, task, reason))

    def of(self, operation: str) -> list[Call]:
        """Give the calls of one operation, oldest first."""
        return [call for call in self._calls if call.operation == operation]
