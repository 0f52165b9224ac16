"""API Gateway's REST proxy as far as a handler can see it: which resource a path is, and the event.

A REST API picks the *resource* first, by path alone: a literal segment before ``{name}``, and that before the
greedy ``{proxy+}``. Only then comes the method. A method that the chosen resource lacks is answered by the
gateway itself, like a path without any resource: 403 *Missing Authentication Token*. To fall back to
``{proxy+}`` for a wrong method would be kinder than AWS, so it is not done here either.

Sources: API Gateway developer guide, "Set up Lambda proxy integrations" (the fields of event and answer) and
"Gateway response types" (codes and texts). Chalice 1.34 takes the route from ``requestContext.resourcePath``.
"""

from __future__ import annotations

import base64
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from localcloud.lambda_context import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from localcloud.wsgi import HttpRequest

STAGE = "api"


@dataclass(frozen=True)
class Resource:
    """A path template of the API, such as ``/tasks/{task_id}/cancel``."""

    template: str

    @property
    def segments(self) -> list[str]:
        """The template cut at its slashes."""
        return segments(self.template)

    @property
    def precedence(self) -> list[int]:
        """Sorts the template before every less particular one: literal, then ``{name}``, then ``{name+}``."""
        return [2 if part.endswith("+}") else 1 if part.startswith("{") else 0 for part in self.segments]

    def match(self, path: str) -> dict[str, str] | None:
        """Return the path parameters, percent-decoded; ``None`` if ``path`` is not of this resource."""
        parts = segments(path)
        found: dict[str, str] = {}
        for position, wanted in enumerate(self.segments):
            if wanted.endswith("+}") and parts[position:]:
                return found | {wanted[1:-2]: unquote("/".join(parts[position:]))}
            if position >= len(parts):
                return None
            if wanted.startswith("{"):
                found[wanted[1:-1]] = unquote(parts[position])
            elif wanted != parts[position]:
                return None
        return found if len(parts) == len(self.segments) else None


@dataclass(frozen=True)
class Matched:
    """The resource that answers a path, and the path parameters."""

    resource: str
    parameters: dict[str, str]


@dataclass(frozen=True)
class Unmatched:
    """No resource for this path, or none with this method."""


class Gateway:
    """Matches requests to the routes of a Chalice object and makes the REST proxy (v1) event of each."""

    def __init__(self, routes: Mapping[str, Collection[str]], binary_types: Iterable[str]) -> None:
        self._methods = {template: set(methods) for template, methods in routes.items()}
        self._resources = sorted(map(Resource, routes), key=lambda resource: resource.precedence)
        self._binary_types = frozenset(binary_types)

    def match(self, method: str, path: str) -> Matched | Unmatched:
        """Find the resource of a path, then ask whether it has the method."""
        for resource in self._resources:
            parameters = resource.match(path)
            if parameters is not None:
                known = method in self._methods[resource.template]
                return Matched(resource.template, parameters) if known else Unmatched()
        return Unmatched()

    def event(self, request: HttpRequest, matched: Matched) -> dict[str, Any]:
        """Make the event. Empty maps are ``None``, as API Gateway sends them."""
        headers, query = grouped(request.headers), parse_qs(request.query, keep_blank_values=True)
        binary = self._is_binary(headers)
        return {
            "resource": matched.resource,
            "path": request.path,
            "httpMethod": request.method,
            "headers": last_of(headers),
            "multiValueHeaders": headers,
            "queryStringParameters": last_of(query) or None,
            "multiValueQueryStringParameters": query or None,
            "pathParameters": matched.parameters or None,
            "stageVariables": None,
            "requestContext": request_context(request, matched),
            "body": text_of(request.body, binary=binary),
            "isBase64Encoded": binary and bool(request.body),
        }

    def _is_binary(self, headers: Mapping[str, list[str]]) -> bool:
        content_type = headers.get("Content-Type", [""])[-1]
        return content_type.partition(";")[0].strip().lower() in self._binary_types


def segments(path: str) -> list[str]:
    """Cut a path at its slashes. API Gateway takes ``/tasks/`` for ``/tasks``."""
    return (path[1:].removesuffix("/") if path != "/" else "").split("/")


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Collect repeated headers under one name, in the order of their coming."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name.title(), []).append(value)
    return found


def last_of(values: Mapping[str, list[str]]) -> dict[str, str]:
    """Reduce a multi-value map to the single-value one: the last value counts."""
    return {name: several[-1] for name, several in values.items()}


def text_of(body: bytes, *, binary: bool) -> str | None:
    """Return the body as the event carries it: base64 for binary types, else UTF-8, repaired where it is none."""
    if not body:
        return None
    return base64.b64encode(body).decode("ascii") if binary else body.decode("utf-8", errors="replace")


def request_context(request: HttpRequest, matched: Matched) -> dict[str, Any]:
    """Tell what the gateway knows about the call itself."""
    now = time.time()
    agent = last_of(grouped(request.headers)).get("User-Agent")
    return {
        "accountId": ACCOUNT,
        "apiId": "local",
        "stage": STAGE,
        "protocol": "HTTP/1.1",
        "httpMethod": request.method,
        "resourcePath": matched.resource,
        # As of a custom domain: no stage stands in the address.
        "path": request.path,
        "requestId": str(uuid.uuid4()),
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "requestTimeEpoch": int(now * 1000),
        "identity": {"sourceIp": request.source_ip, "userAgent": agent},
    }
