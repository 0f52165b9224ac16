"""A task's time limits: what a timer does when it fires."""

from datetime import datetime, timedelta

import msgspec

from chalicelib.cancel import Cancel, cancel_if
from chalicelib.conditions import Absent, AtMost, Condition
from chalicelib.due import deadline_at
from chalicelib.lifecycle import TERMINAL, Status
from chalicelib.ports import Missing, Ports
from chalicelib.show import NotAllowed, NotFound
from chalicelib.task import Cause, Task

BY = "deadline"

RARELY_S = 60
"""The timer of a task that has not started need not wake more often than this …"""
SHARE = 4
"""… nor than after each such part of the time that it has waited, where that is sooner.

Each wake is a part of an execution's history, which ends at 25,000 events (AWS Step Functions service quotas): a
timeout of a second, woken for in each second of an hour without launches, would fill it. So a short timeout may come
late by a quarter of the wait, and by a minute at most."""


class Done(msgspec.Struct, frozen=True):
    """The timer has nothing more to wait for."""


class Again(msgspec.Struct, frozen=True):
    """The timer is to come back."""

    at: datetime


def wake(ports: Ports, task_id: str) -> Done | Again:
    """Look at the task; cancel it if its deadline has passed; say when to come back.

    Raises:
        StoreUnavailableError: wake it again.
    """
    task = ports.store.get(task_id)
    if isinstance(task, Missing) or task.status in TERMINAL | {Status.CANCELLING}:
        return Done()
    now = ports.clock.now()
    deadline = deadline_at(task)
    if deadline is not None and deadline <= now:
        task = time_out(ports, task)
        if task.status in TERMINAL | {Status.CANCELLING}:
            return Done()
    at = first_timer_at(task, ports.clock.now())
    return Again(at) if at is not None else Done()


def first_timer_at(task: Task, now: datetime) -> datetime | None:
    """The earliest instant from `now` on at which a time limit can matter; None where there is none.

    A task that does not run yet cannot have run for `timeout` sooner than so long from now.
    """
    instants = [deadline_at(task)]
    if task.started_at is None and task.timeout is not None:
        rarely = min((now - task.created_at) / SHARE, timedelta(seconds=RARELY_S))
        instants.append(now + max(timedelta(seconds=task.timeout), rarely))
    return min((instant for instant in instants if instant is not None), default=None)


def time_out(ports: Ports, task: Task) -> Task:
    """Cancel the task because its deadline passed: that is in the write's condition, so moving it wins or loses."""
    overdue: tuple[Condition, ...] = (AtMost("deadline", int(ports.clock.now().timestamp())),)
    cause = Cause.TIMEOUT
    if task.started_at is None:
        overdue += (Absent("started_at"),)
        cause = Cause.QUEUE_TIMEOUT
    outcome = cancel_if(ports, Cancel(task.id, BY, owner=None, cause=cause), overdue)
    return task if isinstance(outcome, NotAllowed | NotFound) else outcome.task
