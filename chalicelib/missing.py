"""ECS answers MISSING: that it does not know the container, or not yet, or no longer."""

from datetime import timedelta

from chalicelib import log, metrics
from chalicelib.conclude import BY, concluded
from chalicelib.conditions import Equals
from chalicelib.ending import ending
from chalicelib.lifecycle import Event
from chalicelib.metrics import Metric
from chalicelib.ports import Applied, Missing, Ports, Refused
from chalicelib.task import Proof, Task, Termination

GONE = Termination(proof=Proof.GONE)


def note_missing(ports: Ports, task: Task) -> Task:
    """Note the first reading; conclude from a later one, if the container was last seen longer ago than ECS remembers.

    Reads lag, and a mistyped cluster misses everything: so there are two readings, and the cluster must be active.
    """
    now = ports.clock.now()
    if task.missing_at is None:
        return concluded(ports, task, Event.MISSED, {"missing_at": now, "looked_at": now})
    seen_long_ago = task.seen_at is not None and now - task.seen_at > timedelta(seconds=ports.settings.gone_after_s)
    apart = now - task.missing_at >= timedelta(seconds=ports.settings.missing_again_s)
    if not (seen_long_ago and apart and ports.containers.cluster_active(task.placement.cluster)):
        return concluded(ports, task, Event.ATTENDED, {"looked_at": now})
    guards = (Equals("ecs_arn", task.ecs_arn), Equals("missing_at", task.missing_at))
    change = ending(Event.GONE, now, BY, GONE, ports.settings, requires=guards)
    match ports.store.apply(task.id, change):
        case Applied(ended):
            log.error("container_gone", task_id=task.id, ecs_arn=task.ecs_arn)
            metrics.emit(ports.clock, ports.settings.deployment, {Metric.GONE: 1.0})
            return ended
        case Refused(current):
            return current
        case Missing():
            return task
