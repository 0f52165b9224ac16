"""Launch the container of a task whose launch lease is ours.

The launch is fenced twice. The client token makes every send of one attempt find the same container; the lease makes
sure that only its holder may conclude that nothing was launched, and only from a definite refusal of the *first* send.
After anything unclear only the identical request is sent again, here once, later by the sweeper (design, rule 5).
"""

from typing import Any, assert_never

from chalicelib import fargate, log
from chalicelib.backoff import backoff
from chalicelib.conditions import Change, leased, unlaunched
from chalicelib.definitions import ensure
from chalicelib.due import deadline_at
from chalicelib.ending import ending
from chalicelib.lifecycle import Event, Status
from chalicelib.ports import (
    Applied,
    Deferred,
    Launched,
    Missing,
    Ports,
    Refused,
    Registered,
    Rejected,
    Unclear,
    Undefined,
)
from chalicelib.stopping import stop_container, stop_task
from chalicelib.task import Proof, Task, Termination
from chalicelib.tokens import make_token

BY = "launcher"

FIRST_VERSION = 1
"""The version of an ECS task at launch (Amazon ECS Developer Guide, task state change events).

What the record knows of a container that was just launched or adopted, however far it has come: its later versions are
still to be taken in, also the one at which RunTask showed it."""


def launch(ports: Ports, task: Task) -> Task:
    """Launch `task`, whose record was just written with a lease of ours; answer the record as it is afterwards."""
    definition = fargate.task_definition(task.spec, task.stop_timeout, ports.settings)
    match ensure(ports, definition):
        case Registered():
            return _send(ports, task)
        case Deferred(reason):
            return _defer(ports, task, reason)
        case Rejected(reason):
            return _reject(ports, task, reason)
        case other:
            assert_never(other)


def _send(ports: Ports, task: Task) -> Task:
    request = _request(ports, task)
    match ports.containers.run(request):
        case Launched() as launched:
            return save(ports, task, launched)
        case Deferred(reason):
            return _defer(ports, task, reason)
        case Rejected(reason):
            return _reject(ports, task, reason)
        case Undefined(reason):
            ports.definitions.forget(task.placement.definition)
            return _defer(ports, task, reason)
        case Unclear(reason):
            log.warning("launch_unclear", task_id=task.id, attempt=task.attempt, error=reason)
            return resend(ports, task)
        case other:
            assert_never(other)


def _request(ports: Ports, task: Task) -> dict[str, Any]:
    """Make RunTask's request: the same for an attempt, whoever sends it and whatever the settings are."""
    deployment = ports.settings.deployment
    return fargate.run_request(task, deployment, make_token(ports.keys, deployment, task.id, task.attempt))


def resend(ports: Ports, task: Task) -> Task:
    """Send the identical request again. Only a container counts: no refusal of this one speaks for the first."""
    match ports.containers.run(_request(ports, task)):
        case Launched() as launched:
            return save(ports, task, launched)
        case refused:
            if isinstance(refused, Undefined):
                ports.definitions.forget(task.placement.definition)
            log.warning("resend_unanswered", task_id=task.id, attempt=task.attempt, error=refused.reason)
            return task


def save(ports: Ports, task: Task, launched: Launched) -> Task:
    """Save the container that was launched, and stop it if it may not live (rule 7)."""
    now = ports.clock.now()
    change = Change(
        Event.LAUNCHED,
        now,
        BY,
        requires=unlaunched(task.attempt),
        sets={"ecs_arn": launched.arn, "ecs_version": FIRST_VERSION, "seen_at": now},
        removes=("lease_id", "lease_ends_at"),
    )
    match ports.store.apply(task.id, change):
        case Applied(saved):
            if saved.status is Status.CANCELLING:
                stop_task(ports, saved)
            return saved
        case Refused(current):
            if current.ecs_arn != launched.arn or current.status not in (Status.STARTING, Status.RUNNING):
                stop_container(ports, task.placement.cluster, launched.arn, task.id, "not the task's container")
            return current
        case Missing():
            stop_container(ports, task.placement.cluster, launched.arn, task.id, "the task is gone")
            return task
        case other:
            assert_never(other)


def _defer(ports: Ports, task: Task, reason: str) -> Task:
    """Nothing was launched: the task waits for its next attempt."""
    if task.attempt >= ports.settings.launch_attempts:
        return _reject(ports, task, f"{reason} (after {task.attempt} attempts)")
    now = ports.clock.now()
    retry_at = now + backoff(task.attempt, ports.settings.launch_backoff_s, ports.settings.launch_backoff_max_s)
    change = Change(
        Event.LAUNCH_DEFERRED,
        now,
        BY,
        reason,
        requires=leased(task.lease_id or ""),
        sets={"retry_at": retry_at, "due_at": min(retry_at, deadline_at(task) or retry_at), "refusal": reason},
        removes=("lease_id", "lease_ends_at"),
    )
    match ports.store.apply(task.id, change):
        case Applied(waiting):
            return waiting
        case Refused(current) if current.status is Status.CANCELLING:
            return _reject(ports, task, reason)
        case Refused(current):
            return current
        case Missing():
            return task
        case other:
            assert_never(other)


def _reject(ports: Ports, task: Task, reason: str) -> Task:
    """Nothing was launched, and nothing will be: failed, or cancelled where that was asked for meanwhile."""
    change = ending(
        Event.LAUNCH_REJECTED,
        ports.clock.now(),
        BY,
        Termination(proof=Proof.NEVER_LAUNCHED, stopped_reason=reason),
        ports.settings,
        requires=leased(task.lease_id or ""),
        sets={"refusal": reason},
        reason=reason,
    )
    match ports.store.apply(task.id, change):
        case Applied(ended):
            return ended
        case Refused(current):
            return current
        case Missing():
            return task
        case other:
            assert_never(other)
