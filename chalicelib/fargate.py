"""What Calloff asks of ECS on Fargate, as plain requests. Pure: the same input gives the same request, to the byte."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from chalicelib.config import Settings
from chalicelib.report import Mark
from chalicelib.task import Placement, Spec, Task


class Access(msgspec.Struct, frozen=True):
    """What a container is told, so that it can speak for its task."""

    task_id: str
    token: str
    api_url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """As variables."""
        url = {"CALLOFF_URL": self.api_url} if self.api_url else {}
        return {"CALLOFF_TASK_ID": self.task_id, "CALLOFF_TOKEN": self.token, **url}


MAIN = "main"
"""The name of the one container in each task definition."""

STREAM_PREFIX = "task"

MAX_OVERRIDES = 8192
"""Characters of JSON that RunTask's overrides may have in all (Amazon ECS API Reference, TaskOverride)."""

MEMORY_BY_CPU: Mapping[int, Sequence[int]] = {
    256: (512, 1024, 2048),
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
    8192: range(16384, 61440 + 1, 4096),
    16384: range(32768, 122880 + 1, 8192),
}
"""CPU units → MiB that Fargate combines with them (Amazon ECS Developer Guide, Fargate task sizes)."""


MAX_STOP_TIMEOUT = 120
"""Seconds that Fargate waits at most between SIGTERM and SIGKILL (Amazon ECS API Reference, ContainerDefinition)."""


def task_definition(spec: Spec, stop_timeout: int, settings: Settings) -> dict[str, Any]:
    """Make the RegisterTaskDefinition request for a spec; its family is named after its content."""
    container = {
        "name": MAIN,
        "image": spec.image,
        "essential": True,
        # The supervisor enforces less than that, and is told what is usual.
        "stopTimeout": MAX_STOP_TIMEOUT if spec.supervised else stop_timeout,
        "environment": [{"name": "CALLOFF_GRACE", "value": str(stop_timeout)}],
        "secrets": [{"name": n, "valueFrom": arn} for n, arn in sorted(spec.secrets.items())],
        # Without an init, a program that is PID 1 and does not trap SIGTERM ignores it: a cancel takes the whole grace.
        # The supervisor is such an init, and wants to be the first process.
        "linuxParameters": {"initProcessEnabled": not spec.supervised},
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": settings.log_group,
                "awslogs-region": settings.region,
                "awslogs-stream-prefix": STREAM_PREFIX,
            },
        },
    }
    content = {
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": str(spec.cpu),
        "memory": str(spec.memory),
        "executionRoleArn": settings.execution_role_arn,
        **({"taskRoleArn": settings.task_role_arn} if settings.task_role_arn else {}),
        "containerDefinitions": [container],
    }
    return {"family": f"calloff-{_digest(content)}", **content}


def placement(definition: Mapping[str, Any], settings: Settings, api_url: str = "") -> Placement:
    """Say where the containers of this definition are launched, and where they reach the API.

    That is at `api_url`, by which the task's submitter reached it, unless the settings say otherwise.
    """
    return Placement(
        cluster=settings.cluster,
        definition=definition["family"],
        subnets=settings.subnets,
        security_groups=settings.security_groups,
        public_ip=settings.assign_public_ip,
        api_url=settings.api_url or api_url,
    )


def mark(task: Task, deployment: str) -> Mark:
    """The mark of the container of the task's current attempt."""
    return Mark(deployment, task.id, task.attempt)


def run_request(task: Task, deployment: str, token: str) -> dict[str, Any]:
    """Make the RunTask request of the task's current attempt, from the record and its token alone.

    The client token is the fence: the same attempt, sent again, finds the container that it launched before.
    """
    where = task.placement
    return {
        "cluster": where.cluster,
        "taskDefinition": where.definition,
        "launchType": "FARGATE",
        "count": 1,
        "startedBy": str(mark(task, deployment)),
        "clientToken": f"{task.id}:{task.attempt}",
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": list(where.subnets),
                "securityGroups": list(where.security_groups),
                "assignPublicIp": "ENABLED" if where.public_ip else "DISABLED",
            }
        },
        "overrides": overrides(task.spec, Access(task.id, token, where.api_url)),
    }


def log_stream(ecs_arn: str) -> str:
    """The name of a container's log stream: prefix, container, id (Amazon ECS Developer Guide, awslogs)."""
    return f"{STREAM_PREFIX}/{MAIN}/{ecs_arn.rpartition('/')[2]}"


def overrides(spec: Spec, access: Access) -> dict[str, Any]:
    """Make what differs between tasks of one definition. Visible to whoever may describe the ECS task."""
    environment = spec.environment | access.environment
    override: dict[str, Any] = {
        "name": MAIN,
        "environment": [{"name": n, "value": v} for n, v in sorted(environment.items())],
    }
    if spec.command:
        override["command"] = list(spec.command)
    return {"containerOverrides": [override]}


def overrides_size(spec: Spec, access: Access) -> int:
    """Count the characters that the overrides have as JSON."""
    return len(json.dumps(overrides(spec, access)))


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
