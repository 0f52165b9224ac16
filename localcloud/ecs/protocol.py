"""ECS's wire form, JSON 1.1, which CloudWatch Logs has, too: a request's target and body in, a status and a body out.

Both faces of the engine use it, so that what is tested in process is what goes over HTTP.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from localcloud.ecs.errors import EcsError, server_fault

if TYPE_CHECKING:
    from localcloud.ecs.engine import Engine
    from localcloud.ecs.model import Json

_log = logging.getLogger(__name__)
MEDIA_TYPE = "application/x-amz-json-1.1"
_TARGET = "AmazonEC2ContainerServiceV20141113."
_LOG_EVENTS = "Logs_20140328.GetLogEvents"


@dataclass(frozen=True)
class Reply:
    """What goes back to the caller."""

    status: int
    body: bytes


def reply(engine: Engine, target: str, body: bytes) -> Reply:
    """Carry out the call that `target` (the header x-amz-target) names. Raises NoAnswerError for silence."""
    try:
        if target == _LOG_EVENTS:
            return _reply(200, engine.log_events(_params(body)))
        return _reply(200, engine.call(_operation(target), _params(body)))
    except EcsError as error:
        return _reply(error.status, error.body())
    except (ValueError, KeyError, TypeError):
        _log.exception("the endpoint itself failed")
        return _reply(500, server_fault().body())


def _operation(target: str) -> str:
    if not target.startswith(_TARGET):
        raise EcsError("UnknownOperationException", "The header x-amz-target names no operation of ECS.")
    return target.removeprefix(_TARGET)


def _params(body: bytes) -> Json:
    try:
        params = msgspec.json.decode(body or b"{}", type=dict[str, object])
    except msgspec.DecodeError as fault:
        raise EcsError("SerializationException", str(fault)) from None
    return {name: value for name, value in params.items() if value is not None}


def _reply(status: int, body: object) -> Reply:
    return Reply(status, msgspec.json.encode(body))
