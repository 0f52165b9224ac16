"""DescribeTasks and ListTasks: what callers see, which may be late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcloud.ecs.errors import invalid
from localcloud.ecs.operations.pages import page
from localcloud.ecs.render import for_api, task_arn

if TYPE_CHECKING:
    from localcloud.ecs.model import Json, Task
    from localcloud.ecs.operations.desk import Desk

_MOST = 100
_STANDS_ALONE = ("family", "serviceName", "containerInstance", "launchType", "daemonName")


def describe_tasks(desk: Desk, params: Json) -> Json:
    """Show up to 100 tasks; one that is not there (any more) is a MISSING failure."""
    cluster = desk.cluster(params.get("cluster"))
    if not params["tasks"]:
        raise invalid("Tasks cannot be empty.")
    if len(params["tasks"]) > _MOST:
        raise invalid(f"Tasks cannot have more than {_MOST} elements.")
    ids = [desk.arns.task_id(given, cluster.name) for given in params["tasks"]]
    found = {task_id: desk.seen_task(task_id, cluster) for task_id in ids}
    tags = "TAGS" in params.get("include", [])
    return {
        "tasks": [for_api(task, desk.arns, tags=tags) for task in found.values() if task is not None],
        "failures": [
            {"arn": desk.arns.of("task", f"{cluster.name}/{task_id}"), "reason": "MISSING"}
            for task_id, task in found.items()
            if task is None
        ],
    }


def list_tasks(desk: Desk, params: Json) -> Json:
    """List the ARNs of tasks by what they are wanted to be: RUNNING unless asked otherwise.

    `startedBy` stands alone besides the cluster, the desired status and the page.
    """
    cluster = desk.cluster(params.get("cluster"))
    if "startedBy" in params and any(name in params for name in _STANDS_ALONE):
        raise invalid("The startedBy filter cannot be combined with another filter.")
    tasks = [task_arn(task, desk.arns) for task in desk.seen_tasks(cluster) if _matches(task, params)]
    return page("taskArns", tasks, params)


def _matches(task: Task, params: Json) -> bool:
    wanted = {
        "startedBy": task.started_by,
        "family": task.family,
        "launchType": task.launch_type,
        "serviceName": None,
        "containerInstance": None,
        "daemonName": None,
    }
    filters = {name: params[name] for name in wanted if name in params}
    status: str = params.get("desiredStatus", "RUNNING")
    return task.desired_status == status and all(wanted[name] == value for name, value in filters.items())
