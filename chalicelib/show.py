"""Show a task to somebody who may see it."""

import msgspec

from chalicelib.notes import Notes, told_since
from chalicelib.ports import Missing, Ports
from chalicelib.task import Task


class NotAllowed(msgspec.Struct, frozen=True):
    """The task is somebody else's."""


class NotFound(msgspec.Struct, frozen=True):
    """There is no such task."""


class Shown(msgspec.Struct, frozen=True):
    """The task, and what it told of itself."""

    task: Task
    notes: Notes


def find(ports: Ports, task_id: str, owner: str | None) -> Task | NotAllowed | NotFound:
    """Read a record, consistently; only of this owner, unless that is None."""
    task = ports.store.get(task_id)
    if isinstance(task, Missing):
        return NotFound()
    return task if _may_see(owner, task) else NotAllowed()


def show(ports: Ports, task_id: str, owner: str | None) -> Shown | NotAllowed | NotFound:
    """Read a record with the task's notes, likewise."""
    match ports.notes.read(task_id):
        case Missing():
            return NotFound()
        case (task, notes):
            return Shown(task, told_since(task.created_at, notes)) if _may_see(owner, task) else NotAllowed()


def _may_see(owner: str | None, task: Task) -> bool:
    return owner is None or task.owner == owner
