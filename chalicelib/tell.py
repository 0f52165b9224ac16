"""Take in what a task tells of itself, and let it have what the task that it continues told."""

import msgspec

from chalicelib.itself import Expired, show_itself
from chalicelib.lifecycle import Status
from chalicelib.notes import Checkpoint, Told
from chalicelib.ports import Ports
from chalicelib.task import Task
from chalicelib.tokens import TaskToken

ORDERS = 10**20
"""More than a task's own count (nanoseconds) ever is, so that a later attempt's notes come after an earlier one's."""


class Kept(msgspec.Struct, frozen=True):
    """It is kept; the task as it is."""

    task: Task


class Resumed(msgspec.Struct, frozen=True):
    """The newest checkpoint of the task that this one continues; None if there is neither."""

    task_id: str | None
    checkpoint: Checkpoint | None


def tell(ports: Ports, token: TaskToken, told: Told) -> Kept | Expired:
    """Keep what the task tells, also while it is being cancelled, until its end.

    The token is judged by the record, and the notes are written after that: a note that was on its way when its
    container died is kept, and true. To bind both writes would cost every cancel (a transaction on the record).

    Raises:
        StoreUnavailableError: it may be kept or not; repeating it is safe.
    """
    task = show_itself(ports, token)
    if isinstance(task, Expired):
        return task
    result = told.result and msgspec.structs.replace(told.result, partial=task.status is Status.CANCELLING)
    ports.notes.write(task.id, msgspec.structs.replace(told, order=token.attempt * ORDERS + told.order, result=result))
    return Kept(task)


def resumed(ports: Ports, token: TaskToken) -> Resumed | Expired:
    """Read from where the task can go on."""
    task = show_itself(ports, token)
    if isinstance(task, Expired):
        return task
    return Resumed(task.resume_from, ports.notes.checkpoint(task.resume_from) if task.resume_from else None)
