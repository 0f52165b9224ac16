"""CreateCluster, DescribeClusters, ListClusters, DeleteCluster."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from localcloud.ecs.errors import EcsError
from localcloud.ecs.model import Cluster, Status
from localcloud.ecs.operations.pages import page

if TYPE_CHECKING:
    from localcloud.ecs.model import Json, Task
    from localcloud.ecs.operations.desk import Desk


def create_cluster(desk: Desk, params: Json) -> Json:
    """Make a cluster, or answer the active one of that name, as ECS does."""
    name = desk.arns.cluster_name(params.get("clusterName"))
    cluster = desk.book.clusters.get(name)
    if cluster is None or cluster.status != "ACTIVE":
        cluster = Cluster(name, tags=tuple(params.get("tags", [])), settings=tuple(params.get("settings", [])))
        desk.book.put_cluster(cluster)
    return {"cluster": _shown(desk, cluster, {"TAGS", "SETTINGS"})}


def describe_clusters(desk: Desk, params: Json) -> Json:
    """Show the clusters asked for; an unknown one is a MISSING failure."""
    names = [desk.arns.cluster_name(given) for given in params.get("clusters") or ["default"]]
    known = [name for name in names if name in desk.book.clusters]
    missing = [name for name in names if name not in desk.book.clusters]
    include = set(params.get("include", []))
    return {
        "clusters": [_shown(desk, desk.book.clusters[name], include) for name in known],
        "failures": [{"arn": desk.arns.of("cluster", name), "reason": "MISSING"} for name in missing],
    }


def list_clusters(desk: Desk, params: Json) -> Json:
    """List the active clusters' ARNs."""
    active = [each for each in desk.book.clusters.values() if each.status == "ACTIVE"]
    return page("clusterArns", [desk.arns.of("cluster", each.name) for each in active], params)


def delete_cluster(desk: Desk, params: Json) -> Json:
    """Make a cluster INACTIVE unless tasks still live in it."""
    cluster = desk.cluster(params["cluster"])
    if any(task.cluster == cluster.name and not task.ended for task in desk.book.tasks.values()):
        message = "The Cluster cannot be deleted while Tasks are active."
        raise EcsError("ClusterContainsTasksException", message)
    cluster = replace(cluster, status="INACTIVE")
    desk.book.put_cluster(cluster)
    return {"cluster": _shown(desk, cluster, {"TAGS", "SETTINGS"})}


def _shown(desk: Desk, cluster: Cluster, include: set[str]) -> Json:
    tasks = [task for task in desk.book.tasks.values() if task.cluster == cluster.name]
    return {
        "clusterArn": desk.arns.of("cluster", cluster.name),
        "clusterName": cluster.name,
        "status": cluster.status,
        "registeredContainerInstancesCount": 0,
        "runningTasksCount": sum(task.last_status is Status.RUNNING for task in tasks),
        "pendingTasksCount": sum(_starts(task) for task in tasks),
        "activeServicesCount": 0,
        "statistics": [],
        "tags": list(cluster.tags) if "TAGS" in include else [],
        "settings": list(cluster.settings) if "SETTINGS" in include else [],
        "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
        "defaultCapacityProviderStrategy": [],
    }


def _starts(task: Task) -> bool:
    return task.last_status.rank < Status.RUNNING.rank
