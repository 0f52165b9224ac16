"""The small language in which a write says when it holds and what it changes.

Two readers understand it: `aws/expressions.py`, which writes it as DynamoDB's expressions, and the in-memory store of
the tests, which evaluates it. The contract tests hold the two together. A name is an attribute of the record, or with a
dot one of a map in it (`cancellation.repeats`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from chalicelib.lifecycle import Event


class Word(msgspec.Struct, frozen=True):
    """A word of the language. As a struct, for a cold start makes them all."""


Value = object
"""Text, a whole number, a truth value, an instant, a status, or a part of the record."""


class Equals(Word, frozen=True):
    """The attribute is there and equals the value."""

    name: str
    value: Value


class Differs(Word, frozen=True):
    """The attribute is not there, or another value than this."""

    name: str
    value: Value


class Lacks(Word, frozen=True):
    """The list does not hold this entry."""

    name: str
    entry: object


class Below(Word, frozen=True):
    """The attribute is there and lies strictly below the value."""

    name: str
    value: Value


class AtMost(Word, frozen=True):
    """The attribute is there and does not exceed the value."""

    name: str
    value: Value


class Absent(Word, frozen=True):
    """The attribute is not there."""

    name: str


class OneOf(Word, frozen=True):
    """The attribute has one of the values."""

    name: str
    values: tuple[Value, ...]


class Shorter(Word, frozen=True):
    """The list has fewer entries than this."""

    name: str
    length: int


class AnyOf(Word, frozen=True):
    """At least one of the groups holds; a group holds when all of its conditions do."""

    groups: tuple[tuple["Condition", ...], ...]


Condition = Equals | Differs | Lacks | Below | AtMost | Absent | OneOf | Shorter | AnyOf


class FirstOf(Word, frozen=True):
    """The value of the attribute `name` as it was before the write, or `default` where there was none."""

    name: str
    default: Value


class Plus(Word, frozen=True):
    """The attribute's own number before the write, and so many more; a missing one counts as 0."""

    amount: int


class Sum(Word, frozen=True):
    """A number, and what the attribute `name` held before the write (or `default`, where there was none)."""

    name: str
    default: int
    plus: int


class Append(Word, frozen=True):
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
