"""StopTask."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from localcloud.ecs import lifecycle
from localcloud.ecs.errors import invalid
from localcloud.ecs.model import StopCode
from localcloud.ecs.render import for_api

if TYPE_CHECKING:
    from localcloud.ecs.model import Json, Task
    from localcloud.ecs.operations.desk import Desk

_REASON = 255
"""Characters of a reason that ECS keeps."""


def stop_task(desk: Desk, params: Json) -> Json:
    """Ask a task to stop, in whatever status it is; stopping it again changes nothing and succeeds.

    Its tags go, as the ECS API reference says. A task that is no longer shown is not found.
    """
    cluster = desk.cluster(params.get("cluster"))
    task = desk.seen_task(desk.arns.task_id(params["task"], cluster.name), cluster)
    if task is None:
        raise invalid("The referenced task was not found.")
    reason = (params.get("reason") or "Task stopped by user")[:_REASON]
    return {"task": for_api(_stopped(desk, task, reason), desk.arns)}


def _stopped(desk: Desk, task: Task, reason: str) -> Task:
    if desk.view.pretend:
        return lifecycle.ask_to_stop(task, StopCode.USER, reason, desk.now)
    if task.tags:
        task = replace(task, tags=())
        desk.book.put_task(task)
    return desk.agent.stop(task, StopCode.USER, reason)
