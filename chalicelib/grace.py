"""How long a task may take to die: Fargate's one grace, or under the supervisor that of the cancellation itself."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from chalicelib.conditions import Absent, AnyOf, Condition, Equals, FirstOf, Operand
from chalicelib.task import Cancellation, Task

GRACE, FORCED_AT = "cancellation.grace", "cancellation.forced_at"


def possible(grace: int) -> Condition:
    """The task can be given this grace: it has a supervisor, or it is its own anyway."""
    return AnyOf(((Equals("spec.supervised", value=True),), (Equals("stop_timeout", grace),)))


def is_possible(grace: int, task: Task) -> bool:
    """Tell the same of a record."""
    return task.spec.supervised or grace == task.stop_timeout


class Escalation(msgspec.Struct, frozen=True):
    """What a repeated cancellation changes about the first."""

    requires: tuple[Condition, ...]
    sets: Mapping[str, Operand]


def escalation(task: Task, current: Cancellation, now: datetime, *, force: bool, grace: int | None) -> Escalation:
    """Let a repeat bring the end forward, never back: `expected_by` was promised."""
    requires: tuple[Condition, ...] = ()
    sets: dict[str, Operand] = {}
    if force and not current.force_requested:
        sets |= {"cancellation.force_requested": True, FORCED_AT: FirstOf(FORCED_AT, now)}
    if grace is not None and grace < grace_of(task):
        # Of two repeats at once, the longer grace must not win.
        requires = (Absent(GRACE) if current.grace is None else Equals(GRACE, current.grace),)
        sets[GRACE] = grace
    return Escalation(requires, sets)


def kill_at(task: Task, cancellation: Cancellation) -> datetime:
    """When the container is killed if it does not end before: force is immediate only under the supervisor."""
    asked = cancellation.requested_at
    whole = asked + timedelta(seconds=grace_of(task))
    return min(whole, forced_at(task) or whole)


def grace_of(task: Task) -> int:
    """Seconds between SIGTERM and SIGKILL, of the task's cancellation if that says so."""
    asked = task.cancellation.grace if task.cancellation else None
    return task.stop_timeout if asked is None else asked


def least_grace(task: Task) -> int:
    """Seconds that it surely has unless it is forced: a supervisor that gets no answer keeps to the task's own."""
    return min(grace_of(task), task.stop_timeout)


def forced_at(task: Task) -> datetime | None:
    """From when on the supervisor may kill it at once; None where nobody asked for that, or where there is none."""
    cancellation = task.cancellation
    if cancellation is None or not (cancellation.force_requested and task.spec.supervised):
        return None
    return cancellation.forced_at or cancellation.requested_at
