"""Which container a record speaks of, and which one may live (design, rules 6 and 7)."""

from chalicelib.lifecycle import Status
from chalicelib.task import Task


def concerns(task: Task, arn: str, attempt: int) -> bool:
    """Tell whether this container is the record's: by its ARN, or while none is known, by the current attempt."""
    if task.ecs_arn is not None:
        return task.ecs_arn == arn
    return task.status in (Status.STARTING, Status.CANCELLING) and task.attempt == attempt


def legitimate(task: Task, arn: str, attempt: int) -> bool:
    """Tell whether this container may live; every other one that carries our mark is stopped by whoever finds it.

    The lease plays no part: between a dead launcher and the sweeper that adopts its container, that is innocent.
    """
    return task.status in (Status.STARTING, Status.RUNNING) and concerns(task, arn, attempt)


def dying(task: Task, arn: str) -> bool:
    """Tell whether this container's stop is under way: the sweep looks whether it works, and sends it again in time."""
    return task.status is Status.CANCELLING and task.ecs_arn == arn
