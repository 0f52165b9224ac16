"""The record, as little of it as the rules need, and what a write makes of it.

The names are those of `chalicelib.task.Task`. A write is read as the stores read it: conditions and target status come
from `lifecycle.TRANSITIONS` through the code's own `statement`. Only the values are small: a lease and a look are mine
or not, an instant has come or not.
"""

from typing import NamedTuple

from chalicelib.conditions import AnyOf, Change, Condition
from chalicelib.lifecycle import TERMINAL, Event, Status
from chalicelib.statement import statement
from chalicelib.task import NEVER
from tests.doubles.evaluate import all_hold, plain, updated
from tests.doubles.world import settings

OVER, COMING = 0, 1
"""Instants: one that has come, and one that has not. Now is `OVER`."""
MINE, OTHERS = 1, 2
"""Of a lease, of a revision that was looked at: nobody else has taken it, or written, since."""

SETTINGS = settings()


class Record(NamedTuple):
    """What a task's record says."""

    status: Status
    attempt: int = 0
    ecs_arn: int | None = None
    """The number of a container."""
    ecs_version: int | None = None
    lease_id: int | None = None
    lease_ends_at: int | None = None
    claimed_at: int | None = None
    """Whether the launch may still be sent again: `COMING`, or no more: `OVER`."""
    on_end: Status | None = None
    timeout: int | None = None
    """0: it has one, which began to count when the deadline was written."""
    deadline: int | None = None
    listed_empty_at: int | None = None
    missing_at: int | None = None
    rev: int = MINE


TRACKED = frozenset(Record._fields) - {"rev", "status"}


class Guard(NamedTuple):
    """A condition of a write: which kind, on which attribute."""

    event: Event
    kind: str
    name: str


def guards(event: Event, conditions: tuple[Condition, ...]) -> frozenset[Guard]:
    """What these conditions look at."""
    found: set[Guard] = set()
    for condition in conditions:
        if isinstance(condition, AnyOf):
            found |= {each for group in condition.groups for each in guards(event, group)}
        else:
            found.add(Guard(event, type(condition).__name__, condition.name))
    return frozenset(found)


def apply(record: Record, change: Change, dropped: frozenset[Guard]) -> Record | None:
    """Write: the record after it; None when it is refused."""
    said = statement(change, "", SETTINGS.max_history, recorded=False)
    item = plain({name: value for name, value in record._asdict().items() if value is not None})
    if not all_hold(_without(change.event, said.conditions, dropped), item):
        return None
    sets = {name: value for name, value in said.sets.items() if name in TRACKED | {"status"}}
    after = updated(item, sets, [name for name in said.removes if name in TRACKED])
    statuses = {name: Status(after[name]) for name in ("status", "on_end") if name in after}
    return _small(Record(**{**after, **statuses, "rev": MINE}))


def _without(event: Event, conditions: tuple[Condition, ...], dropped: frozenset[Guard]) -> tuple[Condition, ...]:
    """The conditions without the guards that are taken away."""
    left: list[Condition] = []
    for condition in conditions:
        if isinstance(condition, AnyOf):
            left.append(AnyOf(tuple(_without(event, group, dropped) for group in condition.groups)))
        elif Guard(event, type(condition).__name__, condition.name) not in dropped:
            left.append(condition)
    return tuple(left)


def _small(record: Record) -> Record:
    """Forget what no rule looks at any more."""
    if record.status in TERMINAL:
        return Record(record.status, record.attempt, record.ecs_arn)
    if record.status is Status.CANCELLING or (record.deadline or 0) >= NEVER:
        return record._replace(deadline=None)
    return record
