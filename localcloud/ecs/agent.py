"""The agent: takes each task through its life, and the runtime along with it.

One task has at most one timer. After every change the agent asks `lifecycle.due` what comes next, so a restart needs
nothing but the tasks themselves. Each change is journaled together with its event before any effect of it begins.
"""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING, assert_never

from localcloud.ecs import lifecycle, render
from localcloud.ecs.launch import launch_of
from localcloud.ecs.lifecycle import Forget, Kill, Move, Wait
from localcloud.ecs.model import Status
from localcloud.ecs.runtimes.port import Key

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from localcloud.ecs.arns import Arns
    from localcloud.ecs.book import Book
    from localcloud.ecs.clock import Clock, Timer
    from localcloud.ecs.delays import Delays
    from localcloud.ecs.faults import Faults
    from localcloud.ecs.lifecycle import Due
    from localcloud.ecs.model import Task
    from localcloud.ecs.outbox import Outbox, Parcel
    from localcloud.ecs.runtimes.port import Exit, Launch, Runtime
    from localcloud.ecs.tokens import Token


class Agent:
    """Moves tasks; `lock` is the engine's, and is held by whoever calls `launch` and `stop`."""

    def __init__(  # noqa: PLR0913  the agent is where the parts meet
        self,
        *,
        lock: threading.RLock,
        arns: Arns,
        clock: Clock,
        book: Book,
        outbox: Outbox,
        faults: Faults,
        runtime: Runtime,
        delays: Delays,
    ) -> None:
        self._lock = lock
        self._arns = arns
        self._clock = clock
        self._book = book
        self._outbox = outbox
        self._faults = faults
        self._runtime = runtime
        self._delays = delays
        self._timers: dict[str, Timer] = {}
        self._closed = False

    def resume(self) -> None:
        """Take up every task after a restart; the runtime reports what happened meanwhile."""
        with self._lock:
            self._runtime.attach(self)
            tasks = list(self._book.tasks.values())
            self._runtime.adopt([launch for task in tasks for launch in self._launches(task) if _placed(task)])
            for task in tasks:
                self._begin_again(task)
                self._wake(task)

    def close(self) -> None:
        """Move nothing any more."""
        with self._lock:
            self._closed = True
            for timer in self._timers.values():
                timer.cancel()

    def launch(self, tasks: Sequence[Task], token: Token | None) -> None:
        """Take new tasks in, with their token and their first event in one write."""
        parcels = [parcel for task in tasks for parcel in self._pack(task)]
        self._book.put_launch(tasks, token, self._outbox.rows(parcels))
        self._outbox.send(parcels)
        for task in tasks:
            self._wake(task)

    def stop(self, task: Task, code: str, reason: str) -> Task:
        """Ask a task to stop; answers at once, with the last status still as it was."""
        asked = lifecycle.ask_to_stop(task, code, reason, self._clock.now())
        self._keep(task, asked)
        return asked

    def pulled(self, key: Key, digest: str | None) -> None:
        """Take the runtime's report."""
        self._report(key, lambda task, now: lifecycle.pulled(task, key.container, digest, now))

    def started(self, key: Key, runtime_id: str) -> None:
        """Take the runtime's report."""
        self._report(key, lambda task, now: lifecycle.started(task, key.container, runtime_id, now))

    def failed(self, key: Key, reason: str) -> None:
        """Take the runtime's report."""
        self._report(key, lambda task, now: lifecycle.failed_to_start(task, key.container, reason, now))

    def exited(self, key: Key, end: Exit) -> None:
        """Take the runtime's report."""
        self._report(key, lambda task, now: lifecycle.exited(task, key.container, end, now))

    def _report(self, key: Key, change: Callable[[Task, float], Task]) -> None:
        with self._lock:
            task = self._book.tasks.get(key.task_id)
            if task is None or self._closed:
                return
            self._keep(task, change(task, self._clock.now()))
            self._move_on(key.task_id)

    def _move_on(self, task_id: str) -> None:
        """Take every step that is due by now."""
        with self._lock:
            while (task := self._book.tasks.get(task_id)) is not None and not self._closed:
                due = lifecycle.due(task, self._delays)
                if isinstance(due, Wait) or due.at > self._clock.now():
                    return
                self._take(task, due)

    def _take(self, task: Task, due: Due) -> None:
        match due:
            case Move():
                self._keep(task, lifecycle.step(task, self._clock.now()))
            case Kill(names=names):
                self._keep(task, lifecycle.mark_killed(task, names))
                for name in names:
                    self._runtime.kill(Key(task.task_id, name))
            case Forget():
                self._book.forget(task)
            case Wait():
                pass
            case _:
                assert_never(due)

    def _keep(self, before: Task, after: Task) -> None:
        if after is before:
            return
        parcels = self._pack(after) if after.version != before.version else []
        self._book.put_task(after, self._outbox.rows(parcels))
        self._outbox.send(parcels)
        if after.last_status is not before.last_status:
            self._effect(after)
        self._wake(after)

    def _effect(self, task: Task) -> None:
        """Begin what a status stands for."""
        match task.last_status:
            case Status.ACTIVATING if task.doomed:
                self._doom(task)
            case Status.ACTIVATING:
                for launch in self._launches(task):
                    self._runtime.start(launch)
            case Status.STOPPING:
                self._terminate(task)
            case Status.DEPROVISIONING:
                for container in task.containers:
                    self._runtime.discard(Key(task.task_id, container.name))
            case _:
                pass

    def _begin_again(self, task: Task) -> None:
        """Begin what the crash may have come before: it was written down first."""
        if task.doomed and _underway(task):
            self._doom(task)
        elif task.last_status is Status.STOPPING:
            self._terminate(task)
            for container in task.containers:
                if container.killed and not container.stopped:
                    self._runtime.kill(Key(task.task_id, container.name))

    def _doom(self, task: Task) -> None:
        for container in task.containers:
            self._later(partial(self.failed, Key(task.task_id, container.name), task.doomed or ""))

    def _terminate(self, task: Task) -> None:
        for container in task.containers:
            if not container.stopped:
                self._runtime.terminate(Key(task.task_id, container.name))

    def _wake(self, task: Task) -> None:
        """Set the task's one timer to its next step."""
        former = self._timers.pop(task.task_id, None)
        if former is not None:
            former.cancel()
        due = lifecycle.due(task, self._delays)
        if not isinstance(due, Wait):
            self._timers[task.task_id] = self._clock.call_at(due.at, partial(self._move_on, task.task_id))

    def _later(self, action: Callable[[], None]) -> None:
        self._clock.call_at(self._clock.now(), action)

    def _pack(self, task: Task) -> list[Parcel]:
        event = render.for_event(task, self._arns, str(uuid.uuid4()))
        return self._outbox.pack(event, self._faults.deliveries(event))

    def _launches(self, task: Task) -> list[Launch]:
        arn = render.task_arn(task, self._arns)
        return [launch_of(task, each, arn) for each in task.containers if not each.stopped]


def _placed(task: Task) -> bool:
    """Say whether the runtime was asked for the task's containers and has not reported their end."""
    return _underway(task) and not task.doomed


def _underway(task: Task) -> bool:
    return Status.ACTIVATING.rank <= task.last_status.rank <= Status.STOPPING.rank
