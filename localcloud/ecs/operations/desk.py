"""What every operation has at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from localcloud.ecs.errors import cluster_not_found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.ecs.agent import Agent
    from localcloud.ecs.arns import Arns
    from localcloud.ecs.book import Book
    from localcloud.ecs.buckets import Limiter
    from localcloud.ecs.delays import Delays
    from localcloud.ecs.faults import Faults
    from localcloud.ecs.model import Cluster, Task


@dataclass(frozen=True)
class View:
    """What a call may see: the tasks as they were at `at` (epoch seconds), or, `blind`, none of them.

    A stop that only has to `pretend` leaves everything as it is.
    """

    at: float
    blind: bool = False
    pretend: bool = False


@dataclass(frozen=True)
class Desk:
    """The parts of the engine for the time of one call, under its lock."""

    arns: Arns
    now: float
    book: Book
    agent: Agent
    limiter: Limiter
    faults: Faults
    view: View
    delays: Delays

    def cluster(self, given: str | None) -> Cluster:
        """Answer an active cluster by name, ARN or default; raises ClusterNotFoundException."""
        cluster = self.book.clusters.get(self.arns.cluster_name(given))
        if cluster is None or cluster.status != "ACTIVE":
            raise cluster_not_found()
        return cluster

    def seen_task(self, task_id: str, cluster: Cluster) -> Task | None:
        """Answer a task of the cluster as far as this read sees it."""
        if self.view.blind:
            return None
        late = self.view.at < self.now
        task = self.book.task_as_of(task_id, self.view.at) if late else self.book.tasks.get(task_id)
        return task if task is not None and self._shown(task, cluster) else None

    def seen_tasks(self, cluster: Cluster) -> Iterator[Task]:
        """Answer the tasks of the cluster as far as this read sees them."""
        if self.view.blind:
            return
        late = self.view.at < self.now
        tasks = self.book.tasks_as_of(self.view.at) if late else self.book.tasks.values()
        yield from (each for each in tasks if self._shown(each, cluster))

    def _shown(self, task: Task, cluster: Cluster) -> bool:
        over = task.times.stopped is not None and self.now >= task.times.stopped + self.delays.retention
        return task.cluster == cluster.name and not over
