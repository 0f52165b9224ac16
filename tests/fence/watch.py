"""What must hold at every moment, whatever the schedule. It looks past Calloff, at the containers themselves."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from chalicelib.lifecycle import Event, Status
from chalicelib.task import Proof, Task, moves
from localcloud.ecs import Engine
from localcloud.ecs.model import Task as EcsTask
from localcloud.ecs.render import task_arn
from tests.fence.gate import RepeatableStore

OVER = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED})
NOTHING_ALIVE = OVER | {Status.PENDING}
UNCANCELLED = frozenset({Status.STARTING, Status.RUNNING})


@dataclass
class Watch:
    """Looks after each call and after each change in ECS, and collects what should not be."""

    engine: Engine
    store: RepeatableStore
    deployment: str
    max_history: int
    strangers: set[str] = field(default_factory=set)
    """ARNs of containers that carry our mark and were launched by somebody else."""
    acknowledged: set[str] = field(default_factory=set)
    """Tasks whose cancellation was answered with 200 or 202."""
    wrongs: list[str] = field(default_factory=list)
    _statuses: dict[str, Status] = field(default_factory=dict)
    _launched: dict[tuple[str, int], set[str]] = field(default_factory=dict)

    def look(self) -> None:
        """Look at every record, and at every container that carries our mark."""
        ours = [(*mark, each) for each in self.engine.tasks() if (mark := self.mark(each))]
        for task_id, attempt, each in ours:
            if not self._is_stranger(each):
                self._launched.setdefault((task_id, attempt), set()).add(each.task_id)
        living = [(task_id, each) for task_id, _, each in ours if not self._is_stranger(each) and self.lives(each)]
        for task in self.store.get_many(self.store.ids()).values():
            self._look(task, [each for task_id, each in living if task_id == task.id])

    def lives(self, task: EcsTask) -> bool:
        """Tell whether anything of it is alive by the runtime's own word, or may yet come to life."""
        return any(truth.alive for truth in self.engine.truth(task).values()) or not task.dead

    def living(self) -> list[EcsTask]:
        """The containers of ours that live."""
        return [each for each in self.engine.tasks() if self.mark(each) and self.lives(each)]

    def mark(self, task: EcsTask) -> tuple[str, int] | None:
        """Read whose task's container it is, and of which attempt: read apart from what Calloff reads."""
        parts = (task.started_by or "").split("/")
        if parts[:2] != ["calloff", self.deployment]:
            return None
        return parts[2], int(parts[3])

    def stop_is_sent(self, arn: str) -> None:
        """Look at a StopTask before it is carried out: nobody is killed whose task nobody cancelled."""
        for each in self.engine.tasks():
            if task_arn(each, self.engine.settings.arns) != arn or not self.lives(each):
                continue
            mark = self.mark(each)
            if mark is None:
                self.wrongs.append(f"a container that is not ours was stopped: {arn}")
            elif not self._is_stranger(each) and self._is_innocent(mark, arn):
                self.wrongs.append(f"a container was stopped that nobody had cancelled: {arn}")

    def _is_stranger(self, task: EcsTask) -> bool:
        """Tell a container that somebody else launched. It may be alive beside any record, but not for long."""
        return task_arn(task, self.engine.settings.arns) in self.strangers

    def _is_innocent(self, mark: tuple[str, int], arn: str) -> bool:
        record = self.store.get(mark[0])
        if not isinstance(record, Task) or record.status not in UNCANCELLED:
            return False
        return record.ecs_arn == arn if record.ecs_arn else record.attempt == mark[1]

    def _look(self, task: Task, living: list[EcsTask]) -> None:
        before = self._statuses.get(task.id)
        self._statuses[task.id] = task.status
        if task.status in NOTHING_ALIVE and living:
            self.wrongs.append(f"{task.status}, and a container is alive: {_words(living)}")
        if before in OVER and task.status is not before:
            self.wrongs.append(f"{before} became {task.status}")
        if before is Status.CANCELLING and task.status not in (before, Status.CANCELLED):
            self.wrongs.append(f"cancelling became {task.status}")
        if task.id in self.acknowledged and task.status not in (Status.CANCELLING, Status.CANCELLED):
            self.wrongs.append(f"an acknowledged cancel, and it is {task.status}")
        if len(living) > 1:
            self.wrongs.append(f"two containers are alive: {_words(living)}")
        self._look_at_launches(task)

    def _look_at_launches(self, task: Task) -> None:
        for (task_id, attempt), launched in self._launched.items():
            if task_id == task.id and len(launched) > 1:
                self.wrongs.append(f"attempt {attempt} launched {len(launched)} containers")
        never = task.termination is not None and task.termination.proof is Proof.NEVER_LAUNCHED
        if never and any(key[0] == task.id and ran(self.engine, launched) for key, launched in self._launched.items()):
            self.wrongs.append("never_launched, and a container of it ran")

    def look_at_history(self, task: Task) -> None:
        """The history is a path in the lifecycle's table, from its birth to where the record is; while it has room."""
        if len(task.history) >= self.max_history * 3 // 4:
            return
        path = [move.target for move in moves(task.history)]
        if None in path or path[-1] is not task.status:
            self.wrongs.append(f"the history is no path to {task.status}: {[str(e.event) for e in task.history]}")
        claims = sum(move.entry.event in (Event.SUBMITTED, Event.CLAIMED) for move in moves(task.history))
        if task.attempt != claims:
            self.wrongs.append(f"{claims} claims, and it is attempt {task.attempt}")
        repeated = [write_id for write_id, times in Counter(e.write_id for e in task.history).items() if times > 1]
        if repeated:
            self.wrongs.append(f"the history holds a write twice: {repeated}")

    def assert_clean(self) -> None:
        """Fail if anything was seen that should not be."""
        wrongs = list(dict.fromkeys(self.wrongs))
        assert not wrongs, "; ".join(wrongs)


def ran(engine: Engine, task_ids: set[str]) -> bool:
    """Tell whether the runtime ever started a container of one of these ECS tasks."""
    runtime: Any = engine._runtime
    return any(key.task_id in task_ids for key in runtime.launched)


def _words(tasks: list[EcsTask]) -> str:
    return ", ".join(f"{each.started_by} {each.last_status}" for each in tasks)
