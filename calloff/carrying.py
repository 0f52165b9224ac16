"""Carry a request out: send it, and send it again as long as that may help and there is time.

To repeat is safe for each request of the API: a submission has its Idempotency-Key, a cancellation counts as one
however often it is asked for, and the others say what is to be, not what is to change.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import assert_never

from calloff import reading
from calloff.errors import CalloffError, NoAnswerError, TimeLimitError
from calloff.steps import Call, Pause, Reply, Send, Silence, Steps

AGAIN = frozenset({429, 500, 502, 503, 504})
"""Too many requests, and what is the server's fault or its gateway's."""
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 3.0


@dataclass(frozen=True)
class Retry:
    """A request is going to be sent again, in so many seconds."""

    why: CalloffError
    seconds: float


@dataclass(frozen=True)
class Patience:
    """How long, and how, requests are tried."""

    limit_s: float
    """Seconds that one operation may take, with all that is sent again."""
    notice: Callable[[Retry], None] = field(default=lambda _: None)
    """Told of each request that is sent again."""
    now: Callable[[], float] = monotonic
    chance: Callable[[], float] = random.random


def carry_out(call: Call, patience: Patience) -> Steps[Reply]:
    """Send a request until it is answered.

    Raises:
        APIError, UnreadableAnswerError: an answer that asks for another try, and there is no time for one.
        NoAnswerError, TimeLimitError: no answer came in time.
    """
    ends, pause_s = patience.now() + patience.limit_s, FIRST_PAUSE_S
    error: CalloffError | None = None
    while True:
        told = yield Send(call, max(ends - patience.now(), 0.001))
        if isinstance(told, Reply) and told.status not in AGAIN:
            return told
        if error is None or not isinstance(told, Silence) or not told.late:
            # A last try that was cut short says less than what came of those before it.
            error = _error(told, patience.limit_s)
        # Full jitter, so that callers who failed together do not come back together; never before they were asked to.
        asked_s = reading.retry_after(told) or 0.0 if isinstance(told, Reply) else 0.0
        seconds = asked_s + pause_s * patience.chance()
        if patience.now() + seconds >= ends:
            raise error
        patience.notice(Retry(error, seconds))
        yield Pause(seconds)
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)


def _error(told: Reply | Silence | None, limit_s: float) -> CalloffError:
    match told:
        case Reply():
            return reading.problem(told)
        case Silence(late=True):
            return TimeLimitError(f"no answer within {limit_s:g} s")
        case Silence(why):
            return NoAnswerError(why)
        case None:  # pragma: no cover - a client that breaks its promise
            message = "a request was sent and nothing was told of it"
            raise RuntimeError(message)
        case other:
            assert_never(other)
