"""Take in what ECS reports of a container: in any order, any number of times, of any attempt."""

from datetime import datetime
from typing import assert_never

import msgspec

from chalicelib.backoff import backoff
from chalicelib.conclude import conclude
from chalicelib.conditions import AnyOf, Change, FirstOf, Operand, Sum, of_container
from chalicelib.due import epoch, heard_by
from chalicelib.ending import ending
from chalicelib.fence import concerns, dying, legitimate
from chalicelib.lifecycle import Event, Status
from chalicelib.ports import Applied, Missing, Ports, Refused
from chalicelib.report import Mark, Report, end_of
from chalicelib.stopping import stop_container, stop_task
from chalicelib.task import NEVER, Cancellation, Cause, Task
from chalicelib.transient import transient

BY = "ecs"


class Noted(msgspec.Struct, frozen=True):
    """The record took it in."""

    task: Task


class Stale(msgspec.Struct, frozen=True):
    """It told nothing new, or nothing of the record's own container."""

    task: Task


class Foreign(msgspec.Struct, frozen=True):
    """The container does not carry this deployment's mark."""


class Unrecorded(msgspec.Struct, frozen=True):
    """The container carries our mark, but there is no record.

    It is not stopped here. The table may be a restored one, and then each running task looks like this; that is for the
    orphan hunt, which an operator arms.
    """


Outcome = Noted | Stale | Foreign | Unrecorded


def observe(ports: Ports, report: Report) -> Outcome:
    """Write what the report means for its task.

    Raises:
        StoreUnavailableError: it may not have been written; hand the report in again.
    """
    mark = Mark.parse(report.started_by)
    if mark is None or mark.deployment != ports.settings.deployment:
        return Foreign()
    if report.dead:
        return _ended(ports, report, mark)
    event = Event.STARTED if report.last_status == "RUNNING" else Event.SIGHTED
    return _alive(ports, report, mark, event)


def _ended(ports: Ports, report: Report, mark: Mark) -> Outcome:
    """The proof of death: whichever end it is, `cancelled` if that was asked for before this write."""
    now, event = ports.clock.now(), end_of(report.termination)
    if event is Event.START_FAILED and transient(report.termination) and mark.attempt < ports.settings.launch_attempts:
        match _deferred(ports, report, mark):
            case Applied(task):
                return Noted(task)
            case _:
                # It was cancelled meanwhile, had run after all, or this is not its container: the end says which.
                pass
    sets = _facts(report, now)
    if event is Event.STOPPED_EXTERNALLY:
        external = Cancellation(cause=Cause.EXTERNAL, requested_by=BY, requested_at=now)
        sets["cancellation"] = FirstOf("cancellation", external)
    guards = (_of(report, mark),)
    change = ending(event, now, BY, report.termination, ports.settings, requires=guards, sets=sets)
    match ports.store.apply(mark.task_id, change):
        case Applied(task):
            return Noted(task)
        case Refused(current):
            return Stale(current)
        case Missing():
            return Unrecorded()
        case other:
            assert_never(other)


def _alive(ports: Ports, report: Report, mark: Mark, event: Event) -> Outcome:
    """The container lives. If it may not, it is stopped: whoever finds it does that."""
    now = ports.clock.now()
    change = Change(
        event,
        now,
        BY,
        requires=(_of(report, mark),),
        sets=_facts(report, now) | (_start(report, now) if event is Event.STARTED else {}),
        removes=("lease_id", "lease_ends_at"),
    )
    match ports.store.apply(mark.task_id, change):
        case Applied(task):
            if task.status is Status.CANCELLING and not report.stopping:
                stop_task(ports, task)
            return Noted(_listened_for(ports, task))
        case Refused(current) if event is Event.STARTED and _cancelling_this(current, report, mark):
            return _alive(ports, report, mark, Event.SIGHTED)
        case Refused(current):
            # Old news of a container whose stop is under way: whoever cancelled it, or the sweep, sees to that.
            if not (legitimate(current, report.arn, mark.attempt) or dying(current, report.arn)):
                stop_container(ports, report.cluster_arn, report.arn, mark.task_id, "not the task's container")
            return Stale(current)
        case Missing():
            return Unrecorded()
        case other:
            assert_never(other)


def _listened_for(ports: Ports, task: Task) -> Task:
    """Its first heartbeat may be missing before the launch's lease is over, for whose end the sweep would wait."""
    by = heard_by(task)
    if by is None or task.due_at is None or task.due_at <= by:
        return task
    match conclude(ports, task, Event.ATTENDED, {}, by=BY):
        case Applied(sooner):
            return sooner
        case Refused() | Missing():
            # Whoever wrote in between has looked when it is due, or the lease's end comes.
            return task
        case other:
            assert_never(other)


def _cancelling_this(task: Task, report: Report, mark: Mark) -> bool:
    return task.status is Status.CANCELLING and concerns(task, report.arn, mark.attempt)


def _of(report: Report, mark: Mark) -> AnyOf:
    return of_container(report.arn, mark.attempt, report.version)


def _deferred(ports: Ports, report: Report, mark: Mark) -> Applied | Refused | Missing:
    """The container never came to run, for a reason that passes: the task waits for its next attempt."""
    now, settings = ports.clock.now(), ports.settings
    retry_at = now + backoff(mark.attempt, settings.launch_backoff_s, settings.launch_backoff_max_s)
    reason = report.termination.stopped_reason or ""
    # Due at once: its deadline may come before the retry, and the sweep knows it.
    sets = {**_facts(report, now), "retry_at": retry_at, "due_at": now, "refusal": reason}
    removes = ("lease_id", "lease_ends_at")
    change = Change(Event.START_DEFERRED, now, BY, reason, (_of(report, mark),), sets, removes)
    return ports.store.apply(mark.task_id, change)


def _start(report: Report, now: datetime) -> dict[str, Operand]:
    """From now on `timeout` counts in place of `queue_timeout`; without one, the deadline is beyond every date."""
    started_at = report.started_at or now
    return {"started_at": started_at, "deadline": Sum("timeout", NEVER, epoch(started_at))}


def _facts(report: Report, now: datetime) -> dict[str, Operand]:
    facts: dict[str, Operand] = {"ecs_arn": report.arn, "ecs_version": report.version, "seen_at": now}
    if report.started_at is not None:
        facts["started_at"] = report.started_at
    return facts
