"""When a task must be looked at next. The only place where its instants come together."""

from datetime import UTC, datetime, timedelta
from math import ceil

from chalicelib.config import Settings
from chalicelib.grace import kill_at
from chalicelib.lifecycle import TERMINAL, Status
from chalicelib.task import NEVER, Task


def due_at(task: Task, settings: Settings) -> datetime | None:
    """The earliest of the task's instants; None when it has ended."""
    instants = (_work_at(task, settings), deadline_at(task), heard_by(task))
    return min((instant for instant in instants if instant is not None), default=None)


def due_since(task: Task, settings: Settings) -> datetime | None:
    """Since when it has been due; None when it has ended.

    What ECS did not answer stays due, and its `due_at` moves behind the others'. What waits for a launch is handed to
    the queue again and again, which its `retry_at` does not tell.
    """
    instants = (task.due_at, None if task.status is Status.PENDING else due_at(task, settings))
    return min((instant for instant in instants if instant is not None), default=None)


def deadline_at(task: Task) -> datetime | None:
    """When it times out; None when it does not, or no more."""
    if task.deadline is None or task.deadline >= NEVER or task.status in TERMINAL | {Status.CANCELLING}:
        return None
    return datetime.fromtimestamp(task.deadline, UTC)


def heard_by(task: Task) -> datetime | None:
    """By when a heartbeat must have come, as far as the record knows; None when none is awaited."""
    if task.heartbeat_timeout is None or task.started_at is None or task.status is not Status.RUNNING:
        return None
    return max(task.started_at, task.beat_at or task.started_at) + timedelta(seconds=task.heartbeat_timeout)


def epoch(instant: datetime) -> int:
    """The instant in whole epoch seconds, rounded up: a task never gets less time than it was promised."""
    return ceil(instant.timestamp())


def look_at(task: Task, settings: Settings) -> datetime:
    """When ECS is asked about its container: sooner while it should be starting."""
    patience = settings.launch_lease_s if task.status is Status.STARTING else settings.look_after_s
    if task.missing_at is not None:
        patience = settings.missing_again_s
    known = [instant for instant in (task.seen_at, task.looked_at) if instant is not None]
    return max(known, default=task.created_at) + timedelta(seconds=patience)


def expected_by(task: Task, settings: Settings) -> datetime | None:
    """By when a task under cancellation is dead, and ECS has said so; None without a cancellation."""
    if task.cancellation is None:
        return None
    return kill_at(task, task.cancellation) + timedelta(seconds=settings.expected_by_margin_s)


def stop_check_at(task: Task, settings: Settings) -> datetime:
    """When it is checked whether the newest stop worked: later each time; seldom, while ECS calls it MISSING."""
    if task.missing_at is not None:
        return look_at(task, settings)
    cancellation = task.cancellation
    sent_at = (cancellation and cancellation.stop_sent_at) or task.created_at
    tries = cancellation.stops if cancellation else 0
    wait = min(settings.stop_check_s * 2 ** min(tries, 16), settings.stop_check_max_s)
    return sent_at + timedelta(seconds=wait)


def resend_ends_at(task: Task, settings: Settings) -> datetime:
    """Until when the launch may be sent again: not so long that its client token may have died."""
    return (task.claimed_at or task.created_at) + timedelta(seconds=settings.resend_window_s)


def second_listing_at(task: Task, settings: Settings) -> datetime | None:
    """From when on a second empty listing counts; None before the first."""
    first = task.listed_empty_at
    return first and first + timedelta(seconds=settings.second_listing_s)


def _work_at(task: Task, settings: Settings) -> datetime | None:
    match task.status:
        case Status.PENDING:
            return task.retry_at
        case Status.STARTING | Status.CANCELLING if task.ecs_arn is None:
            return second_listing_at(task, settings) or task.lease_ends_at
        case Status.STARTING | Status.RUNNING:
            return look_at(task, settings)
        case Status.CANCELLING:
            return stop_check_at(task, settings)
        case _:
            return None
