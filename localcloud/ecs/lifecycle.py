"""The life of a task, pure: what it does next and when, and what each report makes of it.

Everything is derived from the task itself, so an endpoint that was killed picks each task up where it stood:
`due` names the next step of any task, `step` takes it, and reports of the runtime come in between. Each change is
one version, as each is one event.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from localcloud.ecs.model import Container, Status, StopCode, Task, Times

if TYPE_CHECKING:
    from localcloud.ecs.delays import Delays
    from localcloud.ecs.runtimes.port import Exit

ESSENTIAL_EXITED = "Essential container in task exited"

TOKEN_AFTERLIFE = 3600.0
"""Seconds that a client token outlives its task (*Ensuring idempotency*, ECS API reference)."""


@dataclass(frozen=True)
class Move:
    """The task moves on to its next status at `at`."""

    at: float


@dataclass(frozen=True)
class Kill:
    """The grace of these containers is over at `at`."""

    at: float
    names: tuple[str, ...]


@dataclass(frozen=True)
class Forget:
    """Nobody can ask for the stopped task any more from `at` on, neither by ARN nor by token."""

    at: float


@dataclass(frozen=True)
class Wait:
    """Nothing but a report or a call moves the task."""


Due = Move | Kill | Forget | Wait


def due(task: Task, delays: Delays) -> Due:
    """Answer the next step of `task` and its time."""
    entered = task.times.entered
    match task.last_status:
        case Status.PROVISIONING:
            return Move(entered if task.stopping else entered + delays.provisioning)
        case Status.PENDING:
            return Move(entered if task.stopping else entered + delays.pending)
        case Status.ACTIVATING:
            return _activating(task, delays)
        case Status.RUNNING:
            return Move(task.times.updated) if task.stopping else Wait()
        case Status.DEACTIVATING:
            return Move(entered + delays.deactivating)
        case Status.STOPPING:
            return Move(task.times.updated) if task.dead else _grace(task)
        case Status.DEPROVISIONING:
            return Move(entered + delays.deprovisioning)
        case Status.STOPPED:
            return Forget(entered + max(delays.retention, TOKEN_AFTERLIFE))
        case _:
            assert_never(task.last_status)


def _activating(task: Task, delays: Delays) -> Due:
    if task.stopping:
        return Move(task.times.updated)
    if any(container.status == "PENDING" for container in task.containers):
        return Wait()
    return Move(task.times.updated + delays.activating)


def _grace(task: Task) -> Due:
    """Answer the first kill still owed; each container has its own ``stopTimeout``."""
    owed = [container for container in task.containers if not container.stopped and not container.killed]
    if not owed:
        return Wait()
    least = min(container.stop_timeout for container in owed)
    began = task.times.stopping or task.times.entered
    return Kill(began + least, tuple(each.name for each in owed if each.stop_timeout == least))


def step(task: Task, now: float) -> Task:  # noqa: C901  one line a status, and each has its own
    """Answer `task` in the status that follows, with all that comes with it."""
    match task.last_status:
        case Status.PROVISIONING | Status.PENDING if task.stopping:
            return _deprovision(_never_ran(task), now)
        case Status.PROVISIONING:
            return _attach(_enter(task, Status.PENDING, now), now)
        case Status.PENDING:
            return _stamp(_enter(task, Status.ACTIVATING, now), pull_started=now)
        case Status.ACTIVATING if task.stopping and task.dead:
            return _deprovision(task, now)
        case Status.ACTIVATING | Status.RUNNING if task.stopping:
            return _enter(task, Status.DEACTIVATING, now)
        case Status.ACTIVATING:
            return _stamp(_enter(task, Status.RUNNING, now), started=now)
        case Status.DEACTIVATING:
            return _stamp(_enter(task, Status.STOPPING, now), stopping=now)
        case Status.STOPPING:
            return _deprovision(task, now)
        case Status.DEPROVISIONING:
            gone = replace(task, eni=replace(task.eni, status="DELETED"))
            return _stamp(_enter(gone, Status.STOPPED, now), stopped=now)
        case Status.RUNNING | Status.STOPPED:
            raise ValueError(f"a task in {task.last_status} has no next step")
        case _:
            assert_never(task.last_status)


def ask_to_stop(task: Task, code: str, reason: str, now: float) -> Task:
    """Flip the desired status; the last status follows in its own time. The first reason stays."""
    if task.stopping:
        return task
    return _changed(replace(task, desired_status="STOPPED", stop_code=code, stopped_reason=reason), now)


def mark_killed(task: Task, names: tuple[str, ...]) -> Task:
    """Note that SIGKILL was sent, so that it is sent once. No event, so no new version."""
    marked = (replace(each, killed=True) if each.name in names else each for each in task.containers)
    return replace(task, containers=tuple(marked))


def pulled(task: Task, name: str, digest: str | None, now: float) -> Task:
    """Note an image's arrival; like AWS without an event of its own."""
    task = _with(task, replace(task.container(name), image_digest=digest))
    return _stamp(task, pull_stopped=now)


def started(task: Task, name: str, runtime_id: str, now: float) -> Task:
    """Take in that a container runs; the event comes with the task's next status."""
    container = task.container(name)
    if container.stopped or container.status == "RUNNING":
        return task
    task = _with(task, replace(container, status="RUNNING", runtime_id=runtime_id))
    return _stamp(task, updated=now)


def failed_to_start(task: Task, name: str, reason: str, now: float) -> Task:
    """Take in that a container never ran: the late failure that RunTask could not tell.

    The reason is the task's if it is what stops the task, else the container's.
    """
    container = task.container(name)
    if container.stopped:
        return task
    if task.stopping:
        return _changed(_with(task, replace(container, status="STOPPED", reason=reason)), now)
    task = _with(task, replace(container, status="STOPPED"))
    return ask_to_stop(task, StopCode.FAILED_TO_START, reason, now)


def exited(task: Task, name: str, end: Exit, now: float) -> Task:
    """Take in that a container is dead; an essential one takes the task with it.

    An end that was found late keeps its own time, though never before the stop that was asked for.
    """
    container = task.container(name)
    if container.stopped:
        return task
    task = _with(task, replace(container, status="STOPPED", exit_code=end.code, reason=end.reason))
    if task.dead and any(each.runtime_id for each in task.containers):
        at = now if end.at is None else min(end.at, now)
        task = _stamp(task, execution_stopped=max(at, task.times.stopping or at))
    if task.dead and task.last_status is Status.STOPPING:
        return _stamp(task, updated=now)  # DEPROVISIONING follows at once, and its event tells of both
    if task.stopping or not (container.essential or task.dead):
        return _changed(task, now)
    return ask_to_stop(task, StopCode.ESSENTIAL_EXITED, ESSENTIAL_EXITED, now)


def _deprovision(task: Task, now: float) -> Task:
    task = replace(task, eni=replace(task.eni, status="DETACHING"))
    return _stamp(_enter(task, Status.DEPROVISIONING, now), stopping=task.times.stopping or now)


def _never_ran(task: Task) -> Task:
    return replace(task, containers=tuple(replace(each, status="STOPPED") for each in task.containers))


def _attach(task: Task, now: float) -> Task:
    return _stamp(replace(task, eni=replace(task.eni, status="ATTACHED")), connectivity=now)


def _enter(task: Task, status: Status, now: float) -> Task:
    return _stamp(_changed(replace(task, last_status=status), now), entered=now)


def _changed(task: Task, now: float) -> Task:
    return _stamp(replace(task, version=task.version + 1), updated=now)


def _with(task: Task, container: Container) -> Task:
    others = (container if each.name == container.name else each for each in task.containers)
    return replace(task, containers=tuple(others))


def _stamp(task: Task, **times: float | None) -> Task:
    merged = {**vars(task.times), **times}
    return replace(task, times=Times(**merged))
