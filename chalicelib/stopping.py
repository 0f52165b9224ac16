"""Send a StopTask."""

from chalicelib import log
from chalicelib.ports import Ports, Stopping, Unstopped
from chalicelib.report import STOP_PREFIX
from chalicelib.task import Task

MAX_REASON = 255
"""Characters that ECS keeps of a stop's reason (Amazon ECS API Reference, StopTask)."""


def stop_task(ports: Ports, task: Task) -> Stopping | Unstopped:
    """Stop the record's container because the task is being cancelled."""
    why = task.cancellation.cause if task.cancellation else "cancelled"
    words = task.cancellation.reason if task.cancellation else None
    return stop_container(
        ports, task.placement.cluster, task.ecs_arn or "", task.id, f"{why}: {words}" if words else why
    )


def stop_container(ports: Ports, cluster: str, arn: str, task_id: str, why: str) -> Stopping | Unstopped:
    """Stop a container that carries our mark. A failure is logged, never raised: the record brings us back."""
    reason = f"{STOP_PREFIX}{task_id[:8]}/{why}"[:MAX_REASON]
    outcome = ports.containers.stop(cluster, arn, reason)
    match outcome:
        case Stopping():
            log.info("stop_sent", task_id=task_id, ecs_arn=arn, reason=reason)
        case Unstopped(error):
            log.warning("stop_failed", task_id=task_id, ecs_arn=arn, reason=reason, error=error)
    return outcome
