"""StopTask, in every status."""

import pytest

from localcloud.ecs.runtimes.simulated import Behaviour
from tests.ecs.bench import CLUSTER, Bench, key


@pytest.mark.parametrize(
    ("seconds", "status"),
    [(0, "PROVISIONING"), (10, "PENDING"), (12, "ACTIVATING"), (15, "ACTIVATING"), (20, "RUNNING")],
)
def test_a_stop_is_taken_in_every_status(slow: Bench, seconds: float, status: str) -> None:
    slow.runtime.script = lambda _: Behaviour(starts=2)
    arn = slow.run()
    slow.clock.advance(seconds if status != "RUNNING" else 22)
    assert slow.status(arn)[0] == status

    slow.ecs.stop_task(cluster=CLUSTER, task=arn, reason="enough")
    slow.clock.advance(60)

    task = slow.task(arn)
    assert (task["lastStatus"], task["stopCode"], task["stoppedReason"]) == ("STOPPED", "UserInitiated", "enough")
    assert not slow.engine.truth(slow.engine.tasks()[0])["main"].alive


@pytest.mark.parametrize("seconds", [0, 10, 12])
def test_a_task_stopped_before_its_container_started_never_starts_it(slow: Bench, seconds: float) -> None:
    slow.runtime.script = lambda _: Behaviour(starts=2)
    arn = slow.run()
    slow.clock.advance(seconds)
    slow.ecs.stop_task(cluster=CLUSTER, task=arn)
    slow.clock.advance(60)

    assert slow.runtime.launched == []
    task = slow.task(arn)
    assert "executionStoppedAt" not in task
    assert task["containers"][0]["lastStatus"] == "STOPPED"
    assert "exitCode" not in task["containers"][0]


@pytest.mark.parametrize("seconds", [0, 10])
def test_a_task_stopped_before_it_had_a_place_never_gets_one(slow: Bench, seconds: float) -> None:
    arn = slow.run()
    slow.clock.advance(seconds)
    slow.ecs.stop_task(cluster=CLUSTER, task=arn)
    slow.clock.advance(60)

    seen = [detail["lastStatus"] for detail in slow.told(arn)]
    assert seen[-2:] == ["DEPROVISIONING", "STOPPED"]
    assert "ACTIVATING" not in seen


def test_stopping_again_succeeds_and_changes_nothing(bench: Bench) -> None:
    bench.runtime.script = lambda _: Behaviour(stops=5)
    arn = bench.running()
    bench.ecs.stop_task(cluster=CLUSTER, task=arn, reason="first")
    bench.clock.advance(1)
    before = bench.task(arn)["version"]

    again = bench.ecs.stop_task(cluster=CLUSTER, task=arn, reason="second")["task"]

    assert (again["version"], again["stoppedReason"]) == (before, "first")
    assert bench.runtime.signals == [(key(arn), "TERM")]


def test_stopping_a_stopped_task_succeeds(bench: Bench) -> None:
    arn = bench.running()
    bench.exit(arn)

    task = bench.ecs.stop_task(cluster=CLUSTER, task=arn, reason="late")["task"]

    assert (task["lastStatus"], task["stopCode"]) == ("STOPPED", "EssentialContainerExited")


def test_the_reason_is_cut_at_255_characters(bench: Bench) -> None:
    arn = bench.running()
    task = bench.ecs.stop_task(cluster=CLUSTER, task=arn, reason="x" * 300)["task"]
    assert task["stoppedReason"] == "x" * 255


def test_without_a_reason_ecs_gives_its_own(bench: Bench) -> None:
    task = bench.ecs.stop_task(cluster=CLUSTER, task=bench.running())["task"]
    assert task["stoppedReason"] == "Task stopped by user"


def test_a_stop_deletes_the_tags(bench: Bench) -> None:
    arn = bench.running(tags=[{"key": "whose", "value": "ours"}])
    bench.ecs.stop_task(cluster=CLUSTER, task=arn)
    assert bench.ecs.list_tags_for_resource(resourceArn=arn)["tags"] == []


def test_an_unknown_task_is_not_found(bench: Bench) -> None:
    with pytest.raises(bench.ecs.exceptions.InvalidParameterException, match="referenced task was not found"):
        bench.ecs.stop_task(cluster=CLUSTER, task="0" * 32)


def test_an_unknown_cluster_is_not_found(bench: Bench) -> None:
    with pytest.raises(bench.ecs.exceptions.ClusterNotFoundException):
        bench.ecs.stop_task(cluster="elsewhere", task=bench.run())


def test_an_arn_of_another_cluster_is_refused(bench: Bench) -> None:
    bench.ecs.create_cluster(clusterName="other")
    with pytest.raises(bench.ecs.exceptions.InvalidParameterException, match="Your cluster is other"):
        bench.ecs.stop_task(cluster="other", task=bench.run())
