"""A real boto3 client for an engine in the same process: no socket, no thread, and any clock."""

from __future__ import annotations

import io
import uuid
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

from localcloud.ecs.errors import NoAnswerError
from localcloud.ecs.protocol import MEDIA_TYPE, reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.awsrequest import AWSPreparedRequest
    from types_boto3_ecs import ECSClient

    from localcloud.ecs.engine import Engine

_ENDPOINT = "http://ecs.invalid"


def client(engine: Engine, *, attempts: int = 1) -> ECSClient:
    """Answer a boto3 ECS client that `engine` serves; it makes `attempts` attempts in all at each call.

    Everything but the socket is real: signing, serialising, retries, errors, waiters and paginators. A call without
    an answer raises botocore's ReadTimeoutError at once.
    """
    config = Config(retries={"total_max_attempts": attempts, "mode": "standard"})
    made = _session().client("ecs", engine.settings.arns.region, endpoint_url=_ENDPOINT, config=config)
    serve: Any = partial(_serve, engine)  # the hook's answer is the response; the stubs take it for a listener
    made.meta.events.register("before-send.ecs", serve)
    return made


@cache
def _session() -> boto3.Session:
    """Answer the one session: it reads botocore's large data files once."""
    return boto3.Session("none", "none")


def _serve(engine: Engine, request: AWSPreparedRequest, **_: object) -> AWSResponse:
    headers = {str(name).lower(): _text(value) for name, value in request.headers.items()}
    body: Any = request.body or b""
    try:
        answer = reply(engine, headers.get("x-amz-target", ""), body.encode() if isinstance(body, str) else body)
    except NoAnswerError:
        raise ReadTimeoutError(endpoint_url=_ENDPOINT) from None
    known: Any = {"content-type": MEDIA_TYPE, "x-amzn-requestid": str(uuid.uuid4())}
    return AWSResponse(str(request.url), answer.status, known, _Raw(answer.body))


class _Raw(io.BytesIO):
    """A body in the form in which botocore takes it from urllib3."""

    def stream(self, **_: object) -> Iterator[bytes]:
        """Answer the whole body at once."""
        yield self.read()


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
