"""Records and changes as examples: whole ones, of which a test names only what it is about."""

import types
import uuid
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, get_args, get_origin

import msgspec

from chalicelib.conditions import Change
from chalicelib.lifecycle import Event, Status
from chalicelib.task import SCHEMA, Cancellation, Cause, Entry, Placement, Proof, Spec, Task, Termination
from tests.doubles.clock import START
from tests.doubles.containers import CLUSTER

ARN = f"arn:aws:ecs:us-east-1:123456789012:task/{CLUSTER}/5f3c2e0b7d5a4b6c9e8f7a6b5c4d3e2f"
OTHER_ARN = f"arn:aws:ecs:us-east-1:123456789012:task/{CLUSTER}/ffffffffffffffffffffffffffffffff"

SPEC = Spec(image="busybox", command=("sleep", "60"), environment={"COLOUR": "blue"}, cpu=256, memory=512)
PLACEMENT = Placement(cluster=CLUSTER, definition="calloff-0123", subnets=("subnet-1",))


def later(seconds: float) -> datetime:
    """The instant so many seconds after the example's beginning."""
    return START + timedelta(seconds=seconds)


def cancellation(**parts: Any) -> Cancellation:
    """A cancellation that the owner asked for."""
    example = Cancellation(cause=Cause.USER, requested_by="alice", requested_at=START, stop_sent_at=START)
    return msgspec.structs.replace(example, **parts)


def a_task(status: Status = Status.STARTING, **parts: Any) -> Task:
    """A task of alice's as it is in `status`, for each status in the form that its life gives it."""
    task = Task(
        id=str(uuid.uuid4()),
        owner="alice",
        status=status,
        spec=SPEC,
        stop_timeout=30,
        fingerprint="f" * 32,
        created_at=START,
        placement=PLACEMENT,
        attempt=1,
        rev=1,
        schema=SCHEMA,
        write_id="w0",
        due_shard="3",
        history=(Entry(at=START, event=Event.SUBMITTED, by="alice", write_id="w0"),),
    )
    return msgspec.structs.replace(task, **{**_of_status(status), **parts})


def whole_task(status: Status = Status.STARTING) -> Task:
    """A task with a value in every field, none of which is its default; also in fields that are new."""
    return msgspec.structs.replace(_filled(Task), id=str(uuid.uuid4()), owner="alice", status=status)


def _filled(wanted: Any) -> Any:
    """A value of a type, awkward where the type allows it."""
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return wanted(**{each.name: _filled(each.type) for each in msgspec.structs.fields(wanted)})
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return list(wanted)[-1]
    match get_origin(wanted) or wanted, get_args(wanted):
        case types.UnionType, options:
            return _filled(next(each for each in options if each is not type(None)))
        case origin, (inner, *_) if origin is tuple:
            return (_filled(inner), _filled(inner))
        case origin, _ if origin is dict:
            return {"A_name-1.2": 'grüß "世界" 🛑', "empty": ""}
    plain_values: dict[Any, Any] = {str: "grüß 世界", bool: True, int: 1_800_000_000, datetime: later(0.001)}
    return plain_values[wanted]


def a_change(event: Event, **parts: Any) -> Change:
    """A change that asks for nothing but its event."""
    return Change(**{"event": event, "at": later(10), "by": "tester", **parts})


def _of_status(status: Status) -> dict[str, Any]:
    lease = {"lease_id": "lease-1", "lease_ends_at": later(90), "due_at": later(90)}
    launched = {"ecs_arn": ARN, "ecs_version": 1}
    ended = {
        **launched,
        "ended_at": later(60),
        "termination": Termination(proof=Proof.ECS_EVENT, exit_code=0, ran=True),
    }
    cancelled = {"cancellation": cancellation(), "on_end": Status.CANCELLED}
    forms: dict[Status, dict[str, Any]] = {
        Status.PENDING: {"retry_at": later(5), "due_at": later(5), "refusal": "Capacity is unavailable"},
        Status.STARTING: lease,
        Status.RUNNING: {**launched, "ecs_version": 4, "started_at": later(20)},
        Status.CANCELLING: {**launched, **cancelled, "ecs_version": 4, "started_at": later(20), "due_at": later(15)},
        Status.COMPLETED: ended,
        Status.FAILED: ended,
        Status.CANCELLED: {**ended, **cancelled},
    }
    return forms[status]
