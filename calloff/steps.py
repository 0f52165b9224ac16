"""What an operation does, apart from how: a generator that asks for steps, and is told what came of each.

All of the client's knowledge is in such generators (`calls`, `carrying`, `watching`). The two clients only take the
steps: one waits by itself, the other is awaited.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Call:
    """A request to the API."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True)
class Send:
    """Send the request, and wait at most `within` seconds for its answer."""

    call: Call
    within: float


@dataclass(frozen=True)
class Pause:
    """Let so many seconds pass."""

    seconds: float


@dataclass(frozen=True)
class Give:
    """Hand an item to whoever iterates."""

    item: Any


@dataclass(frozen=True)
class Reply:
    """An answer of whoever listens there. Names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Silence:
    """No answer came. `late`: because the time was over."""

    why: str
    late: bool = False


@dataclass(frozen=True)
class Done(Generic[T]):
    """The operation is over; its result."""

    result: T


Step = Send | Pause | Give
Told = Reply | Silence | None
Steps = Generator[Step, Told, T]


def advance(steps: Steps[T], told: Told) -> Step | Done[T]:
    """Tell the operation what came of its last step; the next one, or its result."""
    try:
        return steps.send(told)
    except StopIteration as end:
        return Done(end.value)
