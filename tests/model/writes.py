"""The writes of the model: each a real `Change`, made with the code's own guards, on small values."""

from functools import cache
from typing import Any

from chalicelib.conditions import (
    Absent,
    AtMost,
    Change,
    Condition,
    Equals,
    Sum,
    leased,
    of_container,
    unlaunched,
)
from chalicelib.ending import NEVER_LAUNCHED, ending
from chalicelib.launch import FIRST_VERSION
from chalicelib.lifecycle import Event, Status
from chalicelib.missing import GONE
from chalicelib.report import end_of
from chalicelib.search import NOTHING
from chalicelib.task import NEVER, Proof, Termination
from tests.doubles.clock import START
from tests.model.record import COMING, MINE, OTHERS, OVER, SETTINGS


def looked_at(mine: bool) -> Equals:
    """The record is as it was looked at."""
    return Equals("rev", MINE if mine else OTHERS)


def _write(event: Event, requires: tuple[Condition, ...] = (), sets: Any = None, *removes: str) -> Change:
    return Change(event, START, "model", requires=requires, sets=sets or {}, removes=removes)


@cache
def claimed(attempt: int, fresh: bool) -> Change:
    """A launcher claims a waiting task for this attempt."""
    lease = {"attempt": attempt, "lease_id": MINE, "lease_ends_at": COMING, "claimed_at": COMING}
    return _write(Event.CLAIMED, (looked_at(fresh),), lease, "ecs_arn", "ecs_version", "missing_at", "listed_empty_at")


@cache
def lease_taken(same: bool) -> Change:
    """A sweeper takes the lease of a launcher that is given up, if it is the one that it looked at."""
    over = (Equals("lease_id", MINE if same else OTHERS), Absent("ecs_arn"), AtMost("lease_ends_at", OVER))
    return _write(Event.LEASE_TAKEN, over, {"lease_id": MINE, "lease_ends_at": COMING}, "listed_empty_at")


@cache
def launched(attempt: int, container: int) -> Change:
    """The container is saved."""
    facts = {"ecs_arn": container, "ecs_version": FIRST_VERSION}
    return _write(Event.LAUNCHED, unlaunched(attempt), facts, "lease_id", "lease_ends_at")


@cache
def launch_deferred(mine: bool) -> Change:
    """Nothing was launched; there will be another attempt."""
    return _write(Event.LAUNCH_DEFERRED, leased(MINE if mine else OTHERS), {}, "lease_id", "lease_ends_at")


@cache
def launch_rejected(mine: bool) -> Change:
    """Nothing was launched, and nothing will be."""
    return _ends(Event.LAUNCH_REJECTED, NEVER_LAUNCHED, leased(MINE if mine else OTHERS))


@cache
def alive(event: Event, container: int, attempt: int, version: int) -> Change:
    """ECS tells of a live container."""
    facts = {"ecs_arn": container, "ecs_version": version}
    started = {"deadline": Sum("timeout", NEVER, COMING)} if event is Event.STARTED else {}
    return _write(event, (of_container(container, attempt, version),), facts | started, "lease_id", "lease_ends_at")


@cache
def start_deferred(container: int, attempt: int, version: int) -> Change:
    """It never came to run, for a reason that passes."""
    facts = {"ecs_arn": container, "ecs_version": version}
    guard = of_container(container, attempt, version)
    return _write(Event.START_DEFERRED, (guard,), facts, "lease_id", "lease_ends_at")


@cache
def dead(termination: Termination, container: int, attempt: int, version: int) -> Change:
    """ECS proves its death."""
    facts = {"ecs_arn": container, "ecs_version": version}
    guard = of_container(container, attempt, version)
    return _ends(end_of(termination), termination, (guard,), facts)


@cache
def listed_empty(same: bool) -> Change:
    """ECS listed nothing of the launch, for the first time."""
    guard = (*leased(MINE if same else OTHERS), Absent("listed_empty_at"))
    return _write(Event.LISTED_EMPTY, guard, {"listed_empty_at": OVER})


@cache
def nothing_found(mine: bool, listings: int) -> Change:
    """It listed nothing again; or, by mistake, for the first time."""
    again = (Equals("listed_empty_at", OVER),) if listings > 1 else ()
    guard = (*leased(MINE if mine else OTHERS), *again)
    return _ends(Event.NOTHING_FOUND, NOTHING, guard)


@cache
def missed(fresh: bool) -> Change:
    """ECS answered MISSING, for the first time."""
    return _write(Event.MISSED, (looked_at(fresh),), {"missing_at": OVER})


@cache
def gone(container: int) -> Change:
    """It did so again, long after it was last seen."""
    return _ends(Event.GONE, GONE, (Equals("ecs_arn", container), Equals("missing_at", OVER)))


@cache
def shown(fresh: bool) -> Change:
    """ECS showed the container to the sweep."""
    return _write(Event.ATTENDED, (looked_at(fresh),), {}, "missing_at")


@cache
def timeout_moved(fresh: bool, deadline: int | None) -> Change:
    """The caller gives it another time limit, and so, while it runs, another deadline."""
    if deadline is None:
        return _write(Event.TIMEOUT_MOVED, (looked_at(fresh),), {"timeout": 0}, "deadline")
    return _write(Event.TIMEOUT_MOVED, (looked_at(fresh),), {"timeout": 0, "deadline": deadline})


@cache
def cancel_requested(overdue: bool, binds: bool) -> Change:
    """A cancellation is accepted, and binds the end; `overdue`: by the deadline alone."""
    return _write(Event.CANCEL_REQUESTED, _overdue(overdue), {"on_end": Status.CANCELLED} if binds else {})


@cache
def cancelled_unlaunched(overdue: bool) -> Change:
    """A waiting task is cancelled."""
    return _ends(Event.CANCELLED_UNLAUNCHED, NEVER_LAUNCHED, _overdue(overdue))


@cache
def stop_repeated(fresh: bool) -> Change:
    """The sweep was shown the container, and stops it again."""
    return _write(Event.STOP_REPEATED, (looked_at(fresh),), {}, "missing_at")


def _overdue(overdue: bool) -> tuple[Condition, ...]:
    return (AtMost("deadline", OVER),) if overdue else ()


def _ends(event: Event, termination: Termination, requires: tuple[Condition, ...], sets: Any = None) -> Change:
    return ending(event, START, "model", termination, SETTINGS, requires=requires, sets=sets)


ENDS = {
    "0": Termination(proof=Proof.ECS_EVENT, stop_code="EssentialContainerExited", exit_code=0, ran=True),
    "1": Termination(proof=Proof.ECS_EVENT, stop_code="EssentialContainerExited", exit_code=1, ran=True),
    "F": Termination(proof=Proof.ECS_EVENT, stop_code="TaskFailedToStart", stopped_reason="CannotPullContainerError"),
    "C": Termination(proof=Proof.ECS_EVENT, stop_code="TaskFailedToStart", stopped_reason="Capacity is unavailable"),
    "S": Termination(proof=Proof.ECS_EVENT, stop_code="UserInitiated", stopped_reason="calloff/…", ran=True),
    "E": Termination(proof=Proof.ECS_EVENT, stop_code="UserInitiated", stopped_reason="Task stopped by user"),
}
"""How a container may end, as ECS tells it: it exited, never started, or died of a stop of ours or of somebody's."""
