"""All that the endpoint knows, in memory and written through to the journal.

Not thread-safe: the engine holds its lock around every use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from localcloud.ecs.journal import Row
from localcloud.ecs.model import Cluster, Definition, Task
from localcloud.ecs.tokens import Token

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from localcloud.ecs.clock import Clock
    from localcloud.ecs.journal import Journal

_Kept = TypeVar("_Kept")


@dataclass(frozen=True)
class Seen:
    """A task as it was from `at` on: what a lagging read may still answer."""

    at: float
    task: Task


class Book:
    """Clusters, task definitions, tasks and client tokens by their names."""

    def __init__(self, clock: Clock, journal: Journal) -> None:
        self._clock = clock
        self._journal = journal
        self.clusters = {each.name: each for each in _load(journal, "cluster", Cluster)}
        self.definitions: dict[str, dict[int, Definition]] = {}
        for definition in _load(journal, "definition", Definition):
            self.definitions.setdefault(definition.family, {})[definition.revision] = definition
        self.tasks = {each.task_id: each for each in _load(journal, "task", Task)}
        self.tokens = {(each.cluster, each.value): each for each in _load(journal, "token", Token)}
        self._history = {key: [Seen(task.times.updated, task)] for key, task in self.tasks.items()}

    def put_cluster(self, cluster: Cluster) -> None:
        """Keep a new or changed cluster."""
        self.clusters[cluster.name] = cluster
        self._journal.write([_row("cluster", cluster.name, cluster)])

    def put_definition(self, definition: Definition) -> None:
        """Keep a new or changed revision."""
        self.definitions.setdefault(definition.family, {})[definition.revision] = definition
        self._journal.write([_row("definition", definition.name, definition)])

    def put_launch(self, tasks: Iterable[Task], token: Token | None, rows: Iterable[Row]) -> None:
        """Keep what one RunTask made, its token included, in one write."""
        made = list(tasks)
        tokens = [] if token is None else [_row("token", token.key, token)]
        self._journal.write([*(self._keep(task) for task in made), *tokens, *rows])
        if token is not None:
            self.tokens[token.cluster, token.value] = token

    def put_task(self, task: Task, rows: Iterable[Row] = ()) -> None:
        """Keep a changed task, and with it `rows` (the events that tell of the change)."""
        self._journal.write([self._keep(task), *rows])

    def forget(self, task: Task) -> None:
        """Remove a task, and its token with it."""
        self.tasks.pop(task.task_id, None)
        self._history.pop(task.task_id, None)
        rows = [Row("task", task.task_id, None)]
        token = self.tokens.get((task.cluster, task.token or ""))
        if token is not None and not any(each in self.tasks for each in token.task_ids):
            del self.tokens[token.cluster, token.value]
            rows.append(Row("token", token.key, None))
        self._journal.write(rows)

    def tasks_as_of(self, at: float) -> Iterator[Task]:
        """Answer each task as it was at `at`, in the order of their launch."""
        for task_id in self.tasks:
            task = self.task_as_of(task_id, at)
            if task is not None:
                yield task

    def task_as_of(self, task_id: str, at: float) -> Task | None:
        """Answer a task as it was at `at`; ``None`` if it was not there."""
        for seen in reversed(self._history.get(task_id, [])):
            if seen.at <= at:
                return seen.task
        return None

    def _keep(self, task: Task) -> Row:
        self.tasks[task.task_id] = task
        self._history.setdefault(task.task_id, []).append(Seen(self._clock.now(), task))
        return _row("task", task.task_id, task)


def _row(kind: str, key: str, body: object) -> Row:
    return Row(kind, key, msgspec.json.encode(body))


def _load(journal: Journal, kind: str, of: type[_Kept]) -> list[_Kept]:
    loaded: list[Any] = [msgspec.json.decode(body, type=of) for body in journal.read(kind).values()]
    return loaded
