"""RunTask."""

from __future__ import annotations

import random
import uuid
from typing import TYPE_CHECKING

from localcloud.ecs import limits
from localcloud.ecs.launch import container_of
from localcloud.ecs.model import Eni, Task, Times
from localcloud.ecs.operations.definitions import resolve
from localcloud.ecs.render import for_api
from localcloud.ecs.tokens import Token, conflict, fingerprint, lives

if TYPE_CHECKING:
    from localcloud.ecs.model import Cluster, Definition, Json
    from localcloud.ecs.operations.desk import Desk


def run_task(desk: Desk, params: Json) -> Json:
    """Launch `count` tasks, or answer those that the same client token launched before."""
    cluster = desk.cluster(params.get("cluster"))
    known = _known(desk, cluster, params)
    if known is not None:
        return _answer(desk, known)
    definition = resolve(desk, params["taskDefinition"])
    limits.check_run(params, definition)
    count = params.get("count", 1)
    desk.limiter.launch(count, desk.now)
    tasks = [_task(desk, cluster, definition, params) for _ in range(count)]
    desk.agent.launch(tasks, _token(desk, cluster, params, tasks))
    return _answer(desk, tasks)


def _known(desk: Desk, cluster: Cluster, params: Json) -> list[Task] | None:
    token = desk.book.tokens.get((cluster.name, params.get("clientToken", "")))
    if token is None:
        return None
    tasks = [desk.book.tasks[each] for each in token.task_ids if each in desk.book.tasks]
    if not lives(token, tasks, desk.now):
        return None
    if token.fingerprint != fingerprint(params):
        raise conflict([desk.arns.of("task", f"{cluster.name}/{each}") for each in token.task_ids])
    return tasks


def _token(desk: Desk, cluster: Cluster, params: Json, tasks: list[Task]) -> Token | None:
    if "clientToken" not in params:
        return None
    ids = tuple(task.task_id for task in tasks)
    return Token(cluster.name, params["clientToken"], fingerprint(params), ids, desk.now)


def _answer(desk: Desk, tasks: list[Task]) -> Json:
    return {"tasks": [for_api(task, desk.arns, tags=True) for task in tasks], "failures": []}


def _task(desk: Desk, cluster: Cluster, definition: Definition, params: Json) -> Task:
    overrides = params.get("overrides", {})
    provider = limits.capacity_provider(params)
    return Task(
        task_id=uuid.uuid4().hex,
        cluster=cluster.name,
        definition=definition.name,
        family=definition.family,
        cpu=overrides.get("cpu", definition.request["cpu"]),
        memory=overrides.get("memory", definition.request["memory"]),
        containers=tuple(container_of(each) for each in definition.containers),
        eni=_eni(params),
        times=Times(created=desk.now, updated=desk.now, entered=desk.now),
        availability_zone=f"{desk.arns.region}{random.choice('abc')}",  # noqa: S311  any of the three will do
        group=params.get("group", f"family:{definition.family}"),
        platform_version=limits.platform_version(params),
        launch_type=None if provider else "FARGATE",
        capacity_provider=provider,
        started_by=params.get("startedBy"),
        overrides=overrides,
        ephemeral_gib=_ephemeral(overrides, definition),
        tags=_tags(cluster, definition, params),
        token=params.get("clientToken"),
        enable_execute_command=params.get("enableExecuteCommand", False),
        doomed=desk.faults.start_failure(params),
    )


def _ephemeral(overrides: Json, definition: Definition) -> int:
    asked = overrides.get("ephemeralStorage") or definition.request.get("ephemeralStorage") or {}
    size: int = asked.get("sizeInGiB", 20)
    return size


def _eni(params: Json) -> Eni:
    subnets = params["networkConfiguration"]["awsvpcConfiguration"]["subnets"]
    some = uuid.uuid4()
    octets = some.bytes
    return Eni(
        attachment_id=str(uuid.uuid4()),
        subnet=subnets[octets[0] % len(subnets)],
        interface_id=f"eni-0{some.hex[:16]}",
        mac="0a:" + ":".join(f"{octet:02x}" for octet in octets[:5]),
        address=f"10.0.{octets[5]}.{4 + octets[6] % 250}",
    )


def _tags(cluster: Cluster, definition: Definition, params: Json) -> tuple[Json, ...]:
    given = [*params.get("tags", [])]
    if params.get("propagateTags") == "TASK_DEFINITION":
        own = {tag["key"] for tag in given}
        given += [tag for tag in definition.tags if tag["key"] not in own]
    if params.get("enableECSManagedTags"):
        given.append({"key": "aws:ecs:clusterName", "value": cluster.name})
    return tuple(given)
