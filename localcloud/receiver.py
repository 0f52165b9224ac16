"""The receiver of events: hands them to the application's handlers, as EventBridge hands them to Lambdas.

``POST /_localcloud/events/<handler>`` answers 200 with the handler's result as JSON; 500 if it raised, so that
the sender repeats the event (at least once); 404 for a handler that the application does not have.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from localcloud import wsgi

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from localcloud.wsgi import HttpRequest

log = logging.getLogger(__name__)

EVENTS = "/_localcloud/events/"


class EventReceiver(wsgi.Front):
    """All event handlers of a Chalice application, by name."""

    def __init__(self, app: Any, limit_s: float, region: str) -> None:
        super().__init__(limit_s, region)
        self._handlers = event_handlers(app)

    def answer(self, request: HttpRequest) -> Response:
        """Call the handler that the path names."""
        name = request.path.removeprefix(EVENTS)
        if not request.path.startswith(EVENTS) or name not in self._handlers:
            return wsgi.as_json(404, {"errorMessage": "no such handler", "handlers": sorted(self._handlers)})
        if request.method != "POST":
            return wsgi.as_json(405, {"errorMessage": "events are POSTed"})
        return self._invoke(name, request.body)

    def _invoke(self, name: str, body: bytes) -> Response:
        try:
            return wsgi.as_json(200, self._handlers[name](json.loads(body), self.context(name)))
        except Exception as error:
            log.exception("handler %s raised", name)
            return wsgi.as_json(500, {"errorType": type(error).__name__, "errorMessage": str(error)})


def event_handlers(app: Any) -> dict[str, Callable[[Any, Any], Any]]:
    """Collect every handler that is not a route: those of events, schedules and queues, and plain Lambdas."""
    named = [*app.event_sources, *app.pure_lambda_functions]
    return {entry.name: app.handler_map[entry.name] for entry in named}


def create() -> EventReceiver:
    """Make the receiver for gunicorn, from the environment."""
    return EventReceiver(wsgi.application(), *wsgi.settings())
