"""What `Containers` promises: of the double, and of the adapter in front of the ECS endpoint."""

from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
import pytest

from chalicelib import fargate
from chalicelib.aws.ecs import FargateContainers
from chalicelib.ports import (
    Containers,
    Found,
    Launched,
    NotThere,
    Registered,
    Rejected,
    Stopping,
    Undefined,
    Unstopped,
)
from chalicelib.report import Report
from chalicelib.task import Task
from localcloud.ecs import Arns, Engine, HeldClock, inprocess
from localcloud.ecs import Settings as EngineSettings
from localcloud.ecs.runtimes.simulated import SimulatedRuntime
from tests.doubles.containers import CLUSTER, MemoryContainers
from tests.doubles.examples import OTHER_ARN, SPEC, a_task
from tests.doubles.world import settings

DEFINITION = fargate.task_definition(SPEC, 30, settings())


class Account(Protocol):
    """An account's ECS, of which a test may ask what no caller could."""

    containers: Containers

    def run(self, arn: str) -> None:
        """Let a container come to run."""

    def end(self, arn: str) -> None:
        """Let it exit 0 by itself."""


@dataclass
class InMemory:
    containers: MemoryContainers

    def run(self, arn: str) -> None:
        self.containers.becomes(arn, "running")

    def end(self, arn: str) -> None:
        self.containers.becomes(arn, "exited-0")


@dataclass
class OnEndpoint:
    containers: FargateContainers
    runtime: SimulatedRuntime
    clock: HeldClock

    def run(self, arn: str) -> None:
        self.clock.advance(60)

    def end(self, arn: str) -> None:
        self.clock.advance(60)
        [key] = [key for key in self.runtime.launched if arn.endswith(key.task_id)]
        self.runtime.exit(key, 0)
        self.clock.advance(60)


def on_endpoint() -> OnEndpoint:
    clock = HeldClock()
    runtime = SimulatedRuntime(clock)
    engine = Engine(
        runtime, settings=EngineSettings(arns=Arns("us-east-1", "123456789012"), clusters=(CLUSTER,)), clock=clock
    )
    engine.open()
    client = inprocess.client(engine)
    return OnEndpoint(FargateContainers(lambda: client), runtime, clock)


@pytest.fixture(params=["memory", "endpoint"])
def account(request) -> Account:
    return InMemory(MemoryContainers()) if request.param == "memory" else on_endpoint()


@pytest.fixture
def ecs(account) -> Containers:
    return account.containers


def a_request(task: Task | None = None, **parts: Any) -> dict[str, Any]:
    placed = fargate.placement(DEFINITION, settings())
    task = msgspec.structs.replace(task or a_task(), placement=placed)
    return {**fargate.run_request(task, "test", "a-token"), **parts}


def launched(ecs: Containers, request: dict[str, Any]) -> Launched:
    assert ecs.register(DEFINITION) == Registered()
    outcome = ecs.run(request)
    assert isinstance(outcome, Launched), outcome
    return outcome


def reading(ecs: Containers, arn: str) -> Report:
    found = ecs.describe(CLUSTER, [arn])[arn]
    assert isinstance(found, Report)
    return found


def test_what_is_launched_is_new(ecs):
    outcome = launched(ecs, a_request())
    assert f"task/{CLUSTER}/" in outcome.arn


def test_the_same_request_finds_the_same_container(ecs):
    request = a_request()
    first = launched(ecs, request)
    assert ecs.run(request) == first


def test_the_same_request_finds_it_also_when_it_has_run(account, ecs):
    request = a_request()
    first = launched(ecs, request)
    account.end(first.arn)
    again = ecs.run(request)
    assert isinstance(again, Launched)
    assert again.arn == first.arn


def test_another_attempt_is_another_container(ecs):
    task = a_task()
    first = launched(ecs, a_request(task))
    second = launched(ecs, a_request(msgspec.structs.replace(task, attempt=2)))
    assert first.arn != second.arn


def test_our_token_with_other_parameters_finds_what_it_launched(ecs):
    task = a_task()
    first = launched(ecs, a_request(task))
    other = a_request(task, overrides={"containerOverrides": [{"name": "main", "command": ["other"]}]})
    adopted = ecs.run(other)
    assert isinstance(adopted, Launched)
    assert adopted.arn == first.arn


def test_a_definition_that_is_not_registered_is_undefined(ecs):
    assert isinstance(ecs.run(a_request()), Undefined)


def test_what_was_undefined_launches_after_it_is_registered(ecs):
    request = a_request()
    ecs.run(request)
    launched(ecs, request)


def test_a_cluster_that_is_not_there_is_a_refusal_for_good(ecs):
    ecs.register(DEFINITION)
    assert isinstance(ecs.run(a_request(cluster="elsewhere")), Rejected)


def test_a_definition_can_be_registered_again(ecs):
    assert [ecs.register(DEFINITION) for _ in range(2)] == [Registered()] * 2


def test_a_container_can_be_stopped_and_stopped_again(ecs):
    arn = launched(ecs, a_request()).arn
    assert [ecs.stop(CLUSTER, arn, "calloff/1/user") for _ in range(2)] == [Stopping()] * 2


def test_a_stopped_container_can_be_stopped(account, ecs):
    arn = launched(ecs, a_request()).arn
    account.end(arn)
    assert ecs.stop(CLUSTER, arn, "calloff/1/user") == Stopping()


def test_what_is_not_there_is_not_stopped(ecs):
    assert isinstance(ecs.stop(CLUSTER, OTHER_ARN, "calloff/1/user"), Unstopped)
    arn = launched(ecs, a_request()).arn
    assert isinstance(ecs.stop("elsewhere", arn, "calloff/1/user"), Unstopped)


def test_a_container_is_described_with_its_mark(ecs):
    task = a_task()
    arn = launched(ecs, a_request(task)).arn
    report = reading(ecs, arn)
    assert (report.arn, report.started_by, report.dead) == (arn, f"calloff/test/{task.id}/1", False)
    assert report.cluster_arn.endswith(f"cluster/{CLUSTER}")


def test_a_description_grows_in_version(account, ecs):
    arn = launched(ecs, a_request()).arn
    before = reading(ecs, arn)
    account.run(arn)
    now = reading(ecs, arn)
    assert now.last_status == "RUNNING"
    assert now.version > before.version
    assert now.started_at is not None


def test_an_end_is_described(account, ecs):
    arn = launched(ecs, a_request()).arn
    account.end(arn)
    report = reading(ecs, arn)
    assert report.dead
    assert (report.termination.exit_code, report.termination.stop_code) == (0, "EssentialContainerExited")


def test_each_container_that_is_asked_for_is_answered(ecs):
    arns = [launched(ecs, a_request()).arn for _ in range(3)]
    readings = ecs.describe(CLUSTER, [*arns, OTHER_ARN])
    assert readings.keys() == {*arns, OTHER_ARN}
    assert readings[OTHER_ARN] == NotThere()


def test_asking_for_none_is_answered_with_none(ecs):
    assert ecs.describe(CLUSTER, []) == {}


def test_a_mark_finds_its_containers_dead_and_alive(account, ecs):
    task = a_task()
    request = a_request(task)
    launched(ecs, a_request())
    arn = launched(ecs, request).arn
    assert found(ecs.find(CLUSTER, request["startedBy"])) == [arn]
    account.end(arn)
    assert found(ecs.find(CLUSTER, request["startedBy"])) == [arn]


def test_a_mark_that_nobody_carries_finds_nothing(ecs):
    launched(ecs, a_request())
    assert found(ecs.find(CLUSTER, "calloff/test/none/1")) == []


def test_all_containers_of_a_cluster_are_found(account, ecs):
    arns = [launched(ecs, a_request()).arn for _ in range(3)]
    account.end(arns[0])
    assert sorted(found(ecs.find_all(CLUSTER))) == sorted(arns)


def found(outcome: object) -> list[str]:
    assert isinstance(outcome, Found)
    return [report.arn for report in outcome.reports]


def test_a_cluster_is_active_or_not_known(ecs):
    assert ecs.cluster_active(CLUSTER)
    assert not ecs.cluster_active("elsewhere")
