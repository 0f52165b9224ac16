"""What the table of operations consists of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from chalicelib.problems import Problem

Access = Literal["caller", "task", "open"]
"""Who may call: whoever the deployment's way of authentication knows, a task by its own token, or anybody."""


@dataclass(frozen=True)
class Header:
    """A header that a request may carry."""

    name: str
    description: str
    schema: Mapping[str, Any]
    example: str


@dataclass(frozen=True)
class Told:
    """An answer that carries what was asked for."""

    status: int
    description: str
    body: type[msgspec.Struct] | str | None = None
    """The type of a JSON answer, or another answer's media type."""
    headers: tuple[str, ...] = ()
    """Names of headers that are always there."""
    sometimes: tuple[str, ...] = ()
    """Names of headers that may be there."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Names of operations on the task in the answer, by the names of the links."""


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    id: str
    summary: str
    description: str
    tag: str
    answers: tuple[Told, ...]
    problems: tuple[type[Problem], ...]
    access: Access = "caller"
    query: type[msgspec.Struct] | None = None
    body: type[msgspec.Struct] | None = None
    body_required: bool = True
    headers: tuple[Header, ...] = ()
