"""The task's own door to Calloff, from the variables that each container is given."""

from __future__ import annotations

import json
import logging
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from calloff.task._cancelled import cancelled

if TYPE_CHECKING:
    from http.client import HTTPResponse

log = logging.getLogger("calloff.task")

PATIENCE_S = 10.0
"""Seconds for which a call is tried again."""
ATTEMPT_S = 5.0
"""Seconds for one attempt of it."""
FIRST_PAUSE_S, LONGEST_PAUSE_S, DYING_PAUSE_S = 0.1, 2.0, 0.3
TOO_MANY, SERVER_FAULT = 429, 500
LARGEST = 1024 * 1024
"""Bytes of an answer; the largest, with a checkpoint, has some 33 KiB."""


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
        while True:
            try:
                return self._once(method, path, body, min(ATTEMPT_S, max(0.05, ends - time.monotonic())))
            except _TryAgainError as fault:
                most = DYING_PAUSE_S if cancelled.at is not None else LONGEST_PAUSE_S
                pause = min(fault.after if fault.after is not None else pause * 2, most)
                if time.monotonic() + pause >= ends:
                    raise UnreachableError(f"{method} {path}: {fault}") from fault
                # Not a wait for the cancellation: what is sent while dying has to wait, too.
                time.sleep(pause)  # noqa: TID251 - this runs in a container, not in a Lambda

    def _once(self, method: str, path: str, body: object, timeout: float) -> Any:
        import http.client
        import urllib.error
        import urllib.request

        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, content, headers, method=method)  # noqa: S310 - ours
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310 - the same
                return _document(answer, time.monotonic() + timeout)
        except urllib.error.HTTPError as fault:
            with fault:
                words = fault.read(500).decode(errors="replace")
            if fault.code == TOO_MANY or fault.code >= SERVER_FAULT:
                raise _TryAgainError(f"{fault.code}", _seconds(fault.headers.get("Retry-After"))) from fault
            raise RefusedError(f"{method} {path}: {fault.code} {words}") from fault
        except (OSError, http.client.HTTPException, ValueError) as fault:
            raise _TryAgainError(repr(fault)) from fault


def door() -> Door | None:
    """Answer this task's door; None where no Calloff is around, as on a laptop."""
    url, token = os.environ.get("CALLOFF_URL"), os.environ.get("CALLOFF_TOKEN")
    return Door(url.rstrip("/"), token) if url and token else None


def _document(answer: HTTPResponse, ends: float) -> dict[str, Any]:
    """Read an answer. Who sends byte after byte, without end, or another document, is not Calloff."""
    content = b""
    while part := answer.read1(LARGEST):
        content += part
        if len(content) > LARGEST or time.monotonic() > ends:
            raise TimeoutError("the answer has no end")
    document = json.loads(content)
    if not isinstance(document, dict):
        raise ValueError("no answer of Calloff's")  # noqa: TRY004 - like every other text that is none
    return document


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isdigit() else None
