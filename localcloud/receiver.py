"""The receiver of events: hands them to the application's handlers, as EventBridge hands them to Lambdas.

``POST /_localcloud/events/<handler>`` answers 200 with the handler's result as JSON; 204 if the handler's rule
does not want the event, as on AWS; 500 if it raised, so that the sender repeats the event (at least once); 404
for a handler that the application does not have.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from localcloud import pattern, wsgi

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.wsgi import HttpRequest

log = logging.getLogger(__name__)

EVENTS = "/_localcloud/events/"


@dataclass(frozen=True)
class Handler:
    """A handler, and the pattern of the rule that leads to it; an empty one lets everything through."""

    call: Callable[[Any, Any], Any]
    rule: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        pattern.check(self.rule)


class EventReceiver(wsgi.Front):
    """All event handlers of a Chalice application, by name."""

    def __init__(self, app: Any, limit_s: float, region: str) -> None:
        super().__init__(limit_s, region)
        self._handlers = handlers(app)

    def answer(self, request: HttpRequest) -> Response:
        """Call the handler that the path names."""
        name = request.path.removeprefix(EVENTS)
        if not request.path.startswith(EVENTS) or name not in self._handlers:
            return wsgi.as_json(404, {"errorMessage": "no such handler", "handlers": sorted(self._handlers)})
        if request.method != "POST":
            return wsgi.as_json(405, {"errorMessage": "events are POSTed"})
        return self._invoke(name, request.body)

    def _invoke(self, name: str, body: bytes) -> Response:
        handler = self._handlers[name]
        try:
            event = json.loads(body)
            if not pattern.matches(handler.rule, event):
                return Response(status=204)
            return wsgi.as_json(200, handler.call(event, self.context(name)))
        except Exception as error:
            log.exception("handler %s raised", name)
            return wsgi.as_json(500, {"errorType": type(error).__name__, "errorMessage": str(error)})


def handlers(app: Any) -> dict[str, Handler]:
    """Collect every handler that is not a route: those of events, schedules and queues, and plain Lambdas."""
    named = [*app.event_sources, *app.pure_lambda_functions]
    return {each.name: Handler(app.handler_map[each.name], getattr(each, "event_pattern", {})) for each in named}


def create() -> EventReceiver:
    """Make the receiver for gunicorn, from the environment."""
    return EventReceiver(wsgi.application(), *wsgi.settings())
