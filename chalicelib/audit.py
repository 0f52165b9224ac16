"""The audit: one line of the log for each attempt, also the refused.

What was done is in the task's history too; what was refused changes nothing there, and is here alone. A line says who,
from where, what and with which outcome. It holds nothing that a caller sends as content: no body, no query, no header
but the user agent, no token.
"""

from typing import Any

import msgspec
from chalice.app import Request, Response

from chalicelib import log
from chalicelib.authorization import Caller, Verb
from chalicelib.ids import is_task_id

MAX_AGENT = 200
"""Characters of a user agent that are kept."""
REFUSED = 400
"""HTTP statuses from here on are refusals."""
_NOTE = "calloff.audit"


class Attempt(msgspec.Struct):
    """What is learned of an attempt on its way."""

    verb: Verb | None = None
    caller: Caller | None = None


def attempt(request: Request) -> Attempt:
    """The attempt that this request is."""
    found: Attempt = request.context.setdefault(_NOTE, Attempt())
    return found


def record(request: Request, response: Response, problem: str | None) -> None:
    """Write the attempt down. `problem` is the type of the answer, where that is a problem.

    What is open to all and went well (health, the documentation, preflights) is nobody's attempt.
    """
    made = attempt(request)
    if made.verb is None and response.status_code < REFUSED:
        return
    identity = request.context.get("identity") or {}
    log.info(
        "audit",
        request_id=request.context.get("requestId"),
        verb=made.verb,
        by=made.caller and made.caller.name,
        role=made.caller and made.caller.role,
        task_id=_task_id(request, response, made),
        method=request.method,
        route=request.path,
        status=response.status_code,
        outcome=problem or "ok",
        source_ip=identity.get("sourceIp"),
        user_agent=_short(identity.get("userAgent")),
    )


def _task_id(request: Request, response: Response, made: Attempt) -> str | None:
    """The task that it was about: named in the path, in the token, or new."""
    named = (request.uri_params or {}).get("task_id", "")
    if made.verb is Verb.SUBMIT:
        named = str(response.headers.get("Location", "")).rpartition("/")[2]
    elif made.caller and request.path.startswith("/self"):
        named = made.caller.name
    return named if is_task_id(named) else None


def _short(text: Any) -> str | None:
    return text[:MAX_AGENT] if isinstance(text, str) else None
