"""Move a task's time limit, also while it runs."""

from datetime import datetime
from typing import assert_never

import msgspec

from chalicelib.conclude import conclude
from chalicelib.conditions import owned_by
from chalicelib.deadline import first_timer_at
from chalicelib.due import epoch
from chalicelib.lifecycle import Event, Status, sources
from chalicelib.ports import Applied, Missing, Ports, Refused, StoreUnavailableError
from chalicelib.show import NotAllowed, NotFound
from chalicelib.task import Task
from chalicelib.timing import start_timer

TRIES = 5
"""Each refusal means that somebody else wrote in the moment between."""


class Patch(msgspec.Struct, frozen=True):
    """A new time limit as it was asked for."""

    task_id: str
    by: str
    owner: str | None
    """Only a task of this owner; None for callers who may change everybody's."""
    timeout: int
    """Seconds that it may run."""
    revs: frozenset[int] | None = None
    """Only a record at one of these; None for any."""


class Patched(msgspec.Struct, frozen=True):
    """It has the new limit."""

    task: Task


class TooLate(msgspec.Struct, frozen=True):
    """It has ended, or is being cancelled."""

    task: Task


class Changed(msgspec.Struct, frozen=True):
    """It is at none of the revisions that were required."""

    task: Task


def patch(ports: Ports, request: Patch) -> Patched | TooLate | Changed | NotAllowed | NotFound:
    """Move the deadline; it wins or loses cleanly against a timer, whose write holds the deadline in its condition.

    The write's condition also holds the `rev` that was looked at, and so one of the required ones.

    Raises:
        StoreUnavailableError: the outcome is not known.
    """
    task = ports.store.get(request.task_id)
    for _ in range(TRIES):
        if isinstance(task, Missing):
            return NotFound()
        if request.owner is not None and task.owner != request.owner:
            return NotAllowed()
        if task.status not in sources(Event.TIMEOUT_MOVED):
            return TooLate(task)
        if request.revs is not None and task.rev not in request.revs:
            return Changed(task)
        match _move(ports, request, task):
            case Applied(moved):
                return Patched(_with_timer(ports, task, moved))
            case Refused(current):
                task = current
            case Missing():
                return NotFound()
            case other:
                assert_never(other)
    message = f"task {request.task_id} kept moving"
    raise StoreUnavailableError(message)


def _move(ports: Ports, request: Patch, task: Task) -> Applied | Refused | Missing:
    moved = _moved(task, request.timeout)
    timers = task.timers + (1 if _earlier(task, moved, ports.clock.now()) else 0)
    changes: dict[str, object] = {"timeout": request.timeout, "deadline": moved.deadline, "timers": timers}
    return conclude(ports, task, Event.TIMEOUT_MOVED, changes, requires=(owned_by(task.owner),), by=request.by)


def _moved(task: Task, timeout: int) -> Task:
    """The time that it ran already counts."""
    started = task.started_at if task.status is Status.RUNNING else None
    deadline = epoch(started) + timeout if started else task.deadline
    return msgspec.structs.replace(task, timeout=timeout, deadline=deadline)


def _earlier(task: Task, moved: Task, now: datetime) -> bool:
    """Tell whether no timer that was started before comes in time."""
    before, after = first_timer_at(task, now), first_timer_at(moved, now)
    return after is not None and (before is None or after < before)


def _with_timer(ports: Ports, before: Task, moved: Task) -> Task:
    if moved.timers > before.timers:
        start_timer(ports, moved)
    return moved
