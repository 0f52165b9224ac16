"""Launch a waiting task."""

from datetime import timedelta

from chalicelib import fargate
from chalicelib.conclude import conclude
from chalicelib.deadline import time_out
from chalicelib.due import deadline_at
from chalicelib.launch import BY, launch
from chalicelib.lease import new_lease_id
from chalicelib.lifecycle import Event, Status
from chalicelib.ports import Applied, Missing, Ports, Refused
from chalicelib.task import Task

OF_THE_LAST_ATTEMPT = ("ecs_arn", "ecs_version", "seen_at", "looked_at", "missing_at", "listed_empty_at")
"""What the claim removes: the last attempt is known to have come to nothing, and versions count anew by container."""


def relaunch_by_id(ports: Ports, task_id: str) -> None:
    """Launch a task that the launch queue brought; it may have come before, and need nothing any more.

    Raises:
        StoreUnavailableError: hand it in again.
    """
    task = ports.store.get(task_id)
    if isinstance(task, Task):
        relaunch(ports, task)


def relaunch(ports: Ports, task: Task) -> Task:
    """Claim `task`, which waits and whose time has come, for its next attempt; launch it, unless that is frozen."""
    now, settings = ports.clock.now(), ports.settings
    if task.status is not Status.PENDING or ports.switches.frozen():
        return task
    if (deadline := deadline_at(task)) is not None and deadline <= now:
        return time_out(ports, task)
    # The queue brings it more than once: each copy that came would use up an attempt. The claim is under the `rev` of
    # this very record.
    if task.retry_at is not None and now < task.retry_at:
        return task
    definition = fargate.task_definition(task.spec, task.stop_timeout, settings)
    claim: dict[str, object] = {
        "attempt": task.attempt + 1,
        "placement": fargate.placement(definition, settings, task.placement.api_url),
        "claimed_at": now,
        "lease_id": new_lease_id(),
        "lease_ends_at": now + timedelta(seconds=settings.launch_lease_s),
        "retry_at": None,
    }
    match conclude(ports, task, Event.CLAIMED, claim | dict.fromkeys(OF_THE_LAST_ATTEMPT), by=BY):
        # An answer that was lost for long: the claim was applied, but a sweeper has taken the lease since.
        case Applied(claimed) if claimed.lease_id == claim["lease_id"]:
            return launch(ports, claimed)
        case Applied(current) | Refused(current):
            return current
        case Missing():
            return task
