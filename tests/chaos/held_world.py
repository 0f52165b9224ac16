"""A held world: the real verbs on a store in memory and an engine in this process, one clock, and the seed's own luck.

It plays hours in a second. Everything happens in one thread: while a worker is at a call, others may act, time may
pass, and the worker may never come back (`held_gate`).
"""

import heapq
import io
import itertools
import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

from msgspec.structs import replace

from app import app
from chalicelib.aws.ecs import FargateContainers
from chalicelib.cancel import Cancel, Cancelled, Cancelling, TooLate, cancel
from chalicelib.deadline import Again, wake
from chalicelib.grace import forced_at, grace_of
from chalicelib.hunt import hunt
from chalicelib.ids import task_id
from chalicelib.lifecycle import TERMINAL, Status
from chalicelib.observe import observe
from chalicelib.patch import Patch, patch
from chalicelib.ports import Handed, Ports, StoreUnavailableError
from chalicelib.relaunch import relaunch_by_id
from chalicelib.report import Mark, parse
from chalicelib.submit import Submission, submit
from chalicelib.sweep import sweep
from chalicelib.task import Proof, Spec, Task
from localcloud import pattern
from localcloud.ecs import Engine, HeldClock, Plan
from localcloud.ecs import Settings as EngineSettings
from localcloud.ecs.delays import FARGATE
from localcloud.ecs.runtimes.port import Key, Launch
from localcloud.ecs.runtimes.simulated import Behaviour
from tests.chaos.direct import DirectClient
from tests.chaos.held_gate import CruelGate
from tests.chaos.held_judge import Judge, JudgedStore
from tests.chaos.held_supervisor import SupervisedRuntime
from tests.chaos.life import ACCEPTED, OK, TOO_LATE
from tests.chaos.stories import HOUR, MINUTE, STOP_TIMEOUT, Ask, Script, Story, behaviour
from tests.chaos.verdict import Verdict
from tests.doubles.chance import repeatable
from tests.doubles.containers import Act
from tests.doubles.instants import Instants
from tests.doubles.memory import MemoryDefinitionStore, MemoryNoteStore
from tests.doubles.services import HeldSwitches, MemoryLogs, MemoryQueue, MemorySlots
from tests.doubles.world import KEYS, settings
from tests.fence.gate import Died, Gated

[RULE] = [each.event_pattern for each in app.event_sources if each.name == "ecs_task_changed"]
"""Which events come to Calloff, in EventBridge's words."""
CLUSTER = "calloff"
DEPLOYMENT = "chaos"
SPEC = Spec(image="busybox", command=("work",), cpu=256, memory=512)
PATIENCE_S = 6 * HOUR
"""A world that has not come to rest after so long never does: the longest way is an hour and two listings."""
AGAIN_S = 3.0
UNHEARD = 0.3
"""Of a supervisor's questions, those that get no answer."""
LATE_COPIES = 40
"""Events that are told once more when all rests."""


class Inbox:
    """A sink of ECS's events that keeps those which the rule wants until a worker takes them."""

    def __init__(self, rule: dict[str, Any]) -> None:
        self._rule = rule
        self.waiting: list[tuple[dict[str, Any], Callable[[bool], None]]] = []
        self.heard: list[dict[str, Any]] = []

    def take(self, event: dict[str, Any], done: Callable[[bool], None]) -> None:
        """Take an event in."""
        if not pattern.matches(self._rule, event):
            done(True)
            return
        self.heard.append(event)
        self.waiting.append((event, done))


class Timers:
    """Keeps the promises of `Timers`: each wakes its task's deadline at its time."""

    def __init__(self, begin: Callable[[str, float], None]) -> None:
        self._begin = begin

    def start(self, task_id: str, _: int, at: Any) -> Handed:
        self._begin(task_id, at.timestamp())
        return Handed()


class World:
    """Plays a script, and judges what comes of it."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.chance = random.Random(f"{script.seed} world")
        self.clock = HeldClock()
        self.inbox = Inbox({} if script.hears_all else RULE)
        self.runtime = SupervisedRuntime(self.clock, self._start, self._grace)
        self._supervises: dict[Key, str] = {}
        """The tasks of the containers that have a supervisor."""
        of = EngineSettings(delays=FARGATE, clusters=(CLUSTER,))
        self.engine = Engine(self.runtime, settings=of, clock=self.clock, sinks=[self.inbox])
        self.judge = Judge(self.engine, script.seed)
        self._diary: list[tuple[float, int, str | None, Act]] = []
        """When what happens: the instant, a number that keeps the order, the task that it is about, and what it is."""
        self._numbers = itertools.count()
        self._begin = self.clock.now()
        self.gate = CruelGate(
            self.chance, script.cruelty, self.clock.now, self._meanwhile, self.clock.advance, self._later
        )
        self.ports = self._ports()

    def _ports(self) -> Ports:
        used = settings(deployment=DEPLOYMENT, cluster=CLUSTER, max_history=400)
        self.store = JudgedStore(used.max_history)
        self.store.judge, self.store.clock = self.judge, self.clock
        self.queue = MemoryQueue()
        client: Any = DirectClient(self.engine)
        containers = Stops(FargateContainers(lambda: client), self._stops)
        return Ports(
            store=Gated(self.store, self.gate),
            notes=MemoryNoteStore(self.store),
            definitions=Gated(MemoryDefinitionStore(), self.gate),
            slots=MemorySlots(),
            containers=Gated(containers, self.gate),
            timers=Timers(self._timer),
            queue=Gated(self.queue, self.gate),
            switches=HeldSwitches(),
            logs=MemoryLogs(),
            clock=Instants(self.clock),
            keys=KEYS,
            settings=used,
        )

    def play(self) -> Verdict:
        """Play it to its end, let the cruelty cease, and judge."""
        # Backoff draws from there.
        with repeatable(self.script.seed), _silence():
            self.engine.open()
            self.engine.set_faults(self.script.plan)
            for story in self.script.stories:
                self._tell(story)
            self._at(MINUTE * self.chance.random(), self._sweep)
            if self.script.hunts:
                self._at(5 * MINUTE * self.chance.random(), self._hunt)
            self._until(self._begin + self.script.lasts)
            self._calm()
            return self.judge.close(self._records())

    # -- time

    def _until(self, end: float) -> None:
        """Let happen what is due, one thing after the other."""
        while (at := min(self._next(), end)) < end:
            self.clock.advance(max(0.0, at - self.clock.now()))
            self._act()
        self.clock.advance(max(0.0, end - self.clock.now()))

    def _next(self) -> float:
        instants = [self.clock.next_due(), self._diary[0][0] if self._diary else None]
        return min((each for each in instants if each is not None), default=float("inf"))

    def _act(self) -> None:
        while self.inbox.waiting:
            self._take_event()
        while self._diary and self._diary[0][0] <= self.clock.now():
            heapq.heappop(self._diary)[3]()

    def _at(self, seconds: float, act: Act, about: str | None = None) -> None:
        """Put down what is to happen so many seconds from the beginning."""
        heapq.heappush(self._diary, (self._begin + seconds, next(self._numbers), about, act))

    def _later(self, seconds: float, act: Act, about: str | None = None) -> None:
        heapq.heappush(self._diary, (self.clock.now() + seconds, next(self._numbers), about, act))

    def _meanwhile(self, about: str | None) -> None:
        """Somebody else acts: on this task if there is anything to do, though it be early; or a sweep, or a hunt."""
        match self.chance.randrange(10):
            case 0 | 1:
                self._attempt(sweep)
            case 2 if self.script.hunts:
                self._attempt(hunt)
            case 3 | 4 if self.queue.waiting:
                self._relaunch(about)
            case 5 | 6 | 7 if self._diary:
                self._act_early(about)
            case _ if self.inbox.waiting:
                self._take_event(about)
            case _:
                self.clock.advance(1.0)

    def _act_early(self, about: str | None) -> None:
        """Let the next thing happen that the diary has on this task, or the next at all."""
        entry = min((each for each in self._diary if each[2] == about), default=self._diary[0])
        self._diary.remove(entry)
        heapq.heapify(self._diary)
        entry[3]()

    # -- those who act

    def _tell(self, story: Story) -> None:
        about = _id(story)
        self._at(story.submit_at, lambda: self._submit(story), about)
        for ask in story.cancels:
            self._at(ask.at, lambda ask=ask: self._cancel(story, ask), about)
        if story.patch is not None:
            at, timeout = story.patch
            request = Patch(_id(story), "alice", "alice", timeout)
            self._at(at, lambda: self._attempt(lambda ports: patch(ports, request)), about)
        if story.interrupt_at is not None:
            self._at(
                story.interrupt_at, lambda: self._interrupt(story, "SpotInterruption", "It is wanted back."), about
            )
        if story.stranger_at is not None:
            self._at(story.stranger_at, lambda: self._interrupt(story, "UserInitiated", "Task stopped by user"), about)

    def _submit(self, story: Story) -> None:
        spec = replace(SPEC, supervised=story.supervised)
        submission = Submission("alice", spec, STOP_TIMEOUT, "f" * 32, story.key, **story.limits)
        if self._attempt(lambda ports: submit(ports, submission)) is None:
            self._later(AGAIN_S, lambda: self._submit(story), _id(story))

    def _cancel(self, story: Story, ask: Ask) -> None:
        request = Cancel(_id(story), ask.by, None if ask.by == "admin" else ask.by, force=ask.force, grace=ask.grace)
        asked_at = self.clock.now()
        outcome = self._attempt(lambda ports: cancel(ports, request))
        match outcome:
            case Cancelling():
                self.judge.life(request.task_id).answered(ACCEPTED, asked_at)
            case Cancelled():
                self.judge.life(request.task_id).answered(OK, asked_at)
            case TooLate():
                self.judge.life(request.task_id).answered(TOO_LATE, asked_at)
            case _:
                pass

    def _interrupt(self, story: Story, code: str, reason: str) -> None:
        for each in self.judge.containers(_id(story)):
            self.engine.interrupt(self.judge.arn(each), code, reason)

    def _sweep(self) -> None:
        self._attempt(sweep)
        self._later(self.script.sweeps_each, self._sweep)
        while self.queue.waiting:
            self._relaunch()

    def _hunt(self) -> None:
        self._attempt(hunt)
        self._later(5 * MINUTE, self._hunt)

    def _relaunch(self, about: str | None = None) -> None:
        """Be the launcher of one that waits in the launch queue; whose launcher did not end well comes again."""
        waiting = self.queue.waiting
        own = waiting.index(about) if about in waiting else self.chance.randrange(len(waiting))
        one = waiting.pop(own)
        if self._attempt(lambda ports: (relaunch_by_id(ports, one), "done")) is None:
            self._later(AGAIN_S, lambda: self.queue.waiting.append(one))

    def _timer(self, task_id: str, at: float) -> None:
        self._later(at - self.clock.now(), lambda: self._wake(task_id), task_id)

    def _wake(self, task_id: str) -> None:
        match self._attempt(lambda ports: wake(ports, task_id)):
            case None:
                self._later(AGAIN_S, lambda: self._wake(task_id), task_id)
            case Again(at):
                self._timer(task_id, at.timestamp())
            case _:
                pass

    def _take_event(self, about: str | None = None) -> None:
        waiting = self.inbox.waiting
        own = [n for n, (event, _) in enumerate(waiting) if about and f"/{about}/" in event["detail"]["startedBy"]]
        event, done = waiting.pop(self.chance.choice(own or range(len(waiting))))
        done(self._attempt(lambda ports: self.observe(ports, event)) is not None)

    def observe(self, ports: Ports, event: dict[str, Any]) -> object:
        """Take an event of ECS in."""
        return observe(ports, parse(event["detail"], Proof.ECS_EVENT))

    def _attempt(self, verb: Callable[[Ports], Any]) -> Any:
        """Let a worker work; None if nobody heard what came of it."""
        try:
            return self.gate.work(lambda: verb(self.ports))
        except (Died, StoreUnavailableError):
            return None

    # -- what the judge is shown

    def _start(self, launch: Launch) -> Behaviour:
        mark = Mark.parse(launch.started_by)
        assert mark is not None
        record = self.store.get(mark.task_id)
        if isinstance(record, Task):
            self.judge.starts(launch, record)
            if record.spec.supervised:
                self._supervises[launch.key] = record.id
                self.runtime.supervise(launch.key, record.stop_timeout)
        return behaviour(self.script.seed, launch.started_by)

    def _grace(self, key: Key) -> float | None:
        """Answer a supervisor as `GET /self` does, if its question comes through."""
        record = self.store.get(self._supervises[key])
        if not isinstance(record, Task) or self.chance.random() < UNHEARD:
            return None
        return 0.0 if forced_at(record) else grace_of(record)

    def _stops(self, arn: str) -> None:
        for each in self.engine.tasks():
            if arn.endswith(f"/{each.task_id}") and not each.dead and (mark := Mark.parse(each.started_by or "")):
                record = self.store.get(mark.task_id)
                self.judge.stops(arn, record if isinstance(record, Task) else None)

    # -- rest

    def _calm(self) -> None:
        """Let the cruelty cease, wait until all rests, and tell old events once more: they may change nothing."""
        self.gate.cruel = False
        self.engine.set_faults(Plan())
        self._come_to_rest()
        for event in self.chance.sample(self.inbox.heard, min(LATE_COPIES, len(self.inbox.heard))):
            self._attempt(lambda ports, event=event: self.observe(ports, event))
        self._until(self.clock.now() + 6 * MINUTE)
        self._come_to_rest()

    def _come_to_rest(self) -> None:
        given_up = self.clock.now() + PATIENCE_S
        while not self._at_rest():
            if self.clock.now() > given_up:
                self._note_the_restless()
                return
            self._until(self.clock.now() + MINUTE)

    def _at_rest(self) -> bool:
        return not self.queue.waiting and not self._restless()

    def _restless(self) -> list[Task]:
        living = {self.judge.arn(each) for each in self.engine.tasks() if not each.dead}
        records = self._records().values()
        runs = {r.id for r in records if r.status is Status.RUNNING and r.ecs_arn in living}
        return [record for record in records if record.status not in TERMINAL and record.id not in runs]

    def _note_the_restless(self) -> None:
        for record in self._restless():
            self.judge.wrong(record.id, f"never comes to rest: {record.status}")

    def _records(self) -> dict[str, Task]:
        return dict(self.store.get_many(self.store.ids()))


@contextmanager
def _silence() -> Iterator[None]:
    """Let nobody read the log lines and metrics of so many calls."""
    logger = logging.getLogger("calloff")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.setLevel(before)


class Stops:
    """The containers' port; shows each StopTask to the judge before it is sent."""

    def __init__(self, containers: FargateContainers, on_stop: Callable[[str], None]) -> None:
        self._containers = containers
        self._on_stop = on_stop

    def __getattr__(self, method: str) -> Any:
        return getattr(self._containers, method)

    def stop(self, cluster: str, arn: str, reason: str) -> Any:
        """Stop a container."""
        self._on_stop(arn)
        return self._containers.stop(cluster, arn, reason)


def _id(story: Story) -> str:
    return task_id(DEPLOYMENT, "alice", story.key)
