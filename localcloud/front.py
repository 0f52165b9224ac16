"""The API's front, in the place of API Gateway: HTTP becomes an event, the handler's answer becomes HTTP.

It serves the API and nothing else. Events come in at another port (``localcloud.receiver``): whoever reaches
the API must not be able to claim that a container has died.
"""

from __future__ import annotations

import base64
import logging
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from localcloud import wsgi
from localcloud.gateway import Gateway, Matched, Unmatched, grouped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.wsgi import HttpRequest

log = logging.getLogger(__name__)


class ApiFront(wsgi.Front):
    """The whole API of a Chalice application."""

    def __init__(self, app: Any, limit_s: float, region: str) -> None:
        super().__init__(limit_s, region)
        self._app = app
        self._gateway = Gateway(app.routes, app.api.binary_types)

    def answer(self, request: HttpRequest) -> Response:
        """Turn the request into an event, and what the handler returned into a response."""
        match self._gateway.match(request.method, request.path):
            case Unmatched():
                kind = "MissingAuthenticationTokenException"
                return wsgi.gateway_error(403, "Missing Authentication Token", kind)
            case Matched() as matched:
                return self._proxy(self._gateway.event(request, matched))

    def _proxy(self, event: dict[str, Any]) -> Response:
        context = self.context("api")
        try:
            response = proxy_response(self._app(event, context))
        except Exception:
            # API Gateway hides a handler that raised, or that answered nonsense, behind the same 502.
            log.exception("%s %s", event["httpMethod"], event["path"])
            response = wsgi.gateway_error(502, "Internal server error", "InternalServerErrorException")
        response.headers["x-amzn-RequestId"] = event["requestContext"]["requestId"]
        return response


def proxy_response(answer: Any) -> Response:
    """Make the HTTP response of what a handler returned.

    ``headers`` and ``multiValueHeaders`` are merged; for a name in both, the latter's values count. Raises
    ``KeyError``, ``TypeError`` or ``ValueError`` for what API Gateway calls a malformed proxy response.
    """
    body = answer.get("body") or ""
    content = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    response = Response(content, status=int(answer["statusCode"]), content_type="application/json")
    single = grouped((answer.get("headers") or {}).items())
    for name, values in (single | grouped(pairs(answer.get("multiValueHeaders") or {}))).items():
        response.headers.setlist(name, values)
    return response


def pairs(several: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Spread a multi-value map into pairs."""
    for name, values in several.items():
        for value in values:
            yield name, value


def create() -> ApiFront:
    """Make the front for gunicorn, from the environment."""
    return ApiFront(wsgi.application(), *wsgi.settings())
