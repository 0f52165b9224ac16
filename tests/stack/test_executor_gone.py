"""ECS pauses, dies, loses what it had to tell: each task comes to its true end, unasked."""

import httpx
import pytest

from localcloud import waiting
from tests.stack.caller import PATIENCE_S, TRAPS, Caller
from tests.stack.ecs import Ecs
from tests.stack.nudge import ends_when_told, find_bell


@pytest.fixture
def cloud(hasty):
    yield hasty
    hasty.resume("ecs")
    if not hasty.parts["ecs"].running:
        hasty.restart("ecs")


def events_lost(task_id: str = "") -> dict[str, object]:
    return {"on": "event", "fault": "lost", "times": 100, "match": task_id}


def test_a_cancellation_while_ecs_is_away_is_carried_out_when_it_is_back(cloud, alice: Caller, witness):
    task = alice.ready(TRAPS)
    assert witness.look(task["id"]).alive
    cloud.pause("ecs")
    answer = alice.cancel(task["id"])
    assert (answer.status_code, answer.json()["status"]) == (202, "cancelling")
    assert witness.look(task["id"]).alive
    cloud.resume("ecs")
    ended = alice.until(task["id"], "cancelled")
    assert not witness.look(task["id"]).alive
    assert (ended["termination"]["how"], ended["cancellation"]["requests"]) == ("graceful", 1)


def test_a_cancellation_while_ecs_is_dead_is_carried_out_by_the_next_one(cloud, alice: Caller, witness):
    task = alice.ready(TRAPS)
    assert witness.look(task["id"]).alive
    cloud.kill("ecs")
    assert alice.cancel(task["id"]).status_code == 202
    assert alice.cancel(task["id"]).json()["status"] == "cancelling"
    assert witness.look(task["id"]).alive
    cloud.restart("ecs")
    ended = alice.until(task["id"], "cancelled")
    assert not witness.look(task["id"]).alive
    assert ended["cancellation"]["requests"] == 2


def test_an_end_while_ecs_is_dead_is_told_by_the_next_one(cloud, alice: Caller, witness):
    short, long = alice.ready(ends_when_told(5)), alice.ready(TRAPS)
    for task in (short, long):
        assert witness.look(task["id"]).alive
    ring = find_bell(cloud, short["id"])
    cloud.kill("ecs")
    ring()
    waiting.until(lambda: not witness.look(short["id"]).alive, "its end", PATIENCE_S)
    assert alice.show(short["id"])["status"] == "running"
    cloud.restart("ecs")
    assert alice.until(short["id"], "failed")["exit_code"] == 5
    assert alice.show(long["id"])["status"] == "running"
    assert witness.look(long["id"]).alive
    assert alice.cancel(long["id"]).status_code == 202
    alice.until(long["id"], "cancelled")
    assert not witness.look(long["id"]).alive


def test_an_end_that_no_event_told_is_found(cloud, alice: Caller, ecs: Ecs, witness):
    task = alice.ready(ends_when_told(6))
    ecs.faults(once=[events_lost(task["id"])])
    find_bell(cloud, task["id"])()
    ended = alice.until(task["id"], "failed")
    assert not witness.look(task["id"]).alive
    assert (ended["exit_code"], ended["termination"]["proof"]) == (6, "ecs_describe")


def test_a_start_that_no_event_told_is_found(alice: Caller, ecs: Ecs):
    ecs.faults(once=[events_lost()])
    task = alice.running(TRAPS)
    ecs.calm()
    assert task["started_at"] is not None
    assert alice.cancel(task["id"]).status_code == 202
    alice.until(task["id"], "cancelled")


def test_the_death_after_a_cancellation_that_no_event_told_is_found(alice: Caller, ecs: Ecs, witness):
    task = alice.ready(TRAPS)
    ecs.faults(once=[events_lost(task["id"])])
    assert alice.cancel(task["id"]).status_code == 202
    ended = alice.until(task["id"], "cancelled")
    assert not witness.look(task["id"]).alive
    assert (ended["termination"]["how"], ended["termination"]["proof"]) == ("graceful", "ecs_describe")


def test_exit_0_in_the_moment_of_the_cancellation_is_still_cancelled(cloud, alice: Caller, ecs: Ecs, witness):
    # No event tells of its end, and nobody looks: it is dead, and the record cannot know it.
    task = alice.ready(ends_when_told(0))
    ecs.faults(once=[events_lost(task["id"])])
    cloud.pause("scheduler")
    try:
        find_bell(cloud, task["id"])()
        waiting.until(lambda: not witness.look(task["id"]).alive, "its end", PATIENCE_S)
        assert alice.cancel(task["id"]).status_code == 202
    finally:
        cloud.resume("scheduler")
    ended = alice.until(task["id"], "cancelled")
    assert (ended["exit_code"], ended["termination"]["how"]) == (0, "exited_on_its_own")


@pytest.mark.parametrize("fault", ["pretend", "throttle", "refuse_500", "timeout"])
def test_a_stop_that_was_lost_is_sent_again(alice: Caller, ecs: Ecs, witness, fault):
    task = alice.ready(TRAPS)
    ecs.faults(once=[{"on": "StopTask", "fault": fault}])
    assert alice.cancel(task["id"]).status_code == 202
    assert alice.until(task["id"], "cancelled")["cancellation"]["requests"] == 1
    assert not witness.look(task["id"]).alive


def test_events_that_come_twice_late_and_out_of_order_tell_the_same(alice: Caller, ecs: Ecs):
    ecs.faults(
        seed=5,
        events={"doubled": 1, "reordered": 1, "redelivered": 1},
        seconds={"event_reorder": 0.8, "event_redelivery": 1.5},
    )
    first, second = alice.submit("sleep 0.3"), alice.submit(TRAPS)
    alice.until(second["id"], "running")
    assert alice.cancel(second["id"]).status_code == 202
    ended = [alice.until(first["id"], "completed"), alice.until(second["id"], "cancelled")]
    waiting.until(lambda: owed(ecs) == 0, "all events to be told", PATIENCE_S)
    assert [alice.show(each["id"]) for each in ended] == ended


def owed(ecs: Ecs) -> int:
    """Events that are still on their way."""
    return httpx.get(f"{ecs.api.meta.endpoint_url}/_localcloud/health", timeout=60, trust_env=False).json()[
        "eventsWaiting"
    ]
