"""Which container a record speaks of, and which one may live (design, rules 6 and 7)."""

from chalicelib.lifecycle import TERMINAL, Status
from chalicelib.report import Report
from chalicelib.task import Proof, Task


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


def told_before(task: Task, report: Report) -> bool:
    """Tell whether ECS itself has said since that this container is dead: the list was read before the record ended."""
    if task.status not in TERMINAL or task.termination is None or task.ecs_arn != report.arn:
        return False
    by_ecs = task.termination.proof in (Proof.ECS_EVENT, Proof.ECS_DESCRIBE)
    return by_ecs and task.ecs_version is not None and report.version <= task.ecs_version
