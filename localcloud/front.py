"""The API's front, in the place of API Gateway: HTTP becomes an event, the handler's answer becomes HTTP.

It serves the API and nothing else. Events come in at another port (``localcloud.receiver``): whoever reaches
the API must not be able to claim that a container has died.
"""

from __future__ import annotations

import base64
import logging
import os
from typing import TYPE_CHECKING, Any

import msgspec
from werkzeug.wrappers import Response

from chalicelib.auth import is_open
from infra.gateway import ANSWERS, more_headers
from localcloud import wsgi
from localcloud.authorizer import Authorizer, Let, Turned
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
        by_tokens = os.environ.get("CALLOFF_AUTH") == "jwt"
        self._authorizer = Authorizer(app.handler_map["authorize"], region) if by_tokens else None

    def answer(self, request: HttpRequest) -> Response:
        """Turn the request into an event, and what the handler returned into a response."""
        match self._gateway.match(request.method, request.path):
            case Unmatched():
                kind = "MissingAuthenticationTokenException"
                return wsgi.gateway_error(403, "Missing Authentication Token", kind)
            case Matched() as matched:
                event = self._gateway.event(request, matched)
                return self._turned_away(event) or self._proxy(event)

    def _turned_away(self, event: dict[str, Any]) -> Response | None:
        """Ask the authorizer, where there is one; answer for it what the function never hears of."""
        if self._authorizer is None or is_open(event["resource"]) or event["httpMethod"] == "OPTIONS":
            return None
        match self._authorizer.ask(event, self.context("authorize")):
            case Let(context):
                event["requestContext"]["authorizer"] = context
                return None
            case Turned(kind):
                return own_answer(kind, event["requestContext"]["requestId"])

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


def own_answer(kind: str, request_id: str) -> Response:
    """Answer as the template has API Gateway answer by itself (``infra/gateway.py``)."""
    problem = ANSWERS[kind]
    content = msgspec.json.encode(problem.document(request_id))
    response = Response(content, problem.status, content_type="application/problem+json")
    response.headers |= {"X-Request-Id": request_id, "Cache-Control": "private, no-cache"}
    for name, value in more_headers(problem).items():
        response.headers[name] = value.strip("'")
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
