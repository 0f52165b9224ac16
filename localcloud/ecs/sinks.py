"""Where events go: a function in the same process, or a URL that takes a POST."""

from __future__ import annotations

import logging
import queue
import threading
from typing import TYPE_CHECKING, Protocol

import msgspec
import urllib3

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.ecs.model import Json

_log = logging.getLogger(__name__)
_TIMEOUT = urllib3.Timeout(connect=2.0, read=30.0)


class Sink(Protocol):
    """Takes events, and says of each whether it has it now."""

    def take(self, event: Json, done: Callable[[bool], None]) -> None:
        """Take an event; call `done` once, with ``False`` if it must be brought again."""


class DirectSink:
    """Calls a handler in the caller's thread: for a held clock."""

    def __init__(self, handler: Callable[[Json], object]) -> None:
        self._handler = handler

    def take(self, event: Json, done: Callable[[bool], None]) -> None:
        """Call the handler; an exception means that the event comes again."""
        done(_delivered(self._handler, event))


class QueuedSink:
    """Calls a handler in a thread of its own, one event after the other."""

    def __init__(self, handler: Callable[[Json], object]) -> None:
        self._handler = handler
        self._queue: queue.SimpleQueue[tuple[Json, Callable[[bool], None]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="ecs-events", daemon=True)
        self._thread.start()

    def take(self, event: Json, done: Callable[[bool], None]) -> None:
        """Queue the event for the thread."""
        self._queue.put((event, done))

    def close(self) -> None:
        """Let the thread end after what is queued."""
        self._queue.put(None)

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            event, done = item
            done(_delivered(self._handler, event))


def http_sink(url: str) -> QueuedSink:
    """Answer a sink that posts each event as JSON to `url`; only a 2xx takes it."""
    pool = urllib3.PoolManager(maxsize=1, retries=False, timeout=_TIMEOUT)
    headers = {"content-type": "application/json"}

    def post(event: Json) -> None:
        answer = pool.request("POST", url, body=msgspec.json.encode(event), headers=headers)
        if not 200 <= answer.status < 300:  # noqa: PLR2004  HTTP's own numbers
            raise ConnectionError(f"{url} answered {answer.status}")

    return QueuedSink(post)


def _delivered(handler: Callable[[Json], object], event: Json) -> bool:
    try:
        handler(event)
    except Exception as fault:  # noqa: BLE001  whatever the receiver's fault is, the event comes again
        _log.debug("an event was not taken: %s", fault)
        return False
    return True
