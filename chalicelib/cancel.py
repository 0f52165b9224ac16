"""Cancel a task: one conditional write, one StopTask.

The likely case is tried first. A refusal shows the record, which says what to do instead; nothing is decided on a read.
"""

from datetime import datetime, timedelta
from typing import assert_never

import msgspec

from chalicelib.conditions import Change, Condition, Equals, Operand, Plus, owned_by
from chalicelib.ending import NEVER_LAUNCHED, ending
from chalicelib.grace import escalation, is_possible, possible
from chalicelib.lifecycle import Event, Status
from chalicelib.ports import Applied, Missing, Ports, Refused, StoreUnavailableError
from chalicelib.show import NotAllowed, NotFound
from chalicelib.stopping import stop_task
from chalicelib.task import Cancellation, Cause, Task

MAX_WRITES = 6
"""Each refusal means that the task moved in the moment between: more than a few in a row do not happen."""

STOP_SENT_AT = "cancellation.stop_sent_at"
"""The write that sets it is the one that sends the stop."""


class Cancel(msgspec.Struct, frozen=True):
    """A cancellation as it was asked for."""

    task_id: str
    by: str
    owner: str | None
    """Only a task of this owner; None for callers who may cancel everybody's."""
    cause: Cause = Cause.USER
    reason: str | None = None
    reason_code: str | None = None
    force: bool = False
    grace: int | None = None
    """Seconds; without a supervisor it must be the task's own `stop_timeout`, since Fargate knows no other."""


class Cancelling(msgspec.Struct, frozen=True):
    """Accepted; the death is being brought about and not proven yet."""

    task: Task


class Cancelled(msgspec.Struct, frozen=True):
    """It is cancelled, and dead or never launched: from now, or from before."""

    task: Task


class TooLate(msgspec.Struct, frozen=True):
    """It had ended otherwise before; that is final."""

    task: Task


class GraceUnsupported(msgspec.Struct, frozen=True):
    """Another grace than the task's `stop_timeout` was asked for."""

    task: Task


class NotDue(msgspec.Struct, frozen=True):
    """What the request required does not hold (any more)."""

    task: Task


Outcome = Cancelling | Cancelled | TooLate | NotAllowed | NotFound | GraceUnsupported


def cancel(ports: Ports, request: Cancel) -> Outcome:
    """Cancel a task, whatever its status. Repeating it is safe, and re-issues the stop (at most once in a few seconds).

    Raises:
        StoreUnavailableError: the outcome is not known.
    """
    outcome = cancel_if(ports, request, ())
    assert not isinstance(outcome, NotDue)  # noqa: S101 - it required nothing
    return outcome


def cancel_if(ports: Ports, request: Cancel, requires: tuple[Condition, ...]) -> Outcome | NotDue:
    """Cancel a task if `requires` holds at the moment of the write: for cancellations nobody asked for in person."""
    guards = (*_guards(request), *requires)
    change = _request(ports, request, guards)
    for _ in range(MAX_WRITES):
        match ports.store.apply(request.task_id, change):
            case Applied(task):
                return _act(ports, task, change)
            case Refused(current):
                answer = _answer(ports, request, guards, current)
                if not isinstance(answer, Change):
                    return answer
                if requires and (answer.event is change.event or current.status is Status.CANCELLING):
                    return NotDue(current)
                change = answer
            case Missing():
                return NotFound()
            case other:
                assert_never(other)
    message = f"task {request.task_id} kept moving"
    raise StoreUnavailableError(message)


def _act(ports: Ports, task: Task, change: Change) -> Cancelling | Cancelled:
    if task.status is Status.CANCELLED:
        return Cancelled(task)
    # Without an ARN whoever learns it stops the container: launcher, event handler, sweeper.
    sends = change.event is Event.CANCEL_REQUESTED or STOP_SENT_AT in change.sets
    if sends and task.ecs_arn is not None:
        stop_task(ports, task)
    return Cancelling(task)


def _answer(ports: Ports, request: Cancel, guards: tuple[Condition, ...], current: Task) -> Outcome | Change:
    """What a refusal calls for: an answer, or the write that fits the status it showed."""
    if request.owner is not None and current.owner != request.owner:
        return NotAllowed()
    match current.status:
        case Status.COMPLETED | Status.FAILED:
            return TooLate(current)
        case Status.CANCELLED:
            return Cancelled(current)
        case _ if request.grace is not None and not is_possible(request.grace, current):
            return GraceUnsupported(current)
        case Status.PENDING:
            return _unlaunched(ports, request, guards)
        case Status.STARTING | Status.RUNNING:
            return _request(ports, request, guards)
        case Status.CANCELLING:
            return _repeat(ports, request, guards, current)
        case other:
            assert_never(other)


def _request(ports: Ports, request: Cancel, guards: tuple[Condition, ...]) -> Change:
    now = ports.clock.now()
    return Change(
        Event.CANCEL_REQUESTED,
        now,
        request.by,
        request.reason or "",
        guards,
        {
            "cancellation": _cancellation(request, now, stop_sent_at=now),
            "on_end": Status.CANCELLED,
            # Also where no container is known yet: whoever saves it stops it, and that is checked on likewise.
            "due_at": now + timedelta(seconds=ports.settings.stop_check_s),
        },
    )


def _unlaunched(ports: Ports, request: Cancel, guards: tuple[Condition, ...]) -> Change:
    now = ports.clock.now()
    return ending(
        Event.CANCELLED_UNLAUNCHED,
        now,
        request.by,
        NEVER_LAUNCHED,
        ports.settings,
        requires=guards,
        sets={"cancellation": _cancellation(request, now)},
        reason=request.reason or "",
    )


def _repeat(ports: Ports, request: Cancel, guards: tuple[Condition, ...], current: Task) -> Change:
    """Count it; and re-issue the stop if the last one is long ago and nobody else re-issues it at this moment."""
    now, sent_at = ports.clock.now(), current.cancellation and current.cancellation.stop_sent_at
    sets: dict[str, Operand] = {"cancellation.repeats": Plus(1)}
    if current.cancellation is not None:
        sooner = escalation(current, current.cancellation, now, force=request.force, grace=request.grace)
        guards, sets = guards + sooner.requires, {**sets, **sooner.sets}
    if sent_at and now - sent_at >= timedelta(seconds=ports.settings.stop_repeat_s):
        guards += (Equals(STOP_SENT_AT, sent_at),)
        sets[STOP_SENT_AT] = now
    return Change(Event.CANCEL_REPEATED, now, request.by, request.reason or "", guards, sets)


def _guards(request: Cancel) -> tuple[Condition, ...]:
    owner = () if request.owner is None else (owned_by(request.owner),)
    grace = () if request.grace is None else (possible(request.grace),)
    return (*owner, *grace)


def _cancellation(request: Cancel, now: datetime, stop_sent_at: datetime | None = None) -> Cancellation:
    return Cancellation(
        cause=request.cause,
        requested_by=request.by,
        requested_at=now,
        reason=request.reason,
        reason_code=request.reason_code,
        grace=request.grace,
        force_requested=request.force,
        stop_sent_at=stop_sent_at,
    )
