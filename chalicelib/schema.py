"""What callers may send: the shapes of bodies and queries. The same types make the documentation."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chalicelib.lifecycle import Status

# A `$` of Python's also matches before a newline at the end; `(?!\n)` makes it mean the end, as in JSON Schema.
Text = Annotated[str, Meta(pattern=r"^[^\x00]*$(?!\n)")]
"""A NUL ends a C string: no program could get it as an argument or a variable."""
Image = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/:#@-]{0,254}$(?!\n)")]
"""What ECS takes as an image (Amazon ECS API Reference, ContainerDefinition.image), and digests."""
Variable = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,254}$(?!\n)")]
SecretArn = Annotated[str, Meta(pattern=r"^arn:aws[a-z-]*:(secretsmanager|ssm):\S+$(?!\n)", max_length=2048)]
LabelKey = Annotated[str, Meta(pattern=r"^[a-z0-9._-]{1,63}$(?!\n)")]
ReasonCode = Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,64}$(?!\n)")]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A JSON object as callers send it; unknown fields are refused."""


Limit = Annotated[int, Meta(ge=1, le=365 * 24 * 3600)]
"""Seconds. A Wait of Step Functions takes at most a year (AWS Step Functions Developer Guide, service quotas)."""


class SubmitBody(Body, frozen=True, kw_only=True):
    """The body of `POST /tasks`."""

    image: Image
    command: tuple[Text, ...] = ()
    environment: dict[Variable, Text] = {}
    secrets: dict[Variable, SecretArn] = {}
    cpu: int = 256
    memory: int = 512
    stop_timeout: Annotated[int, Meta(ge=2, le=120)] = 30
    supervised: bool = False
    timeout: Limit | None = None
    queue_timeout: Limit | None = None
    labels: dict[LabelKey, Text] = {}


class PatchBody(Body, frozen=True, kw_only=True):
    """The body of `PATCH /tasks/{id}`."""

    timeout: Limit


class CancelBody(Body, frozen=True, kw_only=True):
    """The body of a cancellation; all of it optional."""

    reason: Text | None = None
    reason_code: ReasonCode | None = None
    mode: Literal["graceful", "force"] = "graceful"
    grace: Annotated[int, Meta(ge=0, le=120)] | None = None


class ListQuery(Body, frozen=True, kw_only=True):
    """The query of `GET /tasks`."""

    status: tuple[Status, ...] = ()
    label: tuple[str, ...] = ()
    limit: Annotated[int, Meta(ge=1)] | None = None
    cursor: str | None = None
    owner: str | None = None


class NoQuery(Body, frozen=True, kw_only=True):
    """The query of the routes that take none."""


class CancelQuery(Body, frozen=True, kw_only=True):
    """The query of `POST /tasks/{id}/cancel`."""

    terminate: bool = False
