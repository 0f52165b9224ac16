"""Show a task to somebody who may see it."""

from dataclasses import dataclass

from chalicelib.ports import Missing, Ports
from chalicelib.task import Task


@dataclass(frozen=True)
class NotAllowed:
    """The task is somebody else's."""


@dataclass(frozen=True)
class NotFound:
    """There is no such task."""


def show(ports: Ports, task_id: str, owner: str | None) -> Task | NotAllowed | NotFound:
    """Read a task, consistently; only of this owner, unless that is None."""
    task = ports.store.get(task_id)
    if isinstance(task, Missing):
        return NotFound()
    return task if owner is None or task.owner == owner else NotAllowed()
