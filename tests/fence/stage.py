"""The stage of the launch fence's tests: Calloff's ports, the endpoint behind them, and what can be seen there.

The records are in memory (the contract tests hold them to DynamoDB). The endpoint is `localcloud.ecs` behind the very
client that Calloff makes for itself; its containers are simulated. One held clock is the time of both. Events of ECS
wait in `heard`, until the test hands them over, in any order, any number of times, or never.
"""

import json
import random
from collections import defaultdict, deque
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from chalicelib.aws import clients
from chalicelib.aws.ecs import FargateContainers
from chalicelib.config import Settings
from chalicelib.ports import Ports
from chalicelib.submit import task_id
from chalicelib.task import Task
from localcloud.ecs import DirectSink, Engine, HeldClock
from localcloud.ecs import Settings as EngineSettings
from localcloud.ecs.delays import FARGATE
from localcloud.ecs.inprocess import _serve
from localcloud.ecs.render import task_arn
from localcloud.ecs.runtimes.port import Key
from localcloud.ecs.runtimes.simulated import SimulatedRuntime
from tests.doubles.instants import Instants
from tests.doubles.memory import MemoryDefinitionStore, MemoryNoteStore
from tests.doubles.services import HeldSwitches, MemoryLogs, MemoryQueue, MemorySlots, MemoryTimers
from tests.doubles.wire import Step
from tests.doubles.world import KEY, KEYS
from tests.fence.gate import Gate, Gated, RepeatableStore
from tests.fence.watch import Watch

CLUSTER = "calloff"

DEPLOYMENT = "fence"


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


class Stage:
    """The ports, the endpoint behind them, and all that can be seen of both."""

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
        self.notes = MemoryNoteStore(self.store)
        self.definitions = MemoryDefinitionStore()
        self.switches = HeldSwitches()
        self.queue = MemoryQueue()
        self.watch = Watch(self.engine, self.store, self.settings.deployment, self.settings.max_history)
        self.gate = Gate(self._on_call, self.watch.look)
        self.wire = Wire(self.engine)
        # The client that Calloff makes for itself, a new one for each world.
        self.ecs = clients.ecs.__wrapped__(self.settings)
        self.ecs.meta.events.register("before-send.ecs", self.wire)

    @property
    def ports(self) -> Ports:
        return Ports(
            store=Gated(self.store, self.gate),
            notes=self.notes,
            definitions=Gated(self.definitions, self.gate),
            slots=MemorySlots(),
            containers=Gated(FargateContainers(lambda: self.ecs), self.gate),
            timers=MemoryTimers(),
            queue=Gated(self.queue, self.gate),
            switches=self.switches,
            logs=MemoryLogs(),
            clock=Instants(self.clock),
            keys=KEYS,
            settings=self.settings,
        )

    def advance(self, seconds: float) -> None:
        """Let time pass; ECS works on."""
        self.clock.advance(seconds)
        self.look()

    def look(self) -> None:
        """Let ECS do what it does at once, and look whether all is well at this moment."""
        self.clock.advance()
        self.watch.look()
        self.watch.assert_clean()

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

    @property
    def task(self) -> Task:
        """The record of the one task."""
        return self.record("one")

    def record(self, key: str) -> Task:
        record = self.store.get(id_of(key))
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

    def runs(self, arn: str) -> bool:
        """Tell whether the container itself runs."""
        key = Key(arn.rpartition("/")[2], "main")
        return self.runtime.truths([key])[key].alive

    def describe(self, arn: str) -> Any:
        return self.engine.call("DescribeTasks", {"cluster": CLUSTER, "tasks": [arn]})["tasks"][0]

    def _records(self) -> list[Task]:
        return list(self.store.get_many(self.store.ids()).values())

    def _hear(self, event: dict[str, Any]) -> None:
        self.heard.append(event)
        self.watch.look()

    def _on_call(self, name: str, args: tuple[Any, ...]) -> None:
        if name == "stop":
            self.watch.stop_is_sent(args[1])


def id_of(key: str) -> str:
    return task_id(DEPLOYMENT, "alice", key)


def _settings(**changes: Any) -> Settings:
    needed: dict[str, Any] = {
        "deployment": DEPLOYMENT,
        "auth": "local",
        "key": KEY,
        "table": "calloff",
        "cluster": CLUSTER,
        "subnets": ("subnet-0f1e2d3c4b5a69788",),
        "execution_role_arn": "arn:aws:iam::123456789012:role/calloff-execution",
        # Long enough for each of these lives, so that the path of its statuses has no hole.
        "max_history": 400,
    }
    return Settings(**{**needed, **changes})
