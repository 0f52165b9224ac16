"""What ECS will not launch now waits, comes back through the queue, and can be called off at any moment."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from localcloud import waiting
from tests.stack.caller import PATIENCE_S, TRAPS, Caller
from tests.stack.ecs import Ecs

RELAUNCHES = "POST /_localcloud/events/relaunch "
SWEEPS = '"event":"swept"'


@pytest.fixture
def cloud(hasty):
    return hasty


def events_of(task: dict) -> list[str]:
    return [move["event"] for move in task["history"]]


def told(cloud, words: str) -> int:
    """How often the handlers' log has these words."""
    return cloud.parts["events"].log.read_text().count(words)


@pytest.mark.parametrize(
    "fault", ["throttle", "throttle_disguised", "failures"], ids=["throttled", "throttled-in-disguise", "no-capacity"]
)
def test_a_launch_that_was_refused_for_now_comes_back_through_the_queue(cloud, alice: Caller, ecs: Ecs, fault):
    before = told(cloud, RELAUNCHES)
    ecs.faults(once=[{"on": "RunTask", "fault": fault}])
    task = alice.submit(TRAPS)
    assert task["status"] == "pending"
    running = alice.until(task["id"], "running")
    assert running["attempt"] == 2
    assert events_of(running)[:3] == ["submitted", "launch_deferred", "claimed"]
    assert len(ecs.of(task["id"])) == 1
    assert told(cloud, RELAUNCHES) > before


def test_a_task_that_found_no_capacity_after_its_launch_is_launched_again(alice: Caller, ecs: Ecs):
    ecs.faults(once=[{"on": "start", "fault": "fails", "reason": "Capacity is unavailable at this time."}])
    running = alice.running(TRAPS)
    assert running["attempt"] == 2
    assert "start_deferred" in events_of(running)
    assert sum(each["alive"] for each in ecs.of(running["id"])) == 1


@pytest.mark.parametrize("fault", ["apply_then_500", "apply_then_timeout", "refuse_500", "timeout", "apply_late"])
def test_a_launch_of_which_nobody_knows_is_sent_again_and_makes_one_container(alice: Caller, ecs: Ecs, fault):
    ecs.faults(once=[{"on": "RunTask", "fault": fault}], seconds={"late": 1, "hold": 2})
    running = alice.until(alice.submit(TRAPS)["id"], "running")
    assert running["attempt"] == 1
    assert len(ecs.of(running["id"])) == 1


def test_a_waiting_task_is_cancelled_at_once_and_for_good(alice: Caller, ecs: Ecs):
    ecs.faults(calls={"RunTask:failures": 1})
    task = alice.submit(TRAPS)
    answer = alice.cancel(task["id"])
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert (answer.json()["termination"]["how"], answer.json()["termination"]["proof"]) == (
        "never_started",
        "never_launched",
    )
    ecs.calm()
    # A later one is launched; this one, which waited before it, is not.
    alice.running(TRAPS)
    assert ecs.of(task["id"]) == []
    assert alice.show(task["id"]) == answer.json()


@pytest.fixture
def freeze(cloud, amazon) -> Iterator[Any]:
    """The operator's switch."""
    dynamodb, table = amazon("dynamodb"), cloud.environment["CALLOFF_TABLE"]

    def switch(*, on: bool) -> None:
        key = {"pk": {"S": "switches"}, "sk": {"S": "switches"}}
        value = {":on": {"BOOL": on}}
        dynamodb.update_item(
            TableName=table, Key=key, UpdateExpression="SET frozen = :on", ExpressionAttributeValues=value
        )
        # Until each process has read it anew.
        time.sleep(float(cloud.environment["CALLOFF_SETTINGS_CACHE_S"]) + 0.2)

    yield switch
    switch(on=False)


def test_a_freeze_stops_launching_goes_on_cancelling_and_thaws(cloud, alice: Caller, ecs: Ecs, witness, freeze):
    running = alice.running(TRAPS)
    freeze(on=True)
    waits, called_off = alice.submit(TRAPS), alice.submit(TRAPS)
    assert (waits["status"], called_off["status"]) == ("pending", "pending")
    assert alice.cancel(called_off["id"]).json()["status"] == "cancelled"
    assert alice.cancel(running["id"]).status_code == 202
    alice.until(running["id"], "cancelled")
    assert not witness.look(running["id"]).alive
    swept = told(cloud, SWEEPS)
    waiting.until(lambda: told(cloud, SWEEPS) >= swept + 2, "two sweeps", PATIENCE_S)
    assert (alice.show(waits["id"])["status"], alice.show(waits["id"])["attempt"]) == ("pending", 0)
    freeze(on=False)
    assert alice.until(waits["id"], "running")["attempt"] == 1
    assert ecs.of(called_off["id"]) == []
