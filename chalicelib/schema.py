"""What callers may send: the shapes of bodies and queries. The same types make the documentation."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from chalicelib.lifecycle import Status

# A `$` of Python's also matches before a newline at the end; `(?!\n)` makes it mean the end, as in JSON Schema.
Text = Annotated[str, Meta(pattern=r"^[^\x00]*$(?!\n)")]
"""A NUL ends a C string: no program could get it as an argument or a variable."""
Image = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/:#@-]{0,254}$(?!\n)")]
"""What ECS takes as an image (Amazon ECS API Reference, ContainerDefinition.image), and digests."""
Variable = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,254}$(?!\n)")]
SecretArn = Annotated[str, Meta(pattern=r"^arn:aws[a-z-]*:(secretsmanager|ssm):[!-~]+$(?!\n)", max_length=2048)]
LabelKey = Annotated[str, Meta(pattern=r"^[a-z0-9._-]{1,63}$(?!\n)")]
ReasonCode = Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,64}$(?!\n)")]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A JSON object as callers send it; unknown fields are refused."""


Limit = Annotated[int, Meta(ge=1, le=365 * 24 * 3600)]
"""Seconds. A Wait of Step Functions takes at most a year (AWS Step Functions Developer Guide, service quotas)."""


class SubmitBody(Body, frozen=True, kw_only=True):
    """The body of `POST /tasks`."""

    image: Annotated[Image, Meta(description="The container image.")]
    command: Annotated[tuple[Text, ...], Meta(description="What runs in it, in place of the image's own command.")] = ()
    environment: Annotated[
        dict[Variable, Text],
        Meta(description="Variables. Not secret: whoever may describe the ECS task can read them."),
    ] = {}
    secrets: Annotated[
        dict[Variable, SecretArn],
        Meta(description="Variables whose values ECS reads from Secrets Manager or Parameter Store, by ARN."),
    ] = {}
    cpu: Annotated[int, Meta(description="CPU units: 1024 are one vCPU.")] = 256
    memory: Annotated[int, Meta(description="MiB. Fargate combines each `cpu` with some sizes only.")] = 512
    stop_timeout: Annotated[
        int,
        Meta(ge=2, le=120, description="The grace: seconds between SIGTERM and SIGKILL. Fixed once it is submitted."),
    ] = 30
    supervised: Annotated[
        bool,
        Meta(description="It runs under `calloff-init`: each cancellation may have a grace of its own, or none."),
    ] = False
    timeout: Annotated[Limit | None, Meta(description="Seconds that it may run.")] = None
    queue_timeout: Annotated[Limit | None, Meta(description="Seconds in which it must come to run.")] = None
    heartbeat_timeout: Annotated[
        Annotated[int, Meta(ge=1, le=24 * 3600)] | None,
        Meta(description="Seconds in which it must be heard again while it runs, or it is cancelled."),
    ] = None
    resume_from: Annotated[
        str | None, Meta(description="A task of yours, whose newest checkpoint this one goes on from.")
    ] = None
    labels: Annotated[dict[LabelKey, Text], Meta(description="What lists are filtered by.")] = {}


class PatchBody(Body, frozen=True, kw_only=True):
    """The body of `PATCH /tasks/{id}`."""

    timeout: Annotated[Limit, Meta(description="Seconds that it may run, counted from its start.")]


class CancelBody(Body, frozen=True, kw_only=True):
    """The body of a cancellation; all of it optional."""

    reason: Annotated[Text | None, Meta(description="Why, for people.")] = None
    reason_code: Annotated[ReasonCode | None, Meta(description="Why, for programs.")] = None
    mode: Annotated[
        Literal["graceful", "force"],
        Meta(
            description="`force`: at once, without grace. A supervised task is killed so. Fargate itself has no "
            "immediate kill: for any other task it is recorded as `force_requested`, the container has its grace all "
            "the same, and `expected_by` says by when it is dead."
        ),
    ] = "graceful"
    grace: Annotated[
        Annotated[int, Meta(ge=0, le=120)] | None,
        Meta(
            description="Seconds between SIGTERM and SIGKILL. Fargate fixes them in the task definition: unless the "
            "task is supervised, another value than its `stop_timeout` is a 422 (`grace-unsupported`)."
        ),
    ] = None


Requester = Annotated[str, Meta(pattern=r"^[\x20-\x7e]{1,200}$(?!\n)")]


class DirectCancel(CancelBody, frozen=True, kw_only=True):
    """A cancellation that comes past the API. Who may send one is IAM's business; `requested_by` is their own word."""

    task_id: str
    requested_by: Requester | None = None


class CancelBatch(Body, frozen=True, kw_only=True):
    """The detail of an event of `calloff.request`. Each of its cancellations is read by itself."""

    cancels: tuple[Any, ...]


class ProgressBody(Body, frozen=True, kw_only=True):
    """How far a task has come, in whatever it counts."""

    done: float
    total: float | None = None
    message: Annotated[Text, Meta(max_length=512)] | None = None


class KeptBody(Body, frozen=True, kw_only=True):
    """Data of a task's own."""

    data: Annotated[msgspec.Raw, Meta(description="Any JSON.")]


class ReportBody(Body, frozen=True, kw_only=True):
    """The body of `POST /self/report`; all of it optional, and an empty one is a heartbeat, too."""

    heartbeat: Annotated[bool, Meta(description="Says only that the task lives, as everything else does, too.")] = True
    progress: ProgressBody | None = None
    checkpoint: KeptBody | None = None
    result: KeptBody | None = None
    sequence: Annotated[
        Annotated[int, Meta(ge=0, le=2**63 - 1)] | None,
        Meta(
            description="Grows with each report of a container; without one, the nanoseconds since 1970 count. What "
            "comes after a higher one that told the same, such as a newer progress, is only a heartbeat."
        ),
    ] = None


class ListQuery(Body, frozen=True, kw_only=True):
    """The query of `GET /tasks`."""

    status: Annotated[tuple[Status, ...], Meta(description="Tasks in one of these statuses.")] = ()
    label: Annotated[
        tuple[Annotated[str, Meta(pattern="=")], ...],
        Meta(description="Tasks with all of these labels, as `name=value`."),
    ] = ()
    # None would let the text `null` pass for a number.
    limit: Annotated[int, Meta(ge=1, description="How many tasks are looked at.")] | UnsetType = UNSET
    cursor: Annotated[str | None, Meta(description="Where to go on: the `cursor` of the page before.")] = None
    owner: Annotated[
        Annotated[str, Meta(min_length=1, max_length=512)] | None,
        Meta(description="Whose tasks. Another owner's are for admins."),
    ] = None


class LogsQuery(Body, frozen=True, kw_only=True):
    """The query of `GET /tasks/{id}/logs`."""

    limit: Annotated[int, Meta(ge=1, description="How many lines at most.")] | UnsetType = UNSET
    cursor: Annotated[str | None, Meta(description="Where to go on: the `cursor` of the page before.")] = None


class NoQuery(Body, frozen=True, kw_only=True):
    """The query of the routes that take none."""


class CancelQuery(Body, frozen=True, kw_only=True):
    """The query of `POST /tasks/{id}/cancel`."""

    terminate: Annotated[bool, Meta(description="`true` is `mode: force`.")] = False
