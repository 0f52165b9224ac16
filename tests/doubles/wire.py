"""The way to AWS, in a test's hand: what each of a client's requests meets.

A client sends through `before-send`, botocore's last hook before the socket, so that signing, retries and the reading
of answers are botocore's own. Scripts are used up in order; a request that finds none is sent for real.
"""

import io
import json
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.httpsession import URLLib3Session

Step = Callable[[AWSPreparedRequest], AWSResponse | None]


class Wire:
    """The scripts of a client, and the operations that it sent."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self.steps: deque[Step] = deque()

    def script(self, *steps: Step) -> None:
        """Script the next requests."""
        self.steps += steps

    def __call__(self, request: AWSPreparedRequest, event_name: str, **_: object) -> AWSResponse | None:
        self.sent[event_name.rpartition(".")[2]] += 1
        return self.steps.popleft()(request) if self.steps else None


@contextmanager
def tapped(client: Any) -> Iterator[Wire]:
    """Tap a client's wire."""
    wire = Wire()
    event = f"before-send.{client.meta.service_model.service_id.hyphenize()}"
    # First, before any other stand-in that would answer.
    client.meta.events.register_first(event, wire)
    try:
        yield wire
    finally:
        client.meta.events.unregister(event, wire)


def answer(status: int, body: Mapping[str, Any]) -> Step:
    """Answer so, and send nothing."""
    return lambda request: _response(request, status, body)


def fault(status: int, kind: str, message: str = "") -> Step:
    """Answer with an error of AWS's JSON protocols."""
    return answer(status, {"__type": kind, "message": message})


def breaks(error: Exception) -> Step:
    """Send nothing; the connection breaks."""

    def step(_: AWSPreparedRequest) -> None:
        raise error

    return step


def carried_out_then(then: Step) -> Step:
    """Send the request for real, lose the answer, and go on with `then`."""

    def step(request: AWSPreparedRequest) -> AWSResponse | None:
        response = URLLib3Session().send(request)
        assert response.status_code == 200, response.content
        return then(request)

    return step


def passes(_: AWSPreparedRequest) -> None:
    """Send the request for real."""


def _response(request: AWSPreparedRequest, status: int, body: Mapping[str, Any]) -> AWSResponse:
    headers = {"x-amzn-requestid": "test", "content-type": "application/x-amz-json-1.0"}
    return AWSResponse(request.url, status, headers, _Raw(json.dumps(body).encode()))


class _Raw(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()
