"""From a task to what a runtime needs: the definition's containers with the overrides laid over them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from localcloud.ecs.model import Container
from localcloud.ecs.runtimes.port import Key, Launch

if TYPE_CHECKING:
    from localcloud.ecs.model import Json, Task


def container_of(definition: Json) -> Container:
    """Answer a fresh container for a container definition."""
    return Container(
        name=definition["name"],
        container_id=str(uuid.uuid4()),
        image=definition["image"],
        definition=definition,
        essential=definition.get("essential", True),
        stop_timeout=definition.get("stopTimeout", 30),
    )


def launch_of(task: Task, container: Container, task_arn: str) -> Launch:
    """Answer the launch of one container; the same each time for the same task."""
    definition, override = container.definition, _override(task, container.name)
    command = override.get("command") or definition.get("command", [])
    return Launch(
        key=Key(task.task_id, container.name),
        task_arn=task_arn,
        family=task.family,
        image=container.image,
        command=tuple(command),
        entry_point=tuple(definition.get("entryPoint", [])),
        environment=_environment(definition) | _environment(override) | _given_by_ecs(task),
        started_by=task.started_by or "",
        cpu_units=override.get("cpu") or definition.get("cpu") or int(task.cpu),
        memory_mib=override.get("memory") or definition.get("memory") or int(task.memory),
        init=definition.get("linuxParameters", {}).get("initProcessEnabled", False),
        working_directory=definition.get("workingDirectory"),
        user=definition.get("user"),
    )


def _override(task: Task, name: str) -> Json:
    for override in task.overrides.get("containerOverrides", []):
        if override.get("name") == name:
            return dict(override)
    return {}


def _environment(source: Json) -> dict[str, str]:
    return {pair["name"]: pair["value"] for pair in source.get("environment", [])}


def _given_by_ecs(task: Task) -> dict[str, str]:
    """Answer what tells a program that it runs on Fargate (*Task metadata endpoint*)."""
    return {"AWS_EXECUTION_ENV": "AWS_ECS_FARGATE"} if task.launch_type == "FARGATE" else {}
