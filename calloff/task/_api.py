"""The task's own door to Calloff, from the variables that each container is given."""

from __future__ import annotations

import json
import logging
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from calloff.task._cancelled import cancelled

log = logging.getLogger("calloff.task")

PATIENCE_S = 10.0
"""Seconds for which a call is tried again."""
ATTEMPT_S, SHORTEST_ATTEMPT_S = 5.0, 0.05
"""Seconds for one attempt of it."""
FIRST_PAUSE_S, LONGEST_PAUSE_S, DYING_PAUSE_S = 0.1, 2.0, 0.3
TAKEN, TOO_MANY, SERVER_FAULT = range(200, 300), 429, 500


class RefusedError(ValueError):
    """Calloff took the call as wrong, such as a checkpoint that is too large: the same again would be, too."""


class UnreachableError(OSError):
    """Calloff did not answer in time; whether the call had an effect is not known. Repeating it is safe."""


class _TryAgainError(Exception):
    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = after


@dataclass(frozen=True)
class Door:
    """Where this task's own requests go, and what shows that they are its own."""

    url: str
    token: str

    def call(self, method: str, path: str, body: object = None, patience: float = PATIENCE_S) -> Any:
        """Send a request, again and again for `patience` seconds; answer the JSON of the answer.

        Raises:
            RefusedError: it was refused for good.
            UnreachableError: it was not answered.
        """
        ends, pause = time.monotonic() + patience, FIRST_PAUSE_S
        content = None if body is None else json.dumps(body).encode()
        while True:
            try:
                return self._once(method, path, content, ends)
            except _TryAgainError as fault:
                most = DYING_PAUSE_S if cancelled.at is not None else LONGEST_PAUSE_S
                pause = min(fault.after if fault.after is not None else pause * 2, most)
                if time.monotonic() + pause >= ends:
                    raise UnreachableError(f"{method} {path}: {fault}") from fault
                # Not a wait for the cancellation: what is sent while dying has to wait, too.
                time.sleep(pause)  # noqa: TID251 - this runs in a container, not in a Lambda

    def _once(self, method: str, path: str, content: bytes | None, ends: float) -> Any:
        # Not before a program has something to say: that takes tens of milliseconds, which count.
        from calloff.task._http import exchange

        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            timeout = min(ATTEMPT_S, max(SHORTEST_ATTEMPT_S, ends - time.monotonic()))
            answer = exchange(method, self.url + path, headers, content, timeout)
        except OSError as fault:
            raise _TryAgainError(repr(fault)) from fault
        if answer.status == TOO_MANY or answer.status >= SERVER_FAULT:
            raise _TryAgainError(f"{answer.status}", _seconds(answer.retry_after))
        if answer.status not in TAKEN:
            raise RefusedError(f"{method} {path}: {answer.status} {answer.body[:500].decode(errors='replace')}")
        return _document(answer.body)


def door() -> Door | None:
    """Answer this task's door; None where no Calloff is around, as on a laptop."""
    url, token = os.environ.get("CALLOFF_URL"), os.environ.get("CALLOFF_TOKEN")
    return Door(url.rstrip("/"), token) if url and token else None


def _document(content: bytes) -> dict[str, Any]:
    """Read an answer. Who says something else is not Calloff."""
    with suppress(ValueError):
        document = json.loads(content)
        if isinstance(document, dict):
            return document
    raise _TryAgainError("no answer of Calloff's")


def _seconds(text: str | None) -> float | None:
    """Read `Retry-After`. No pause is shorter than the first one: who says 0 would be asked without end."""
    return max(float(text), FIRST_PAUSE_S) if text and text.isdecimal() else None
