"""A task as ECS shows it: through the API (epoch seconds) and in its events (ISO strings).

Fields, nesting and formats follow the *ECS Task State Change* examples of the ECS developer guide.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localcloud.ecs.arns import Arns
    from localcloud.ecs.model import Container, Eni, Json, Task

_NAMES = {
    "connectivity": "connectivityAt",
    "created": "createdAt",
    "execution_stopped": "executionStoppedAt",
    "pull_started": "pullStartedAt",
    "pull_stopped": "pullStoppedAt",
    "started": "startedAt",
    "stopped": "stoppedAt",
    "stopping": "stoppingAt",
}


def task_arn(task: Task, arns: Arns) -> str:
    """Answer the task's ARN (the long format with the cluster's name)."""
    return arns.of("task", f"{task.cluster}/{task.task_id}")


def for_api(task: Task, arns: Arns, *, tags: bool = False) -> Json:
    """Answer the ``Task`` of the API; tags only where the caller asked for them."""
    shown = {
        **_common(task, arns),
        "attachments": [_attachment(task.eni, "ElasticNetworkInterface", arns.region)],
        "healthStatus": "UNKNOWN",
        "inferenceAccelerators": [],
        "platformFamily": "Linux",
        "fargateEphemeralStorage": {"sizeInGiB": task.ephemeral_gib},
        "overrides": {"inferenceAcceleratorOverrides": [], **_overrides(task)},
        "tags": list(task.tags) if tags else [],
        **_times(task),
    }
    shown["containers"] = [{**each, "healthStatus": "UNKNOWN"} for each in shown["containers"]]
    return shown


def for_event(task: Task, arns: Arns, event_id: str) -> Json:
    """Answer the whole event envelope for the task as it is now; tags never appear in it."""
    detail = {
        **_common(task, arns),
        "attachments": [_attachment(task.eni, "eni", arns.region)],
        "overrides": _overrides(task),
        "updatedAt": iso(task.times.updated),
        **{name: iso(at) for name, at in _times(task).items()},
    }
    return {
        "version": "0",
        "id": event_id,
        "detail-type": "ECS Task State Change",
        "source": "aws.ecs",
        "account": arns.account,
        "time": iso(task.times.updated)[:19] + "Z",
        "region": arns.region,
        "resources": [task_arn(task, arns)],
        "detail": detail,
    }


def iso(at: float) -> str:
    """Answer RFC 3339 in UTC with milliseconds."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _common(task: Task, arns: Arns) -> Json:
    return {
        "attributes": [{"name": "ecs.cpu-architecture", "value": "x86_64"}],
        "availabilityZone": task.availability_zone,
        "clusterArn": arns.of("cluster", task.cluster),
        "containers": [_container(each, task, arns) for each in task.containers],
        "cpu": task.cpu,
        "desiredStatus": task.desired_status,
        "enableExecuteCommand": task.enable_execute_command,
        "ephemeralStorage": {"sizeInGiB": task.ephemeral_gib},
        "group": task.group,
        "lastStatus": str(task.last_status),
        "memory": task.memory,
        "platformVersion": task.platform_version,
        "taskArn": task_arn(task, arns),
        "taskDefinitionArn": arns.of("task-definition", task.definition),
        "version": task.version,
        **_present(
            capacityProviderName=task.capacity_provider,
            connectivity="CONNECTED" if task.times.connectivity else None,
            launchType=task.launch_type,
            startedBy=task.started_by,
            stopCode=task.stop_code,
            stoppedReason=task.stopped_reason,
        ),
    }


def _container(container: Container, task: Task, arns: Arns) -> Json:
    return {
        "containerArn": arns.of("container", f"{task.cluster}/{task.task_id}/{container.container_id}"),
        "cpu": str(container.definition.get("cpu", 0)),
        "image": container.image,
        "lastStatus": container.status,
        "name": container.name,
        "networkInterfaces": _interfaces(task.eni),
        "taskArn": task_arn(task, arns),
        **_present(
            exitCode=container.exit_code,
            imageDigest=container.image_digest,
            reason=container.reason,
            runtimeId=container.runtime_id,
        ),
    }


def _interfaces(eni: Eni) -> list[Json]:
    if eni.status == "PRECREATED":
        return []
    return [{"attachmentId": eni.attachment_id, "privateIpv4Address": eni.address}]


def _attachment(eni: Eni, kind: str, region: str) -> Json:
    details = {"subnetId": eni.subnet}
    if eni.status != "PRECREATED":
        details |= {
            "networkInterfaceId": eni.interface_id,
            "macAddress": eni.mac,
            "privateDnsName": f"ip-{eni.address.replace('.', '-')}.{region}.compute.internal",
            "privateIPv4Address": eni.address,
        }
    pairs = [{"name": name, "value": value} for name, value in details.items()]
    return {"id": eni.attachment_id, "type": kind, "status": eni.status, "details": pairs}


def _overrides(task: Task) -> Json:
    """Show each container, overridden or not, as ECS does."""
    given = {each.get("name"): each for each in task.overrides.get("containerOverrides", [])}
    shown = [given.get(each.name, {"name": each.name}) for each in task.containers]
    return {**task.overrides, "containerOverrides": shown}


def _times(task: Task) -> dict[str, float]:
    stamps = vars(task.times)
    return {name: round(stamps[key], 3) for key, name in _NAMES.items() if stamps[key] is not None}


def _present(**values: object) -> Json:
    return {name: value for name, value in values.items() if value is not None}
