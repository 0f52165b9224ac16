"""TagResource, UntagResource, ListTagsForResource on clusters, task definitions and tasks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from localcloud.ecs.errors import EcsError, cluster_not_found, invalid
from localcloud.ecs.limits import check_tags
from localcloud.ecs.model import Cluster, Definition, Task

if TYPE_CHECKING:
    from localcloud.ecs.model import Json
    from localcloud.ecs.operations.desk import Desk


def tag_resource(desk: Desk, params: Json) -> Json:
    """Put tags on a resource; a key that is there gets the new value."""
    tagged = _resource(desk, params["resourceArn"])
    tags = {each["key"]: each for each in (*tagged.tags, *params["tags"])}
    check_tags(list(tags.values()))
    _put(desk, replace(tagged, tags=tuple(tags.values())))
    return {}


def untag_resource(desk: Desk, params: Json) -> Json:
    """Take tags off a resource by their keys."""
    tagged = _resource(desk, params["resourceArn"])
    kept = tuple(each for each in tagged.tags if each["key"] not in params["tagKeys"])
    _put(desk, replace(tagged, tags=kept))
    return {}


def list_tags_for_resource(desk: Desk, params: Json) -> Json:
    """Show a resource's tags."""
    return {"tags": list(_resource(desk, params["resourceArn"]).tags)}


def _resource(desk: Desk, arn: str) -> Cluster | Definition | Task:
    kind, _, name = arn.removeprefix(desk.arns.of("", "").rstrip("/")).partition("/")
    if not arn.startswith("arn:aws:ecs:"):
        raise invalid("Invalid identifier: unexpected ARN.")
    match kind:
        case "cluster":
            cluster = desk.book.clusters.get(name)
            if cluster is None:
                raise cluster_not_found()
            return cluster
        case "task-definition":
            family, revision = desk.arns.definition(name)
            return _found(desk.book.definitions.get(family, {}).get(revision or 0))
        case "task":
            cluster_name, _, task_id = name.rpartition("/")
            return _found(desk.seen_task(task_id, desk.cluster(cluster_name)))
        case _:
            raise invalid("The type of resource is not supported here.")


_Kind = TypeVar("_Kind", Definition, Task)


def _found(resource: _Kind | None) -> _Kind:
    if resource is None:
        raise EcsError("ResourceNotFoundException", "The specified resource wasn't found.")
    return resource


def _put(desk: Desk, resource: Cluster | Definition | Task) -> None:
    match resource:
        case Cluster():
            desk.book.put_cluster(resource)
        case Definition():
            desk.book.put_definition(resource)
        case Task():
            desk.book.put_task(resource)
