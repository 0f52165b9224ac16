"""The engine: one entry, `call`, for every operation, with the lock, the faults and the limits around it."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, assert_never

from localcloud.ecs import delays as delay_profiles
from localcloud.ecs.agent import Agent
from localcloud.ecs.arns import Arns
from localcloud.ecs.book import Book
from localcloud.ecs.buckets import Limiter, NoLimits
from localcloud.ecs.calls import Calls
from localcloud.ecs.clock import SystemClock
from localcloud.ecs.errors import EcsError, NoAnswerError
from localcloud.ecs.faults import Faults, Plan
from localcloud.ecs.journal import MemoryJournal
from localcloud.ecs.logs import get_log_events
from localcloud.ecs.operations import OPERATIONS
from localcloud.ecs.operations.desk import Desk, View
from localcloud.ecs.outbox import Outbox
from localcloud.ecs.runtimes.port import Key
from localcloud.ecs.validation import Checker
from localcloud.ecs.verdicts import After, Later, Proceed, Refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from localcloud.ecs.clock import Clock
    from localcloud.ecs.delays import Delays
    from localcloud.ecs.faults import Once
    from localcloud.ecs.journal import Journal
    from localcloud.ecs.model import Json, Task
    from localcloud.ecs.runtimes.port import Runtime, Truth
    from localcloud.ecs.sinks import Sink
    from localcloud.ecs.verdicts import Verdict

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """How an engine is set up; the defaults are those of a quick local endpoint."""

    arns: Arns = field(default_factory=Arns)
    delays: Delays = delay_profiles.NONE
    throttle: bool = False
    disguised: float = 0.25
    clusters: tuple[str, ...] = ()


class Engine:
    """An account's ECS in one region. Thread-safe."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        settings: Settings | None = None,
        clock: Clock | None = None,
        journal: Journal | None = None,
        sinks: Sequence[Sink] = (),
    ) -> None:
        self.settings = settings or Settings()
        self.clock = clock or SystemClock()
        self._lock = threading.RLock()
        self._awake = threading.Condition(self._lock)
        self._abandoned = False
        self._runtime = runtime
        self.runtime_name = runtime.name
        self._checker = Checker("ecs")
        self._log_checker = Checker("logs")
        journal = journal or MemoryJournal()
        self._book = Book(self.clock, journal)
        self.outbox = Outbox(self.clock, journal, sinks)
        self._faults = Faults()
        self.calls = Calls()
        self._limiter = _limiter(self.settings, self.clock.now())
        self._agent = Agent(
            lock=self._lock,
            arns=self.settings.arns,
            clock=self.clock,
            book=self._book,
            outbox=self.outbox,
            faults=self._faults,
            runtime=runtime,
            delays=self.settings.delays,
        )

    def open(self) -> None:
        """Take up what a former engine left in the journal, and be ready for calls."""
        self._agent.resume()
        self.outbox.resume()
        for name in self.settings.clusters:
            if name not in self._book.clusters:
                self.call("CreateCluster", {"clusterName": name})

    def close(self, *, stop: bool = False) -> None:
        """Stop working; with `stop`, every container is killed first and its end is still reported."""
        if not stop:
            self._agent.close()
        self._runtime.close(stop=stop)
        self.abandon()

    def abandon(self) -> None:
        """Do nothing any more, as after a crash: the containers live on, and the next engine adopts them."""
        self._abandoned = True
        self._agent.close()
        self.outbox.close()

    def call(self, operation: str, params: Json) -> Json:
        """Carry out one API call. Raises EcsError as AWS would, and NoAnswerError where the caller gets none."""
        handler = OPERATIONS.get(operation)
        if handler is None:
            raise EcsError("UnknownOperationException", f"The operation {operation} is not served here.")
        with self._lock:
            self._wait_while_paused()
            self.calls.note(self.clock.now(), operation, params)
            self._checker.check(operation, params)
            self._limiter.admit(operation, self.clock.now())
            return self._decided(operation, params, self._faults.for_call(operation, params))

    def _decided(self, operation: str, params: Json, verdict: Verdict) -> Json:
        match verdict:
            case Proceed(lag=lag, blind=blind, pretend=pretend):
                view = View(self.clock.now() - lag, blind=blind, pretend=pretend)
                return self._apply(operation, params, view)
            case Refuse(answer=EcsError() | NoAnswerError() as error):
                raise error
            case Refuse(answer=dict() as answer):
                return answer
            case After(answer=error):
                self._apply(operation, params, View(self.clock.now()))
                raise error
            case Later(seconds=seconds, answer=error):
                self.clock.call_at(self.clock.now() + seconds, partial(self._apply_late, operation, params))
                raise error
            case _:
                assert_never(verdict)  # type: ignore[arg-type]  # mypy does not see into the union of `answer`

    def _apply(self, operation: str, params: Json, view: View) -> Json:
        desk = Desk(
            arns=self.settings.arns,
            now=self.clock.now(),
            book=self._book,
            agent=self._agent,
            limiter=self._limiter,
            faults=self._faults,
            view=view,
            delays=self.settings.delays,
        )
        return OPERATIONS[operation](desk, params)

    def _apply_late(self, operation: str, params: Json) -> None:
        with self._lock:
            if self._abandoned:
                return
            try:
                self._apply(operation, params, View(self.clock.now()))
            except EcsError as error:
                _log.info("a late %s came to nothing: %s", operation, error)

    def _wait_while_paused(self) -> None:
        while self._faults.plan.paused != "no":
            if self._faults.plan.paused == "refuse":
                raise NoAnswerError
            self._awake.wait()

    @property
    def faults(self) -> Plan:
        """Answer the plan of what goes wrong."""
        return self._faults.plan

    @property
    def fault_counts(self) -> dict[str, int]:
        """Answer how often each fault happened so far."""
        return dict(self._faults.counts)

    def set_faults(self, plan: Plan) -> None:
        """Replace the plan; ValueError for one that makes no sense. ``Plan()`` is calm."""
        with self._awake:
            self._faults.follow(plan)
            self._awake.notify_all()

    def add_faults(self, *faults: Once) -> None:
        """Line up one-shots."""
        with self._lock:
            self._faults.add(*faults)

    def tasks(self) -> list[Task]:
        """Answer every task that is still known, past all faults."""
        with self._lock:
            return list(self._book.tasks.values())

    def truths(self, tasks: Sequence[Task]) -> dict[str, dict[str, Truth]]:
        """Answer the runtime's own word about each container, by task id and container name."""
        found = self._runtime.truths([Key(task.task_id, each.name) for task in tasks for each in task.containers])
        return {
            task.task_id: {each.name: found[Key(task.task_id, each.name)] for each in task.containers} for task in tasks
        }

    def truth(self, task: Task) -> dict[str, Truth]:
        """Answer the runtime's own word about each container of one task."""
        return self.truths([task])[task.task_id]

    def logs(self, task_arn: str) -> dict[str, bytes]:
        """Answer what each container of a task wrote, by container; KeyError for an unknown task."""
        task = self._book.tasks[task_arn.rpartition("/")[2]]
        return {each.name: self._runtime.logs(Key(task.task_id, each.name)) for each in task.containers}

    def log_events(self, params: Json) -> Json:
        """Carry out GetLogEvents of CloudWatch Logs. Raises EcsError as AWS would."""
        self._log_checker.check("GetLogEvents", params)
        return get_log_events(params, self._book.tasks.get, self._runtime.lines)

    def interrupt(self, task_arn: str, code: str, reason: str) -> None:
        """Stop a task as AWS itself does, such as ``SpotInterruption``; KeyError for an unknown task."""
        with self._lock:
            self._agent.stop(self._book.tasks[task_arn.rpartition("/")[2]], code, reason)


def _limiter(settings: Settings, now: float) -> Limiter:
    return Limiter(now, disguised=settings.disguised) if settings.throttle else NoLimits(now)
