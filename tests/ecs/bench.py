"""A held engine on simulated containers, with a real boto3 client and the events that it told of."""

from __future__ import annotations

from typing import Any

from localcloud.ecs import Delays, DirectSink, Engine, HeldClock, MemoryJournal, Settings
from localcloud.ecs.inprocess import client
from localcloud.ecs.runtimes.port import Key
from localcloud.ecs.runtimes.simulated import SimulatedRuntime

CLUSTER = "calloff"
DEFINITION: dict[str, Any] = {
    "family": "job",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "containerDefinitions": [{"name": "main", "image": "calloff/busybox:latest", "command": ["sleep", "60"]}],
}
RUN: dict[str, Any] = {
    "cluster": CLUSTER,
    "taskDefinition": "job",
    "launchType": "FARGATE",
    "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-0f1e2d3c4b5a69788"]}},
}
SLOW = Delays(provisioning=10, pending=2, activating=8, deactivating=1, deprovisioning=25)


class Bench:
    """The engine and everything around it. `crash` loses the engine and starts another on the same journal."""

    def __init__(self, **settings: Any) -> None:
        self.settings = Settings(clusters=(CLUSTER,), **settings)
        self.clock = HeldClock()
        self.journal = MemoryJournal()
        self.runtime = SimulatedRuntime(self.clock)
        self.events: list[dict[str, Any]] = []
        self.deaf = False
        self.open()
        self.ecs.register_task_definition(**DEFINITION)

    def open(self) -> None:
        sink = DirectSink(self._take)
        self.engine = Engine(self.runtime, settings=self.settings, clock=self.clock, journal=self.journal, sinks=[sink])
        self.engine.open()
        self.ecs = client(self.engine)

    def crash(self) -> None:
        self.engine.abandon()
        self.open()

    def _take(self, event: dict[str, Any]) -> None:
        if self.deaf:
            raise ConnectionError("nobody listens")
        self.events.append(event)

    def run(self, **more: Any) -> str:
        """Run a task and answer its ARN."""
        arn: str = self.ecs.run_task(**{**RUN, **more})["tasks"][0]["taskArn"]
        return arn

    def running(self, **more: Any) -> str:
        """Run a task, let it come to RUNNING, and answer its ARN."""
        arn = self.run(**more)
        delays = self.settings.delays
        self.clock.advance(delays.provisioning + delays.pending + delays.activating)
        assert self.task(arn)["lastStatus"] == "RUNNING"
        return arn

    def task(self, arn: str) -> Any:
        return self.ecs.describe_tasks(cluster=CLUSTER, tasks=[arn])["tasks"][0]

    def status(self, arn: str) -> tuple[str, str]:
        task = self.task(arn)
        return task["lastStatus"], task["desiredStatus"]

    def told(self, arn: str) -> list[Any]:
        """Answer the details of the events about a task, in the order of their arrival."""
        return [event["detail"] for event in self.events if event["resources"] == [arn]]

    def exit(self, arn: str, code: int = 0, reason: str | None = None) -> None:
        self.runtime.exit(key(arn), code, reason)
        self.clock.advance()


def key(arn: str, container: str = "main") -> Key:
    return Key(arn.rpartition("/")[2], container)
