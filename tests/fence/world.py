"""A small world for the launch fence: the real verbs and the real ECS adapter, on an engine whose time stands still.

The records are in memory (the contract tests hold them to DynamoDB). The endpoint is `localcloud.ecs` behind a real
boto3 client; its containers are simulated. One held clock is the time of both. Events of ECS wait in `heard`, until the
test hands them over, in any order, any number of times, or never.
"""

import io
import json
import random
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from chalicelib import submit as submitting
from chalicelib.aws import clients
from chalicelib.aws.ecs import FargateContainers
from chalicelib.cancel import Cancel, Cancelled, Cancelling, cancel
from chalicelib.config import Settings
from chalicelib.fargate import run_request
from chalicelib.hunt import hunt
from chalicelib.lifecycle import Status
from chalicelib.observe import observe
from chalicelib.ports import Ports, StoreUnavailableError
from chalicelib.relaunch import relaunch_by_id
from chalicelib.report import parse
from chalicelib.sweep import sweep
from chalicelib.task import Proof, Spec, Task
from localcloud.ecs import DirectSink, Engine, HeldClock, Once, Plan
from localcloud.ecs import Settings as EngineSettings
from localcloud.ecs.delays import FARGATE
from localcloud.ecs.faults import NO_CAPACITY
from localcloud.ecs.inprocess import _serve
from localcloud.ecs.render import task_arn
from localcloud.ecs.runtimes.port import Key
from localcloud.ecs.runtimes.simulated import Behaviour, SimulatedRuntime
from tests.doubles.containers import Act, Script, after, before
from tests.doubles.memory import MemoryDefinitionStore
from tests.doubles.services import HeldSwitches, MemoryQueue, MemoryTimers
from tests.doubles.wire import Step
from tests.fence.gate import Died, Gate, Gated, Held, RepeatableStore, die, lose
from tests.fence.watch import OVER, Watch

CLUSTER = "calloff"
SPEC = Spec(image="busybox", command=("work",), environment={"COLOUR": "blue"}, cpu=256, memory=512)
MINUTE = 60.0
HOUR = 3600.0
SWEEPS_TO_A_HUNT = 5
PATIENCE = 6 * HOUR
"""A world that has not come to rest after so long never does: the longest way is an hour and two listings."""


class Instants:
    """Keeps the promises of Calloff's `Clock` on the engine's clock: the same time, as datetimes."""

    def __init__(self, held: HeldClock) -> None:
        self._held = held

    def now(self) -> datetime:
        return datetime.fromtimestamp(round(self._held.now(), 3), UTC)

    def sleep(self, seconds: float) -> None:
        self._held.advance(seconds)


class Wire:
    """The way from Calloff's own client to the engine, in place of a socket; keeps the body of each request."""

    def __init__(self, engine: Engine) -> None:
        self.bodies: dict[str, list[bytes]] = defaultdict(list)
        self.steps: dict[str, deque[Step]] = defaultdict(deque)
        self._engine = engine

    def __call__(self, request: AWSPreparedRequest, event_name: str, **_: object) -> AWSResponse | None:
        operation = event_name.rpartition(".")[2]
        self.bodies[operation].append(bytes(request.body or b""))
        steps = self.steps[operation]
        return steps.popleft()(request) if steps else self.carry_out(request)

    def carry_out(self, request: AWSPreparedRequest) -> AWSResponse:
        """Let the engine answer."""
        return _serve(self._engine, request)


@dataclass(frozen=True)
class Vanished:
    """The worker died, or the store did not answer it: nobody heard what came of it."""


VANISHED = Vanished()


class World:
    """The ports, the endpoint behind them, and the verbs as a test says them."""

    def __init__(self, **changes: Any) -> None:
        random.seed(0)
        self.clock = HeldClock()
        self.runtime = SimulatedRuntime(self.clock)
        self.heard: list[dict[str, Any]] = []
        self.engine = Engine(
            self.runtime,
            settings=EngineSettings(delays=FARGATE, clusters=(CLUSTER,)),
            clock=self.clock,
            sinks=[DirectSink(self._hear)],
        )
        self.engine.open()
        self.settings = _settings(**changes)
        self.store = RepeatableStore(self.settings.max_history)
        self.definitions = MemoryDefinitionStore()
        self.switches = HeldSwitches()
        self.queue = MemoryQueue()
        self.watch = Watch(self.engine, self.store, self.settings.deployment)
        self.gate = Gate(self._on_call, self.watch.look)
        self.wire = Wire(self.engine)
        # The client that Calloff makes for itself, a new one for each world.
        self.ecs = clients.ecs.__wrapped__(self.settings)
        self.ecs.meta.events.register("before-send.ecs", self.wire)
        self._sweeps = 0

    @property
    def ports(self) -> Ports:
        return Ports(
            store=Gated(self.store, self.gate),
            definitions=Gated(self.definitions, self.gate),
            containers=Gated(FargateContainers(lambda: self.ecs), self.gate),
            timers=MemoryTimers(),
            queue=Gated(self.queue, self.gate),
            switches=self.switches,
            clock=Instants(self.clock),
            settings=self.settings,
        )

    # -- the workers; each may die at the gate

    def submit(self, key: str = "one", **parts: Any) -> Any:
        submission = submitting.Submission("alice", SPEC, 30, "f" * 32, key, **parts)
        return self._work(lambda ports: submitting.submit(ports, submission))

    def cancel(self, key: str = "one") -> Any:
        outcome = self._work(lambda ports: cancel(ports, Cancel(_id(key), "alice", "alice")))
        if isinstance(outcome, Cancelling | Cancelled):
            self.watch.acknowledged.add(_id(key))
        self.look()
        return outcome

    def sweep(self) -> Any:
        return self._work(sweep)

    def sweeps(self, minutes: int) -> None:
        """Let so many minutes pass in which there are sweeps, but no launches from the queue and no hunts."""
        for _ in range(minutes):
            self.advance(MINUTE)
            self.sweep()

    def hunt(self) -> Any:
        return self._work(hunt)

    def relaunch(self) -> Any:
        """Be the launchers of what waits in the launch queue. A task whose launcher vanished comes again."""
        taken, self.queue.waiting = self.queue.waiting, []
        for task_id in taken:
            if self._work(lambda ports, i=task_id: relaunch_by_id(ports, i)) is VANISHED:
                self.queue.waiting.append(task_id)

    def deliver(self, *events: dict[str, Any]) -> Any:
        """Hand events of ECS over, in this order; answer what came of the last."""
        outcome = None
        for event in events:
            report = parse(event["detail"], Proof.ECS_EVENT)
            outcome = self._work(lambda ports, r=report: observe(ports, r))
        return outcome

    def _work(self, verb: Callable[[Ports], Any]) -> Any:
        try:
            # Metrics are lines on standard output; here nobody reads them.
            with redirect_stdout(io.StringIO()):
                return verb(self.ports)
        except (Died, StoreUnavailableError):
            return VANISHED
        finally:
            self.look()

    # -- what goes wrong

    def script(self, name: str, *scripts: Script) -> None:
        """Script the next calls of this name at the gate."""
        self.gate.script(name, *scripts)

    def meanwhile(self, name: str, event: Act) -> None:
        """Let something happen before the next call of this name is carried out: its worker lies still so long."""
        self.script(name, before(event))

    def and_then(self, name: str, event: Act) -> None:
        """Let something happen when the next call of this name has been carried out, before its worker goes on."""
        self.script(name, after(event))

    def configure(self, **changes: Any) -> None:
        """Deploy other settings."""
        self.settings = msgspec.structs.replace(self.settings, **changes)

    def dies_before(self, name: str) -> None:
        """Let the next worker that makes this call die before it is carried out."""
        self.script(name, before(die))

    def dies_after(self, name: str) -> None:
        """Let the next worker that makes this call die when it has been carried out."""
        self.script(name, after(die))

    def answers_500(self, name: str) -> None:
        """Carry the next write of this name out, and answer that the store is not available."""
        self.script(name, after(lose))

    def delays(self, name: str) -> Held:
        """Let the next call of this name be on its way when its worker dies."""
        held = Held(carried_out=False)
        self.script(name, held)
        return held

    def repeats(self, name: str) -> Held:
        """Carry the next write of this name out; it arrives once more when the test says so. Nobody hears of it."""
        held = Held(carried_out=True, then=lose)
        self.script(name, held)
        return held

    def fault(self, operation: str, fault: str, times: int = 1, **parts: Any) -> None:
        """Let the next calls of ECS's operation that nothing is lined up for go wrong."""

        def step(request: AWSPreparedRequest) -> AWSResponse:
            self.engine.add_faults(Once(on=operation, fault=fault, **parts))
            return self.wire.carry_out(request)

        self.answer(operation, *[step] * times)

    def answer(self, operation: str, *steps: Step) -> None:
        """Answer the next requests of ECS's operation that nothing is lined up for on their way to the engine."""
        self.wire.steps[operation] += steps

    def stop_as_somebody_else(self, arn: str) -> None:
        """Stop a container behind Calloff's back."""
        self.engine.call("StopTask", {"cluster": CLUSTER, "task": arn, "reason": "by hand"})
        self.look()

    def fails_to_start(self, reason: str = NO_CAPACITY) -> None:
        """Let the next container never come to run: ECS takes the launch, and says so later."""
        self.engine.add_faults(Once(on="start", fault="fail", reason=reason))

    def carried_out_then(self, step: Step) -> Step:
        """Let the engine carry a request out, and answer it with `step`."""

        def do(request: AWSPreparedRequest) -> AWSResponse | None:
            self.wire.carry_out(request)
            return step(request)

        return do

    # -- time, and what is there

    def advance(self, seconds: float) -> None:
        """Let time pass; ECS works on."""
        self.clock.advance(seconds)
        self.look()

    def minutes(self, number: int) -> None:
        """Let so many minutes pass, with what happens each minute and each five."""
        for _ in range(number):
            self.advance(MINUTE)
            self.sweep()
            self.relaunch()
            self._sweeps += 1
            if self._sweeps % SWEEPS_TO_A_HUNT == 0:
                self.hunt()

    def behave(self, **behaviour: Any) -> None:
        """Say what the containers do that start from now on."""
        self.runtime.script = lambda _: Behaviour(**behaviour)

    def events(self, status: str | None = None, attempt: int | None = None) -> list[dict[str, Any]]:
        """The events that ECS told of so far, those of a status, or of an attempt's containers."""
        return [
            each
            for each in self.heard
            if status in (None, each["detail"]["lastStatus"])
            and (attempt is None or each["detail"]["startedBy"].endswith(f"/{attempt}"))
        ]

    def event(self, status: str, attempt: int | None = None) -> dict[str, Any]:
        """The newest of these."""
        return self.events(status, attempt)[-1]

    def exit(self, arn: str, code: int = 0) -> None:
        """Let a container end by itself; ECS calls it STOPPED half a minute later."""
        self.runtime.exit(Key(arn.rpartition("/")[2], "main"), code)
        self.look()

    def stranger(self, key: str = "one", attempt: int = 1, **parts: Any) -> str:
        """Launch another container with the task's mark, as nobody of us does; answer its ARN."""
        request = run_request(msgspec.structs.replace(self.record(key), attempt=attempt), self.settings.deployment)
        del request["clientToken"]
        arn: str = self.engine.call("RunTask", request | parts)["tasks"][0]["taskArn"]
        self.watch.strangers.add(arn)
        self.look()
        return arn

    @property
    def task(self) -> Task:
        """The record of the one task."""
        return self.record("one")

    def record(self, key: str) -> Task:
        record = self.store.get(_id(key))
        assert isinstance(record, Task)
        return record

    @property
    def arns(self) -> list[str]:
        """The ARNs of every ECS task that is still known, in the order of their launch."""
        return [task_arn(each, self.engine.settings.arns) for each in self.engine.tasks()]

    def alive(self) -> list[str]:
        """The ARNs of the containers of ours that live, or may yet."""
        living = {each.task_id for each in self.watch.living()}
        return [arn for arn in self.arns if arn.rpartition("/")[2] in living]

    def stops(self) -> list[str]:
        """The ARNs that StopTask was sent for."""
        return [json.loads(each)["task"] for each in self.wire.bodies["StopTask"]]

    def sent(self) -> list[bytes]:
        """The bodies of all RunTask requests that were sent."""
        return self.wire.bodies["RunTask"]

    def describe(self, arn: str) -> Any:
        return self.engine.call("DescribeTasks", {"cluster": CLUSTER, "tasks": [arn]})["tasks"][0]

    # -- rest

    def at_rest(self) -> bool:
        """Tell whether nothing is left to do: each task has ended, or runs in the container that its record names."""
        living = self.alive()
        running = []
        for task in self._records():
            if task.status in OVER:
                continue
            if task.status is not Status.RUNNING or task.ecs_arn not in living:
                return False
            running.append(task.ecs_arn)
        return sorted(running) == sorted(living) and not self.queue.waiting

    def settle(self) -> Status | None:
        """Come to rest, and hand every event over again, the newest first: what comes late changes nothing any more."""
        status = self.rest()
        statuses = [task.status for task in self._records()]
        self.deliver(*reversed(self.heard))
        self.minutes(SWEEPS_TO_A_HUNT)
        assert [task.status for task in self._records()] == statuses
        self.check()
        return status

    def rest(self) -> Status | None:
        """Let faults cease and time pass, without any further event of ECS, until all rests; check that it does.

        Answer the status of the first task; there is none if nobody heard of its submission.
        """
        self.gate.clear()
        self.wire.steps.clear()
        self.engine.set_faults(Plan())
        latest = self.clock.now() + PATIENCE
        while not self.at_rest():
            assert self.clock.now() < latest, f"never comes to rest: {self._words()}"
            self.minutes(1)
        self.check()
        return next((task.status for task in self._records()), None)

    def check(self) -> None:
        """Everything that must hold at rest."""
        for task in self._records():
            self.watch.look_at_history(task)
            assert task.status is Status.CANCELLED or task.id not in self.watch.acknowledged
        self.look()
        assert self.at_rest(), self._words()

    def look(self) -> None:
        """Let ECS do what it does at once, and look whether all is well at this moment."""
        self.clock.advance()
        self.watch.look()
        self.watch.assert_clean()

    def _records(self) -> list[Task]:
        return list(self.store.get_many(self.store.ids()).values())

    def _words(self) -> str:
        records = [(str(t.status), t.attempt, t.ecs_arn, [str(e.event) for e in t.history]) for t in self._records()]
        return f"{records}, alive: {self.alive()}, waiting: {self.queue.waiting}"

    def _hear(self, event: dict[str, Any]) -> None:
        self.heard.append(event)
        self.watch.look()

    def _on_call(self, name: str, args: tuple[Any, ...]) -> None:
        if name == "stop":
            self.watch.stop_is_sent(args[1])


def _id(key: str) -> str:
    return submitting.task_id("alice", key)


def _settings(**changes: Any) -> Settings:
    needed: dict[str, Any] = {
        "deployment": "fence",
        "auth": "local",
        "table": "calloff",
        "cluster": CLUSTER,
        "subnets": ("subnet-0f1e2d3c4b5a69788",),
        "execution_role_arn": "arn:aws:iam::123456789012:role/calloff-execution",
        # Long enough for each of these lives, so that the path of its statuses has no hole.
        "max_history": 400,
    }
    return Settings(**{**needed, **changes})
