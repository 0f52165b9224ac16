"""The judge of a held world: looks at each write when it happens, and past Calloff at the containers themselves."""

from collections.abc import Iterator
from typing import Any

from chalicelib.lifecycle import Status
from chalicelib.ports import Applied, Created
from chalicelib.report import Mark
from chalicelib.task import Task, moves
from localcloud.ecs import Engine
from localcloud.ecs.model import Task as EcsTask
from localcloud.ecs.render import task_arn
from localcloud.ecs.runtimes.port import Launch
from tests.chaos.life import NOTHING_ALIVE, Life
from tests.chaos.verdict import Verdict
from tests.fence.gate import RepeatableStore


class Judge:
    """Collects what was seen of each task, and what should not be."""

    def __init__(self, engine: Engine, world: str) -> None:
        self.verdict = Verdict()
        self.lives: dict[str, Life] = {}
        self._engine = engine
        self._world = world

    def life(self, task_id: str) -> Life:
        """What was seen of a task so far."""
        return self.lives.setdefault(task_id, Life(f"{self._world} {task_id}"))

    def wrote(self, task: Task, now: float) -> None:
        """Look at a record at the moment of its write."""
        first_cancelled = self.life(task.id).became(str(task.status), now)
        if task.status not in NOTHING_ALIVE:
            return
        living = [each for each in self.containers(task.id) if not each.dead]
        if living and first_cancelled:
            self.verdict.false_cancelled += 1
        if living:
            words = [f"{each.started_by} {each.last_status}" for each in living]
            self.wrong(task.id, f"{task.status}, and a container is alive: {words}", counted=not first_cancelled)

    def starts(self, launch: Launch, record: Task) -> None:
        """Look at a record when a container of it comes to life."""
        if record.status is Status.CANCELLED:
            self.verdict.false_cancelled += 1
            self.wrong(record.id, f"cancelled, and a container starts: {launch.started_by}", counted=False)
        others = [each for each in self.containers(record.id) if not each.dead and each.task_id != launch.key.task_id]
        if others:
            self.wrong(record.id, f"two containers are alive: {[launch.started_by, *(o.started_by for o in others)]}")

    def stops(self, arn: str, record: Task | None) -> None:
        """Look at a StopTask of ours before it is sent: nobody is killed whose task nobody cancelled."""
        if record is not None and record.status in (Status.STARTING, Status.RUNNING) and record.ecs_arn == arn:
            self.wrong(record.id, f"stopped, and nobody had cancelled it: {arn}")

    def containers(self, task_id: str) -> list[EcsTask]:
        """The containers of a task, past all faults."""
        return [each for each in self._engine.tasks() if f"/{task_id}/" in (each.started_by or "")]

    def close(self, records: dict[str, Task]) -> Verdict:
        """Judge the whole, now that all rests."""
        for record in records.values():
            life, history = self.life(record.id), list(_shown(record))
            for contradiction in life.contradictions(history):
                self.wrong(record.id, contradiction)
            self.verdict.accepted += life.accepted
            if life.latency_ms is not None:
                self.verdict.latencies_ms.append(life.latency_ms)
        for each in self._engine.tasks():
            mark = Mark.parse(each.started_by or "")
            if mark and not each.dead and not self._may_live(each, records.get(mark.task_id)):
                self.verdict.orphans += 1
                self.wrong(mark.task_id, f"an orphan: {each.started_by} {each.last_status}", counted=False)
        self.verdict.tasks += len(records)
        return self.verdict

    def _may_live(self, each: EcsTask, record: Task | None) -> bool:
        return record is not None and record.status is Status.RUNNING and record.ecs_arn == self.arn(each)

    def arn(self, each: EcsTask) -> str:
        """A container's ARN."""
        return task_arn(each, self._engine.settings.arns)

    def wrong(self, task_id: str, words: str, *, counted: bool = True) -> None:
        """Note what should not be; `counted`: as a contradiction."""
        self.verdict.contradictions += counted
        self.verdict.wrongs.append(f"world {self._world}, task {task_id}: {words}")


class JudgedStore(RepeatableStore):
    """The store in memory, which shows each write to the judge in the moment that it happens."""

    judge: Judge
    clock: Any

    def create(self, task: Task) -> Any:
        return self._shown(super().create(task))

    def apply(self, task_id: str, change: Any) -> Any:
        return self._shown(super().apply(task_id, change))

    def _shown(self, outcome: Any) -> Any:
        if isinstance(outcome, Applied | Created):
            self.judge.wrote(outcome.task, self.clock.now())
        return outcome


def _shown(record: Task) -> Iterator[dict[str, Any]]:
    for move in moves(record.history):
        yield {"event": str(move.entry.event), "from": move.source, "to": move.target}
