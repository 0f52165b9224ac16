"""Take the lease of a launcher that is given up, and send its launch again.

The identical request with the same client token finds the container that the launcher launched, or launches it: only
so do we get hold of what may be running. If the task is cancelling, the container is stopped as soon as it is saved.
"""

from datetime import timedelta

from chalicelib import fargate, log
from chalicelib.conclude import conclude
from chalicelib.conditions import Absent, AtMost, Equals
from chalicelib.definitions import ensure
from chalicelib.launch import resend
from chalicelib.lease import new_lease_id
from chalicelib.lifecycle import Event, Status
from chalicelib.ports import Applied, Missing, Ports, Refused, Registered
from chalicelib.task import Task


def take_over(ports: Ports, task: Task) -> Task:
    """Take the lease of `task`, whose lease is over, and send again what its launcher sent or was about to send."""
    now = ports.clock.now()
    lease: dict[str, object] = {
        "lease_id": new_lease_id(),
        "lease_ends_at": now + timedelta(seconds=ports.settings.launch_lease_s),
        "listed_empty_at": None,
    }
    if task.status is Status.CANCELLING:
        # What is got hold of is stopped at once; that stop is checked on as soon as any other.
        lease["due_at"] = now + timedelta(seconds=ports.settings.stop_check_s)
    # Not the rev, which a repeated cancel moves: while this lease is open or over, it says who may send.
    same, over = Equals("lease_id", task.lease_id), (Absent("ecs_arn"), AtMost("lease_ends_at", now))
    match conclude(ports, task, Event.LEASE_TAKEN, lease, requires=over, under=same):
        case Applied(taken) if taken.lease_id == lease["lease_id"]:
            return _send_again(ports, taken)
        case Applied(current) | Refused(current):
            return current
        case Missing():
            return task


def _send_again(ports: Ports, task: Task) -> Task:
    """The launcher may have died before it registered the task definition; its name tells whether ours is the same."""
    definition = fargate.task_definition(task.spec, task.stop_timeout, ports.settings)
    ours = definition["family"] == task.placement.definition
    # Asked once: the sweep waits for nobody, or the cancellations behind this task would.
    if ours and not isinstance(ensure(ports, definition, polls=1), Registered):
        log.warning("definition_unregistered", task_id=task.id, attempt=task.attempt)
        return task
    return resend(ports, task)
