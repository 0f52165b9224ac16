"""Read answers: a document of the type that was asked for, or the exception that the problem document stands for."""

from typing import TypeVar

import msgspec

from calloff.answers import ProblemDocument
from calloff.errors import APIError, NoAnswerError, UnreadableAnswerError
from calloff.problems import BY_SLUG
from calloff.steps import Reply

T = TypeVar("T")

URN = "urn:calloff:problem:"
GATEWAYS = frozenset({429, 502, 503, 504})
SHOWN = 120
"""Characters of an answer that is not Calloff's which an error shows."""


def read(reply: Reply, into: type[T]) -> T:
    """Read an answer.

    Raises:
        APIError: it is a problem document.
        UnreadableAnswerError: it is none of Calloff's.
    """
    if not 200 <= reply.status < 300:  # noqa: PLR2004 - successes
        raise problem(reply)
    try:
        return msgspec.json.decode(reply.body, type=into)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableAnswerError(f"{_shown(reply)} ({error})") from error


def problem(reply: Reply) -> APIError | NoAnswerError | UnreadableAnswerError:
    """Make the exception of an answer that is no success.

    A gateway that could not reach the API, or would not, says so in words of its own: that is no answer.
    """
    try:
        document = msgspec.json.decode(reply.body, type=ProblemDocument)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return NoAnswerError(_shown(reply)) if reply.status in GATEWAYS else UnreadableAnswerError(_shown(reply))
    kind = BY_SLUG.get(document.type.removeprefix(URN), APIError)
    return kind(document, retry_after(reply))


def retry_after(reply: Reply) -> float | None:
    """Read `Retry-After` in its form of seconds, the only one that Calloff and API Gateway send."""
    text = reply.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else None


def _shown(reply: Reply) -> str:
    words = reply.body.decode(errors="replace").strip() or "nothing"
    return f"no answer of Calloff's: {reply.status}, {words[:SHOWN]}"
