"""What ECS refuses beyond the shapes of its model: sizes, characters, Fargate's rules.

Sources: the members' descriptions in the ECS API reference (RunTask, RegisterTaskDefinition), *Amazon ECS service
quotas* and *Fargate task definition considerations* in the developer guide.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from localcloud.ecs.errors import client_error, invalid
from localcloud.ecs.fargate_sizes import check_size, cpu_units, memory_mib

if TYPE_CHECKING:
    from localcloud.ecs.model import Definition, Json

_STARTED_BY = re.compile(r"[A-Za-z0-9/_-]{1,128}")
_CLIENT_TOKEN = re.compile(r"[!-~]{1,64}")
_FAMILY = re.compile(r"[A-Za-z0-9_-]{1,255}")
_OVERRIDES = 8192
_MOST_TASKS = 10
_STOP_TIMEOUT = range(2, 121)
_MOST_TAGS = 50
_MOST_SUBNETS = 16
_MOST_GROUPS = 5
_PROVIDERS = {"FARGATE", "FARGATE_SPOT"}
_PLATFORMS = {"LATEST": "1.4.0", "1.4.0": "1.4.0", "1.3.0": "1.3.0"}


def check_run(params: Json, definition: Definition) -> None:
    """Refuse a RunTask that ECS would refuse; raises its errors."""
    if not 1 <= params.get("count", 1) <= _MOST_TASKS:
        raise invalid(f"count should be between 1 and {_MOST_TASKS}.")
    if "startedBy" in params and not _STARTED_BY.fullmatch(params["startedBy"]):
        raise invalid("startedBy must be at most 128 letters, numbers, hyphens, forward slashes and underscores.")
    if "clientToken" in params and not _CLIENT_TOKEN.fullmatch(params["clientToken"]):
        raise invalid("clientToken must be at most 64 ASCII characters in the range of 33-126.")
    check_tags(params.get("tags", []))
    _check_overrides(params.get("overrides", {}), definition)
    _check_placement(params, definition)
    _check_network(params)


def _check_overrides(overrides: Json, definition: Definition) -> None:
    if len(json.dumps(overrides, separators=(",", ":"), ensure_ascii=False)) > _OVERRIDES:
        raise invalid(f"Container Overrides length must be at most {_OVERRIDES}")
    names = {each["name"] for each in definition.containers}
    for override in overrides.get("containerOverrides", []):
        if override.get("name") not in names:
            message = f"Override for container named {override.get('name')} is not a container in the TaskDefinition."
            raise invalid(message)
    check_size(
        overrides.get("cpu", definition.request.get("cpu")),
        overrides.get("memory", definition.request.get("memory")),
    )


def _check_placement(params: Json, definition: Definition) -> None:
    provider = capacity_provider(params)
    if provider is None and params.get("launchType", "EC2") != "FARGATE":
        raise invalid("No Container Instances were found in your cluster.")
    if "FARGATE" not in definition.request.get("requiresCompatibilities", []):
        raise invalid("Task definition does not support launch_type FARGATE.")
    platform_version(params)


def _check_network(params: Json) -> None:
    network = params.get("networkConfiguration", {}).get("awsvpcConfiguration")
    if network is None:
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    if not network["subnets"]:
        raise invalid("subnets can not be empty.")
    if len(network["subnets"]) > _MOST_SUBNETS or len(network.get("securityGroups", [])) > _MOST_GROUPS:
        raise invalid(f"At most {_MOST_SUBNETS} subnets and {_MOST_GROUPS} securityGroups can be specified.")


def capacity_provider(params: Json) -> str | None:
    """Answer the capacity provider of a RunTask: FARGATE, FARGATE_SPOT, or none with a launch type."""
    strategy = params.get("capacityProviderStrategy")
    if not strategy:
        return None
    if "launchType" in params:
        message = "Specifying both a launch type and capacity provider strategy is not supported."
        raise invalid(f"{message} Remove one and try again.")
    unknown = [each["capacityProvider"] for each in strategy if each["capacityProvider"] not in _PROVIDERS]
    if unknown:
        raise invalid(f"The specified capacity provider '{unknown[0]}' was not found.")
    heaviest = max(strategy, key=lambda each: (each.get("base", 0), each.get("weight", 0)))
    name: str = heaviest["capacityProvider"]
    return name


def platform_version(params: Json) -> str:
    """Answer the platform version in numbers; raises PlatformUnknownException's kin for another."""
    asked = params.get("platformVersion", "LATEST")
    if asked not in _PLATFORMS:
        raise invalid("The specified platform does not exist.")
    return _PLATFORMS[asked]


def check_definition(params: Json) -> None:
    """Refuse a task definition that ECS, or Fargate if it is named, would refuse."""
    if not _FAMILY.fullmatch(params["family"]):
        raise client_error("Family contains invalid characters.")
    containers = params["containerDefinitions"]
    names = [each.get("name") for each in containers]
    if not containers or len(set(names)) != len(names):
        raise client_error("Container definitions must not be empty and must have distinct names.")
    if not any(each.get("essential", True) for each in containers):
        raise client_error("At least one container in a task definition must be essential.")
    for container in containers:
        _check_container(container)
    check_tags(params.get("tags", []))
    if "FARGATE" in params.get("requiresCompatibilities", []):
        _check_fargate(params)


def _check_container(container: Json) -> None:
    if not _FAMILY.fullmatch(container.get("name") or ""):
        raise client_error("Container.name contains invalid characters.")
    if not container.get("image"):
        raise client_error("Container.image should not be null or empty.")
    for pair in container.get("environment", []):
        if "name" not in pair or "value" not in pair:
            raise client_error("Container.environment needs a name and a value in each entry.")


def _check_fargate(params: Json) -> None:
    if params.get("networkMode") != "awsvpc":
        raise client_error("Fargate only supports network mode 'awsvpc'.")
    check_size(params.get("cpu"), params.get("memory"))
    for container in params["containerDefinitions"]:
        if container.get("stopTimeout", _STOP_TIMEOUT.start) not in _STOP_TIMEOUT:
            raise client_error("Container.stopTimeout must be between 2 and 120 seconds on Fargate.")
        if _needs_execution_role(container) and not params.get("executionRoleArn"):
            driver = container.get("logConfiguration", {}).get("logDriver", "secrets")
            message = "Fargate requires task definition to have execution role ARN to support"
            raise client_error(f"{message} {'secrets' if driver != 'awslogs' else 'log driver awslogs'}.")


def _needs_execution_role(container: Json) -> bool:
    return bool(container.get("secrets")) or container.get("logConfiguration", {}).get("logDriver") == "awslogs"


def size(params: Json) -> Json:
    """Answer cpu and memory as ECS shows them, in units and MiB, whatever way they were written."""
    shown = {"cpu": params.get("cpu"), "memory": params.get("memory")}
    read = {"cpu": cpu_units, "memory": memory_mib}
    return {name: str(read[name](value)) for name, value in shown.items() if value is not None}


def check_tags(tags: list[Json]) -> None:
    """Refuse more than 50 tags, a key twice, and AWS's own prefix."""
    keys = [tag.get("key", "") for tag in tags]
    if len(keys) > _MOST_TAGS or len(set(keys)) != len(keys):
        raise invalid(f"At most {_MOST_TAGS} tags with distinct keys can be specified.")
    if any(key.lower().startswith("aws:") for key in keys):
        raise invalid("Tag keys cannot start with 'aws:'.")
