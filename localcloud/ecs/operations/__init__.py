"""The operations of the API, each a function from its parameters to its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcloud.ecs.operations.clusters import create_cluster, delete_cluster, describe_clusters, list_clusters
from localcloud.ecs.operations.definitions import (
    deregister_task_definition,
    describe_task_definition,
    list_task_definition_families,
    list_task_definitions,
    register_task_definition,
)
from localcloud.ecs.operations.reads import describe_tasks, list_tasks
from localcloud.ecs.operations.run_task import run_task
from localcloud.ecs.operations.stop_task import stop_task
from localcloud.ecs.operations.tags import list_tags_for_resource, tag_resource, untag_resource

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.ecs.model import Json
    from localcloud.ecs.operations.desk import Desk

OPERATIONS: dict[str, Callable[[Desk, Json], Json]] = {
    "CreateCluster": create_cluster,
    "DeleteCluster": delete_cluster,
    "DeregisterTaskDefinition": deregister_task_definition,
    "DescribeClusters": describe_clusters,
    "DescribeTaskDefinition": describe_task_definition,
    "DescribeTasks": describe_tasks,
    "ListClusters": list_clusters,
    "ListTagsForResource": list_tags_for_resource,
    "ListTaskDefinitionFamilies": list_task_definition_families,
    "ListTaskDefinitions": list_task_definitions,
    "ListTasks": list_tasks,
    "RegisterTaskDefinition": register_task_definition,
    "RunTask": run_task,
    "StopTask": stop_task,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
}
