"""Task definitions: register, describe, deregister, list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from localcloud.ecs import limits
from localcloud.ecs.errors import client_error
from localcloud.ecs.model import Definition
from localcloud.ecs.operations.pages import page

if TYPE_CHECKING:
    from localcloud.ecs.model import Json
    from localcloud.ecs.operations.desk import Desk


def register_task_definition(desk: Desk, params: Json) -> Json:
    """Keep a new revision; the same content again is a revision more, as on ECS."""
    limits.check_definition(params)
    family = params["family"]
    revision = max(desk.book.definitions.get(family, {}), default=0) + 1
    request = {name: value for name, value in params.items() if name != "tags"}
    request |= limits.size(params)
    definition = Definition(family, revision, request, desk.now, tuple(params.get("tags", [])))
    desk.book.put_definition(definition)
    return {"taskDefinition": _shown(desk, definition), "tags": list(definition.tags)}


def describe_task_definition(desk: Desk, params: Json) -> Json:
    """Show a revision, also an inactive one; a family alone means its newest active one."""
    definition = _find(desk, params["taskDefinition"])
    if definition is None:
        raise client_error("Unable to describe task definition.")
    tags = list(definition.tags) if "TAGS" in params.get("include", []) else []
    return {"taskDefinition": _shown(desk, definition), "tags": tags}


def deregister_task_definition(desk: Desk, params: Json) -> Json:
    """Make a revision INACTIVE: tasks that run go on, new ones are refused."""
    family, revision = desk.arns.definition(params["taskDefinition"])
    if revision is None:
        raise client_error("Task definition must include a revision.")
    definition = desk.book.definitions.get(family, {}).get(revision)
    if definition is None:
        raise client_error("The specified task definition does not exist.")
    if definition.deregistered_at is None:
        definition = replace(definition, deregistered_at=desk.now)
        desk.book.put_definition(definition)
    return {"taskDefinition": _shown(desk, definition)}


def list_task_definitions(desk: Desk, params: Json) -> Json:
    """List the ARNs of revisions by family and status (ACTIVE unless asked otherwise)."""
    prefix, status = params.get("familyPrefix"), params.get("status", "ACTIVE")
    chosen = [
        definition
        for family in sorted(desk.book.definitions)
        if prefix in {None, family}
        for _, definition in sorted(desk.book.definitions[family].items())
        if _status(definition) == status
    ]
    if params.get("sort") == "DESC":
        chosen.reverse()
    return page("taskDefinitionArns", [desk.arns.of("task-definition", each.name) for each in chosen], params)


def list_task_definition_families(desk: Desk, params: Json) -> Json:
    """List families by prefix; ACTIVE ones have at least one active revision."""
    prefix, status = params.get("familyPrefix", ""), params.get("status", "ALL")
    families = [name for name in sorted(desk.book.definitions) if name.startswith(prefix)]
    chosen = [name for name in families if status in {"ALL", _family_status(desk, name)}]
    return page("families", chosen, params)


def resolve(desk: Desk, given: str) -> Definition:
    """Answer the revision that a RunTask means; raises ClientException for none or an inactive one."""
    definition = _find(desk, given)
    if definition is None:
        raise client_error("TaskDefinition not found.")
    if definition.deregistered_at is not None:
        raise client_error("TaskDefinition is inactive")
    return definition


def _find(desk: Desk, given: str) -> Definition | None:
    family, revision = desk.arns.definition(given)
    revisions = desk.book.definitions.get(family, {})
    if revision is not None:
        return revisions.get(revision)
    active = [each for each in revisions.values() if each.deregistered_at is None]
    return max(active, key=lambda each: each.revision, default=None)


def _status(definition: Definition) -> str:
    return "ACTIVE" if definition.deregistered_at is None else "INACTIVE"


def _family_status(desk: Desk, family: str) -> str:
    active = any(each.deregistered_at is None for each in desk.book.definitions[family].values())
    return "ACTIVE" if active else "INACTIVE"


def _shown(desk: Desk, definition: Definition) -> Json:
    request = definition.request
    ended = {} if definition.deregistered_at is None else {"deregisteredAt": definition.deregistered_at}
    return {
        "placementConstraints": [],
        "volumes": [],
        **request,
        "containerDefinitions": [_container(each) for each in definition.containers],
        "taskDefinitionArn": desk.arns.of("task-definition", definition.name),
        "revision": definition.revision,
        "status": _status(definition),
        "compatibilities": ["EC2", "FARGATE"],
        "registeredAt": definition.registered_at,
        "registeredBy": f"arn:aws:iam::{desk.arns.account}:root",
        **ended,
    }


def _container(definition: Json) -> Json:
    """Fill in what ECS shows for members that were not given."""
    shown = {"cpu": 0, "environment": [], "essential": True, "mountPoints": [], "portMappings": [], "volumesFrom": []}
    return shown | definition
