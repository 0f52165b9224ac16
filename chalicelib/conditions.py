"""The small language in which a write says when it holds and what it changes.

Two readers understand it: `aws/expressions.py`, which writes it as DynamoDB's expressions, and the in-memory store of
the tests, which evaluates it. The contract tests hold the two together. A name is an attribute of the record, or with a
dot one of a map in it (`cancellation.repeats`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.lifecycle import Event

Value = object
"""Text, a whole number, a truth value, an instant, a status, or a part of the record."""


@dataclass(frozen=True)
class Equals:
    """The attribute is there and equals the value."""

    name: str
    value: Value


@dataclass(frozen=True)
class Differs:
    """The attribute is not there, or another value than this."""

    name: str
    value: Value


@dataclass(frozen=True)
class Lacks:
    """The list does not hold this entry."""

    name: str
    entry: object


@dataclass(frozen=True)
class Below:
    """The attribute is there and lies strictly below the value."""

    name: str
    value: Value


@dataclass(frozen=True)
class AtMost:
    """The attribute is there and does not exceed the value."""

    name: str
    value: Value


@dataclass(frozen=True)
class Absent:
    """The attribute is not there."""

    name: str


@dataclass(frozen=True)
class OneOf:
    """The attribute has one of the values."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Shorter:
    """The list has fewer entries than this."""

    name: str
    length: int


@dataclass(frozen=True)
class AnyOf:
    """At least one of the groups holds; a group holds when all of its conditions do."""

    groups: tuple[tuple["Condition", ...], ...]


Condition = Equals | Differs | Lacks | Below | AtMost | Absent | OneOf | Shorter | AnyOf


@dataclass(frozen=True)
class FirstOf:
    """The value of the attribute `name` as it was before the write, or `default` where there was none."""

    name: str
    default: Value


@dataclass(frozen=True)
class Plus:
    """The attribute's own number before the write, and so many more; a missing one counts as 0."""

    amount: int


@dataclass(frozen=True)
class Sum:
    """A number, and what the attribute `name` held before the write (or `default`, where there was none)."""

    name: str
    default: int
    plus: int


@dataclass(frozen=True)
class Append:
    """The list as it was before the write, and this entry."""

    entry: object


Operand = Value | FirstOf | Plus | Sum | Append


@dataclass(frozen=True)
class Change:
    """One event and what it writes: applied in one conditional write, or refused and without any effect.

    The status, its condition, `rev` and the history are not said here: the store derives them from `event`.
    """

    event: Event
    at: datetime
    by: str
    """Who did it: an owner's name, `ecs`, `launcher`, `sweep` …"""
    reason: str = ""
    requires: tuple[Condition, ...] = ()
    sets: Mapping[str, Operand] = field(default_factory=dict)
    removes: tuple[str, ...] = ()


def owned_by(owner: str) -> Equals:
    """The task is this owner's."""
    return Equals("owner", owner)


def unlaunched(attempt: int) -> tuple[Condition, ...]:
    """The record is at this attempt, and no container of it is known yet (design, rule 5)."""
    return Absent("ecs_arn"), Equals("attempt", attempt)


def leased(lease_id: str) -> tuple[Condition, ...]:
    """The launch lease is still ours, and no container is known.

    The attempt would not be enough: a write that is repeated, or that arrives after its writer was given up, could meet
    a lease that a sweeper took since.
    """
    return Absent("ecs_arn"), Equals("lease_id", lease_id)


def of_container(arn: str, attempt: int, version: int) -> AnyOf:
    """The record speaks of this container and knows less of it, or knows none yet and is at its attempt (rule 6)."""
    known = (Equals("ecs_arn", arn), Below("ecs_version", version))
    return AnyOf((known, unlaunched(attempt)))
