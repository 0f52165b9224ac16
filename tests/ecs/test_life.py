"""The life of a task on a held clock: which status when, which stamp with it."""

import pytest

from localcloud.ecs.runtimes.port import OUT_OF_MEMORY
from localcloud.ecs.runtimes.simulated import Behaviour
from tests.ecs.bench import CLUSTER, DEFINITION, RUN, Bench, key

ALL = ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"]


def statuses(bench: Bench, arn: str) -> list[str]:
    seen = [detail["lastStatus"] for detail in bench.told(arn)]
    return [status for place, status in enumerate(seen) if status not in seen[:place]]


def test_run_task_answers_before_anything_has_begun(bench: Bench) -> None:
    task = bench.ecs.run_task(**RUN)["tasks"][0]

    assert (task["lastStatus"], task["desiredStatus"], task["version"]) == ("PROVISIONING", "RUNNING", 1)
    assert task["attachments"][0]["status"] == "PRECREATED"
    assert task["attachments"][0]["type"] == "ElasticNetworkInterface"
    assert [each["lastStatus"] for each in task["containers"]] == ["PENDING"]
    assert bench.runtime.launched == []


def test_each_step_takes_its_delay(slow: Bench) -> None:
    arn = slow.run()
    seen = []
    for seconds in (9.9, 0.2, 1.8, 0.2, 7.8, 0.2):
        slow.clock.advance(seconds)
        seen.append(slow.status(arn)[0])

    assert seen == ["PROVISIONING", "PENDING", "PENDING", "ACTIVATING", "ACTIVATING", "RUNNING"]


def test_a_stopped_task_went_through_every_status_in_order(slow: Bench) -> None:
    arn = slow.running()
    slow.ecs.stop_task(cluster=CLUSTER, task=arn)
    slow.clock.advance(60)

    assert statuses(slow, arn) == ALL
    versions = [detail["version"] for detail in slow.told(arn)]
    assert versions == list(range(1, len(versions) + 1))


def test_a_task_that_ends_by_itself_goes_through_every_status_too(slow: Bench) -> None:
    arn = slow.running()
    slow.exit(arn, 0)
    slow.clock.advance(60)

    assert statuses(slow, arn) == ALL
    task = slow.task(arn)
    assert task["stopCode"] == "EssentialContainerExited"
    assert task["stoppedReason"] == "Essential container in task exited"
    assert task["containers"][0]["exitCode"] == 0


def test_desired_status_flips_before_last_status(bench: Bench) -> None:
    arn = bench.running()
    answer = bench.ecs.stop_task(cluster=CLUSTER, task=arn)["task"]

    assert (answer["lastStatus"], answer["desiredStatus"]) == ("RUNNING", "STOPPED")
    bench.clock.advance()
    assert ("RUNNING", "STOPPED") in [(each["lastStatus"], each["desiredStatus"]) for each in bench.told(arn)]


def test_the_stamps_come_in_their_order(slow: Bench) -> None:
    slow.runtime.script = lambda _: Behaviour(starts=3, stops=5)
    arn = slow.run()
    slow.clock.advance(30)
    slow.ecs.stop_task(cluster=CLUSTER, task=arn)
    slow.clock.advance(60)

    task = slow.task(arn)
    names = [
        "createdAt",
        "connectivityAt",
        "pullStartedAt",
        "pullStoppedAt",
        "startedAt",
        "stoppingAt",
        "executionStoppedAt",
        "stoppedAt",
    ]
    stamps = [task[name].timestamp() - task["createdAt"].timestamp() for name in names]
    assert stamps == pytest.approx([0, 10, 12, 15, 23, 31, 36, 61], abs=0.01)


def test_execution_stopped_comes_with_deprovisioning_and_dead_containers_only(slow: Bench) -> None:
    arn = slow.running()
    slow.ecs.stop_task(cluster=CLUSTER, task=arn)
    slow.clock.advance(60)

    first = next(detail for detail in slow.told(arn) if "executionStoppedAt" in detail)
    assert first["lastStatus"] == "DEPROVISIONING"
    assert [each["lastStatus"] for each in first["containers"]] == ["STOPPED"]
    assert first["attachments"][0]["status"] == "DETACHING"
    assert "stoppedAt" not in first


def test_sigkill_follows_sigterm_after_the_stop_timeout(bench: Bench) -> None:
    bench.runtime.script = lambda _: Behaviour(stops=None)
    arn = bench.running()
    bench.ecs.stop_task(cluster=CLUSTER, task=arn)
    bench.clock.advance(29.9)
    assert bench.runtime.signals == [(key(arn), "TERM")]
    assert bench.status(arn) == ("STOPPING", "STOPPED")

    bench.clock.advance(0.2)

    assert bench.runtime.signals == [(key(arn), "TERM"), (key(arn), "KILL")]
    assert bench.task(arn)["containers"][0]["exitCode"] == 137


def test_a_containers_own_stop_timeout_counts(bench: Bench) -> None:
    bench.runtime.script = lambda _: Behaviour(stops=None)
    containers = [{**DEFINITION["containerDefinitions"][0], "stopTimeout": 7}]
    bench.ecs.register_task_definition(**{**DEFINITION, "containerDefinitions": containers})
    arn = bench.running()
    bench.ecs.stop_task(cluster=CLUSTER, task=arn)
    bench.clock.advance(6.9)
    assert bench.status(arn)[0] == "STOPPING"
    bench.clock.advance(0.2)
    assert bench.status(arn)[0] == "STOPPED"


def test_a_start_that_fails_is_told_late(bench: Bench) -> None:
    reason = "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref"
    bench.runtime.script = lambda _: Behaviour(fails=reason)
    arn = bench.run()
    bench.clock.advance()

    task = bench.task(arn)
    assert (task["lastStatus"], task["stopCode"], task["stoppedReason"]) == ("STOPPED", "TaskFailedToStart", reason)
    assert "executionStoppedAt" not in task
    assert "startedAt" not in task
    assert "exitCode" not in task["containers"][0]


def test_out_of_memory_is_the_containers_reason(bench: Bench) -> None:
    arn = bench.running()
    bench.exit(arn, 137, OUT_OF_MEMORY)

    container = bench.task(arn)["containers"][0]
    assert (container["exitCode"], container["reason"]) == (137, OUT_OF_MEMORY)


def test_a_sidecar_goes_with_the_essential_container(bench: Bench) -> None:
    main = DEFINITION["containerDefinitions"][0]
    containers = [main, {**main, "name": "side", "essential": False, "stopTimeout": 5}]
    bench.ecs.register_task_definition(**{**DEFINITION, "containerDefinitions": containers})
    bench.runtime.script = lambda launch: Behaviour(stops=None if launch.key.container == "side" else 0)
    arn = bench.running()

    bench.exit(arn, 3)
    assert bench.status(arn) == ("STOPPING", "STOPPED")
    assert "executionStoppedAt" not in bench.task(arn)
    bench.clock.advance(5)

    codes = {each["name"]: each["exitCode"] for each in bench.task(arn)["containers"]}
    assert codes == {"main": 3, "side": 137}


def test_a_sidecars_end_changes_nothing_else(bench: Bench) -> None:
    main = DEFINITION["containerDefinitions"][0]
    containers = [main, {**main, "name": "side", "essential": False}]
    bench.ecs.register_task_definition(**{**DEFINITION, "containerDefinitions": containers})
    arn = bench.running()

    bench.runtime.exit(key(arn, "side"), 0)
    bench.clock.advance()

    assert bench.status(arn) == ("RUNNING", "RUNNING")


def test_a_stopped_task_is_missing_after_an_hour(bench: Bench) -> None:
    arn = bench.running()
    bench.exit(arn)
    bench.clock.advance(3599)
    assert bench.status(arn)[0] == "STOPPED"

    bench.clock.advance(1)

    answer = bench.ecs.describe_tasks(cluster=CLUSTER, tasks=[arn])
    assert answer["tasks"] == []
    assert answer["failures"] == [{"arn": arn, "reason": "MISSING"}]


def test_spot_takes_its_task_back(bench: Bench) -> None:
    arn = bench.running()
    bench.engine.interrupt(arn, "SpotInterruption", "Your Spot Task was interrupted.")
    bench.clock.advance()

    assert bench.task(arn)["stopCode"] == "SpotInterruption"
    assert bench.runtime.signals == [(key(arn), "TERM")]
