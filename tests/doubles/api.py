"""API Gateway in a test's hand: a request becomes a REST proxy event, and what `app` answers an `Answer`."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from app import app
from chalicelib import bootstrap
from chalicelib.ports import Ports
from tests.doubles import contract

CATCH_ALL = "/{proxy+}"


class Context:
    """Lambda's context, as much of it as Chalice asks for."""

    function_name = "calloff-test"
    memory_limit_in_mb = 128
    aws_request_id = "lambda-request"
    log_group_name = log_stream_name = "none"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:calloff-test"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 30_000


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def problem(self) -> tuple[int, str, str | None]:
        """Status, type without its prefix, and field, of a problem document that is one."""
        assert self.headers["Content-Type"] == "application/problem+json", self
        document = self.json
        assert document["status"] == self.status
        assert document["title"]
        assert document["detail"]
        assert document["instance"] == f"urn:calloff:request:{self.headers['X-Request-Id']}"
        return self.status, document["type"].removeprefix("urn:calloff:problem:"), document.get("field")


def request(
    method: str,
    target: str,
    body: object = None,
    *,
    caller: str | None = "alice",
    headers: Mapping[str, str] | None = None,
    query: Sequence[tuple[str, str]] = (),
    **context: object,
) -> Answer:
    """Send a request. A body that is neither text nor bytes is sent as JSON; `query` stands for what is no URL.

    `context` is what the gateway says of the request and its caller.
    """
    given = {"Content-Type": "application/json", **({"Authorization": f"Bearer {caller}"} if caller else {})}
    sent = event(method, target, body, {**given, **(headers or {})}, query)
    sent["requestContext"] |= context
    answer = app(sent, Context())
    several = {name: ", ".join(values) for name, values in answer.get("multiValueHeaders", {}).items()}
    made = Answer(answer["statusCode"], {**answer["headers"], **several}, answer["body"])
    contract.judge(route(urlsplit(target).path)[0], method, made.status, made.headers, made.text)
    return made


def event(
    method: str, target: str, body: object, headers: Mapping[str, str], query: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """Make the REST proxy event (v1) of a request."""
    url = urlsplit(target)
    resource, parameters = route(url.path)
    several: dict[str, list[str]] = {}
    for name, value in [*parse_qsl(url.query, keep_blank_values=True), *query]:
        several.setdefault(name, []).append(value)
    return {
        "resource": resource,
        "path": url.path,
        "httpMethod": method,
        "headers": dict(headers),
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in several.items()} or None,
        "multiValueQueryStringParameters": several or None,
        "pathParameters": parameters or None,
        "stageVariables": None,
        "body": _text(body),
        "isBase64Encoded": isinstance(body, bytes),
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": method,
            "path": url.path,
            "requestId": "request-1",
            "identity": {"sourceIp": "127.0.0.1"},
        },
    }


def _text(body: object) -> str | None:
    """API Gateway hands binary bodies over in base64."""
    match body:
        case None | str():
            return body
        case bytes():
            return base64.b64encode(body).decode()
        case _:
            return json.dumps(body)


def route(path: str) -> tuple[str, dict[str, str]]:
    """Find the resource and its parameters as API Gateway does; the catch-all takes the rest."""
    given = path.split("/")
    for resource in app.routes:
        parts = resource.split("/")
        if resource != CATCH_ALL and len(parts) == len(given) and all(map(_fits, parts, given)):
            return resource, {p.strip("{}"): g for p, g in zip(parts, given, strict=True) if p.startswith("{")}
    return CATCH_ALL, {"proxy": path.lstrip("/")}


def _fits(part: str, given: str) -> bool:
    return bool(given) if part.startswith("{") else part == given


@contextmanager
def wired(ports: Ports) -> Iterator[None]:
    """Let `app` see these ports."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "ports", lambda: ports)
        patch.setattr(bootstrap, "settings", lambda: ports.settings)
        yield
