"""What a task needs at an instant: a pure look at its record."""

from datetime import datetime

import msgspec

from chalicelib.config import Settings
from chalicelib.due import deadline_at, heard_by, look_at, resend_ends_at, second_listing_at, stop_check_at
from chalicelib.lifecycle import Status
from chalicelib.task import Task


class Relax(msgspec.Struct, frozen=True):
    """Nothing is due."""


class TimeOut(msgspec.Struct, frozen=True):
    """Its deadline has passed."""


class Relaunch(msgspec.Struct, frozen=True):
    """It waits, and its time has come."""


class TakeOver(msgspec.Struct, frozen=True):
    """Its launcher is given up: the same launch is to be sent again."""


class Search(msgspec.Struct, frozen=True):
    """Its launch can be sent no more: ECS's lists have to tell."""


class Look(msgspec.Struct, frozen=True):
    """ECS is to be asked about its container."""


class Listen(msgspec.Struct, frozen=True):
    """Its heartbeat may be missing."""


class StopAgain(msgspec.Struct, frozen=True):
    """It did not end in time after its stop."""


Need = Relax | TimeOut | Relaunch | TakeOver | Search | Look | Listen | StopAgain


def need(task: Task, now: datetime, settings: Settings) -> Need:
    """Say what the task needs at this instant."""
    deadline = deadline_at(task)
    if deadline is not None and deadline <= now:
        return TimeOut()
    match task.status:
        case Status.PENDING:
            return Relaunch() if task.retry_at is None or task.retry_at <= now else Relax()
        case Status.STARTING | Status.CANCELLING if task.ecs_arn is None:
            return _need_of_launch(task, now, settings)
        case Status.STARTING | Status.RUNNING:
            return Look() if look_at(task, settings) <= now else need_of_heart(task, now)
        case Status.CANCELLING:
            return StopAgain() if stop_check_at(task, settings) <= now else Relax()
        case _:
            return Relax()


def _need_of_launch(task: Task, now: datetime, settings: Settings) -> Need:
    if task.lease_ends_at is not None and task.lease_ends_at > now:
        return Relax()
    if now < resend_ends_at(task, settings):
        return TakeOver()
    second = second_listing_at(task, settings)
    return Search() if second is None or second <= now else Relax()


def need_of_heart(task: Task, now: datetime) -> Need:
    """Say what its heart needs: after the look at ECS, which is seldom, for a short heartbeat would always be first."""
    by = heard_by(task)
    return Listen() if by is not None and by <= now else Relax()


def asks_ecs(needed: Need) -> bool:
    """Tell whether this need wants ECS's word of the container."""
    return isinstance(needed, Look | StopAgain)
