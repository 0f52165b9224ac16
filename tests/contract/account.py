"""Calloff as `bootstrap` wires it: DynamoDB on MiniStack, ECS on the endpoint in this process, served through `app`."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from app import ecs_task_changed
from chalicelib import bootstrap
from chalicelib.aws import clients
from chalicelib.aws.ecs import FargateContainers
from chalicelib.definitions import ensure
from chalicelib.fargate import task_definition
from chalicelib.ports import Ports, Registered
from chalicelib.task import Spec, Task
from localcloud.ecs import Arns, Engine, HeldClock, inprocess
from localcloud.ecs import Settings as EngineSettings
from localcloud.ecs.runtimes.simulated import SimulatedRuntime
from tests.doubles.api import Answer, request, wired
from tests.doubles.containers import CLUSTER
from tests.doubles.reports import described, event
from tests.doubles.wire import Wire, tapped
from tests.doubles.world import World, settings

BODY: dict[str, Any] = {"image": "busybox", "command": ["sleep", "60"]}


@dataclass
class Account:
    """An account whose wires a test may tap."""

    ports: Ports
    engine: Engine
    dynamodb: Wire
    ecs: Wire
    _before: Counter[str] = field(default_factory=Counter)

    def task(self, answer: Answer) -> Task:
        """The record of the task that was answered."""
        task = self.ports.store.get(answer.json["id"])
        assert isinstance(task, Task)
        return task

    def again(self, task: Task) -> Task:
        """The record as it is now."""
        now = self.ports.store.get(task.id)
        assert isinstance(now, Task)
        return now

    @property
    def launched(self) -> str:
        """The ARN of the one container that was ever launched."""
        [container] = self.engine.tasks()
        return self.engine.settings.arns.of("task", f"{container.cluster}/{container.task_id}")

    def warm_up(self) -> None:
        """Register the task definition of `BODY`."""
        spec = Spec(image=BODY["image"], cpu=256, memory=512)
        assert ensure(self.ports, task_definition(spec, 30, self.ports.settings)) == Registered()

    def calls(self) -> dict[str, int]:
        """The calls since this was asked last."""
        now = self.dynamodb.sent + self.ecs.sent
        new = now - self._before
        self._before = now
        return dict(new)

    def submitted(self) -> Task:
        """Submit a task."""
        task = self.task(request("POST", "/tasks", BODY))
        self.calls()
        return task

    def report(self, task: Task, name: str, version: int) -> None:
        """Hand in ECS's event of the task's container."""
        detail = described(name, taskArn=task.ecs_arn, startedBy=f"calloff/test/{task.id}/1", version=version)
        ecs_task_changed(event(detail), None)

    def running(self) -> Task:
        """Submit a task, and report that it runs."""
        task = self.submitted()
        self.report(task, "running", 4)
        self.calls()
        return task


@contextmanager
def opened(table: str) -> Iterator[Account]:
    """Open an account with this table, at the `AWS_ENDPOINT_URL` of the environment."""
    clock = HeldClock()
    of = EngineSettings(arns=Arns("us-east-1", "123456789012"), clusters=(CLUSTER,))
    engine = Engine(SimulatedRuntime(clock), settings=of, clock=clock)
    engine.open()
    ecs = inprocess.client(engine)
    used = settings(table=table, settings_cache_s=3600)
    ports = replace(bootstrap.wire(used), containers=FargateContainers(lambda: ecs), clock=World().clock)
    # The switches are read now and then, for all the requests of a process.
    assert not ports.switches.frozen()
    with ExitStack() as stack:
        stack.enter_context(wired(ports))
        dynamodb_wire, ecs_wire = (stack.enter_context(tapped(each)) for each in (clients.dynamodb(used), ecs))
        yield Account(ports, engine, dynamodb_wire, ecs_wire)
    engine.close()
