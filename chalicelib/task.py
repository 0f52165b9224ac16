"""The record of a task, and its parts. Instants are aware datetimes in UTC; durations are whole seconds."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

import msgspec

from chalicelib.lifecycle import BIRTHS, TRANSITIONS, Event, Status


class Cause(StrEnum):
    """Why a task was cancelled."""

    USER = "user"
    TIMEOUT = "timeout"
    """It ran for as long as it may."""
    QUEUE_TIMEOUT = "queue_timeout"
    """It did not come to run in time."""
    SELF = "self"
    """Its own program called it off."""
    POLICY = "policy"
    """An alarm rang, or a time came, for which the operator had said what is to be cancelled."""
    HEARTBEAT = "heartbeat"
    """It was not heard for as long as it said it would be."""
    EXTERNAL = "external"


class Proof(StrEnum):
    """What the end of a task rests on."""

    NEVER_LAUNCHED = "never_launched"
    """No container of it was ever launched."""
    ECS_EVENT = "ecs_event"
    """ECS said in an event that every container has stopped."""
    ECS_DESCRIBE = "ecs_describe"
    """ECS said so when it was asked."""
    GONE = "gone"
    """ECS knows nothing of it (any more), long after the last moment at which it could have run unseen."""


NEVER = 10**11
"""Epoch seconds beyond every date: added to an instant, it still is no deadline."""


SCHEMA = 1
"""Of the records that are written now. It grows when a reader of today would take a record of tomorrow for something
else; a field that may be absent is no such change. While a deployment goes on, old functions and new ones meet the same
records: so each reads all that were ever written, and passes over fields that it does not know."""


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of the record. What has its default is not stored, so that `Absent` means just that."""


class Spec(Part, frozen=True, kw_only=True):
    """What the caller asked to run."""

    image: str
    command: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    secrets: dict[str, str] = {}
    """Name of the variable → ARN of the secret. Their values never pass through Calloff."""
    cpu: int
    """CPU units: 1024 are one vCPU."""
    memory: int
    """MiB."""
    labels: dict[str, str] = {}
    supervised: bool = False
    """Its image begins with `calloff-init`, which enforces a grace of each cancellation's own, down to none."""


class Placement(Part, frozen=True, kw_only=True):
    """Where its containers are launched. Kept from the claim on, so that a launch can be sent again to the byte."""

    cluster: str
    definition: str
    """The family of its task definition, named after its content."""
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...] = ()
    public_ip: bool = False
    api_url: str = ""
    """Where its containers reach this API."""


class Cancellation(Part, frozen=True, kw_only=True):
    """A cancellation that was accepted."""

    cause: Cause
    requested_by: str
    requested_at: datetime
    reason: str | None = None
    reason_code: str | None = None
    repeats: int = 0
    """How often it was asked for again."""
    grace: int | None = None
    """Seconds between SIGTERM and SIGKILL; None: the task's `stop_timeout`."""
    force_requested: bool = False
    forced_at: datetime | None = None
    """When force was asked for, if not from the beginning."""
    stop_sent_at: datetime | None = None
    """When the newest StopTask was due; the next is not sent at once."""
    stops: int = 0
    """How often the sweep sent it again."""


class Termination(Part, frozen=True, kw_only=True):
    """How the container ended, as ECS told it; nothing in it is our guess."""

    proof: Proof
    exit_code: int | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    container_reason: str | None = None
    ran: bool = False
    """ECS saw it run."""
    stopping_at: datetime | None = None
    execution_stopped_at: datetime | None = None


class Entry(Part, frozen=True, kw_only=True):
    """An applied event in the task's history."""

    at: datetime
    event: Event
    by: str
    write_id: str
    reason: str | None = None


class Task(Part, frozen=True, kw_only=True):
    """The record: little enough that each of its writes costs one or two units."""

    id: str
    owner: str
    status: Status
    spec: Spec
    stop_timeout: int
    """Seconds between SIGTERM and SIGKILL."""
    fingerprint: str
    """Hash of the submitted request: a repeated Idempotency-Key must come with the same one."""
    created_at: datetime
    placement: Placement
    attempt: int
    """Counts launches from 1. No default, as with `rev`: conditions compare it, so it is always stored."""
    rev: int
    """Grows by one with each write."""
    schema: int = 0
    """The `SCHEMA` of whoever created the record; 0: from before it was counted."""
    write_id: str = ""
    """Of the newest write: whoever is refused by a record that holds their own was applied."""
    claimed_at: datetime | None = None
    """When its current attempt was claimed."""
    lease_id: str | None = None
    lease_ends_at: datetime | None = None
    listed_empty_at: datetime | None = None
    """When ECS listed no container of the current attempt, for the first time."""
    due_at: datetime | None = None
    """When the sweep looks at it next: the earliest of its instants. Absent in the records that have ended."""
    due_shard: str
    retry_at: datetime | None = None
    """From when on a waiting task may be launched (again)."""
    ecs_arn: str | None = None
    ecs_version: int | None = None
    seen_at: datetime | None = None
    """When ECS last showed the container; RunTask's own answer counts."""
    looked_at: datetime | None = None
    """When ECS last answered MISSING for it."""
    missing_at: datetime | None = None
    """When ECS first answered MISSING for it."""
    timeout: int | None = None
    """Seconds that it may run."""
    queue_timeout: int | None = None
    """Seconds in which it must come to run."""
    heartbeat_timeout: int | None = None
    """Seconds in which it must be heard again, while it runs."""
    beat_at: datetime | None = None
    """The newest heartbeat that a sweep knows of."""
    resume_from: str | None = None
    """The task whose checkpoint it continues from."""
    deadline: int | None = None
    """Epoch seconds: before it runs by `queue_timeout`, then by `timeout`. `NEVER` and beyond: none."""
    timers: int = 0
    """How many timers were started for it."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    on_end: Status | None = None
    refusal: str | None = None
    """Why ECS refused the newest launch, in its own words."""
    cancellation: Cancellation | None = None
    termination: Termination | None = None
    history: tuple[Entry, ...] = ()
    expires_at: int | None = None
    """Epoch seconds after which DynamoDB may forget the record."""


class Move(msgspec.Struct, frozen=True):
    """An entry of the history with the statuses that it led from and to."""

    entry: Entry
    source: Status | None
    target: Status | None


def moves(history: tuple[Entry, ...]) -> Iterator[Move]:
    """Fold the statuses into the history; they are not stored, because the table knows them.

    After an entry that is missing (the history is bounded) the statuses are None, never a guess.
    """
    status: Status | None = None
    for entry in history:
        target = BIRTHS.get(entry.event) or (TRANSITIONS.get((entry.event, status)) if status else None)
        yield Move(entry, status, target)
        status = target
