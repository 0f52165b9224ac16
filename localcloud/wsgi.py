"""What both fronts of the local cloud share: from WSGI to a request and back.

Both are WSGI applications for gunicorn's *sync* workers. A process then serves one request at a time, as a
Lambda does; Chalice keeps the current request on its application object, which is not safe between threads.
The application is imported, and its AWS clients are made, before the fork. They connect after it, when first used.
"""

from __future__ import annotations

import importlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Request, Response

from localcloud.lambda_context import LambdaContext

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

Headers = tuple[tuple[str, str], ...]

#: API Gateway's limit of a payload in bytes (quotas of REST APIs: 10 MB).
PAYLOAD_LIMIT = 10 * 1024 * 1024


@dataclass(frozen=True)
class HttpRequest:
    """A request as it came. ``path`` is still percent-encoded; ``headers`` keep their order and repeats."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    source_ip: str


class Front:
    """A WSGI application in front of a Chalice object."""

    def __init__(self, limit_s: float, region: str) -> None:
        self._limit_s = limit_s
        self._region = region
        #: Set by gunicorn's hook before each request: WSGI itself joins repeated headers.
        self.raw_headers: Headers | None = None

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Serve one request (PEP 3333)."""
        raw, self.raw_headers = self.raw_headers, None
        try:
            response = self.answer(read(environ, raw))
        except RequestEntityTooLarge:
            response = gateway_error(413, "Request Too Long", "RequestEntityTooLargeException")
        return response(environ, start)

    def answer(self, request: HttpRequest) -> Response:
        """Answer one request."""
        raise NotImplementedError

    def context(self, name: str) -> LambdaContext:
        """Make the context of one invocation."""
        return LambdaContext(f"calloff-local-{name}", self._limit_s, self._region)


def read(environ: WSGIEnvironment, raw: Headers | None) -> HttpRequest:
    """Read the request whole. Raises ``RequestEntityTooLarge`` beyond the gateway's limit."""
    request = Request(environ)
    # One byte more than allowed: a chunked body does not tell its length, it is cut where reading ends.
    request.max_content_length = PAYLOAD_LIMIT + 1
    body = request.get_data()
    if len(body) > PAYLOAD_LIMIT:
        raise RequestEntityTooLarge
    return HttpRequest(
        method=request.method,
        path=str(environ.get("RAW_URI", request.path)).partition("?")[0],
        query=request.query_string.decode("latin-1"),
        headers=raw or tuple(request.headers.items()),
        body=body,
        source_ip=request.remote_addr or "127.0.0.1",
    )


def gateway_error(status: int, message: str, kind: str) -> Response:
    """Answer as API Gateway does by itself, without asking the function."""
    response = as_json(status, {"message": message})
    response.headers["x-amzn-ErrorType"] = kind
    return response


def as_json(status: int, value: Any) -> Response:
    """Answer with a JSON document."""
    return Response(json.dumps(value, default=str), status=status, content_type="application/json")


def application() -> Any:
    """Import the Chalice object: ``app`` of the module that ``LOCALCLOUD_APP`` names."""
    found = importlib.import_module(os.environ.get("LOCALCLOUD_APP", "app")).app
    warm()
    return found


def warm() -> None:
    """Do now, once, what would slow each worker's first request by a second: the first event of a task would come late.

    Raises ``SystemExit`` if a setting is wrong.
    """
    from chalicelib import bootstrap
    from chalicelib.aws import clients

    bootstrap.ports()
    for make in (clients.dynamodb, clients.ecs, clients.stepfunctions, clients.sqs):
        make(bootstrap.settings())


def settings() -> tuple[float, str]:
    """Read the time limit of a function in seconds, and the region."""
    return float(os.environ.get("LOCALCLOUD_LIMIT_S", "30")), os.environ.get("AWS_REGION", "us-east-1")
