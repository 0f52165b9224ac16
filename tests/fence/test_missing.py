"""MISSING is weak: ECS does not know the container, or not yet, or no longer, or knows nothing at this moment."""

import msgspec
import pytest

from chalicelib.lifecycle import Status
from chalicelib.task import Proof
from localcloud.ecs import Plan
from tests.doubles.wire import answer
from tests.fence.world import HOUR, World

STORM = Plan(calls={"DescribeTasks:missing": 1})
NO_CLUSTER = answer(200, {"clusters": [], "failures": [{"arn": "calloff", "reason": "MISSING"}]})
cancelled_or_not = pytest.mark.parametrize("cancelled", [False, True], ids=["", "cancelled"])


def runs(world: World, key: str = "one") -> None:
    world.submit(key)
    world.advance(25)
    world.deliver(*world.events("RUNNING"))


def ended_unseen(world: World, *, cancelled: bool) -> None:
    """The container ended, which nobody told; ECS has forgotten it by now."""
    runs(world)
    if cancelled:
        world.cancel()
    else:
        world.exit(world.arns[0])
    world.advance(2 * HOUR)


@cancelled_or_not
def test_one_reading_is_nothing(world: World, cancelled):
    runs(world)
    world.advance(2 * HOUR)
    if cancelled:
        world.fault("StopTask", "pretend")
        world.cancel()
        world.advance(60)
    world.fault("DescribeTasks", "missing")
    world.sweep()
    assert world.task.status is (Status.CANCELLING if cancelled else Status.RUNNING)
    assert world.settle() is world.task.status
    assert world.task.status is (Status.CANCELLED if cancelled else Status.RUNNING)


@cancelled_or_not
def test_two_readings_after_more_than_an_hour_are_the_end(world: World, cancelled):
    ended_unseen(world, cancelled=cancelled)
    world.sweeps(5)
    assert world.task.status is (Status.CANCELLING if cancelled else Status.RUNNING)
    world.sweeps(2)
    assert world.task.status is (Status.CANCELLED if cancelled else Status.FAILED)
    assert world.task.termination.proof is Proof.GONE
    assert world.settle() is world.task.status


@cancelled_or_not
def test_readings_of_a_container_that_was_just_seen_are_nothing(world: World, cancelled):
    runs(world)
    if cancelled:
        world.fault("StopTask", "pretend")
        world.cancel()
    world.engine.set_faults(STORM)
    world.sweeps(50)
    assert world.task.status is (Status.CANCELLING if cancelled else Status.RUNNING)
    assert world.settle() is (Status.CANCELLED if cancelled else Status.RUNNING)


def test_a_fresh_container_that_is_not_shown_yet_is_waited_for(world: World):
    world.submit()
    world.engine.set_faults(STORM)
    world.sweeps(30)
    assert world.task.status is Status.STARTING
    assert world.settle() is Status.RUNNING


@cancelled_or_not
def test_a_container_that_was_shown_all_the_time_is_not_gone(world: World, cancelled):
    runs(world)
    if cancelled:
        world.fault("StopTask", "throttle", times=99)
        world.cancel()
    world.sweeps(150)
    world.engine.set_faults(STORM)
    world.sweeps(30)
    assert world.task.status is (Status.CANCELLING if cancelled else Status.RUNNING)
    assert world.settle() is (Status.CANCELLED if cancelled else Status.RUNNING)


@cancelled_or_not
def test_readings_with_a_sight_between_them_do_not_add_up(world: World, cancelled):
    runs(world)
    if cancelled:
        world.fault("StopTask", "throttle", times=99)
        world.cancel()
    world.fault("DescribeTasks", "missing")
    world.sweeps(30)
    assert "missed" in [str(entry.event) for entry in world.task.history]
    world.advance(2 * HOUR)
    world.fault("DescribeTasks", "missing")
    world.sweep()
    assert world.task.status is (Status.CANCELLING if cancelled else Status.RUNNING)
    assert world.settle() is (Status.CANCELLED if cancelled else Status.RUNNING)


@cancelled_or_not
def test_a_cluster_that_is_not_active_misses_everything(world: World, cancelled):
    runs(world)
    world.advance(2 * HOUR)
    if cancelled:
        world.fault("StopTask", "pretend", times=9)
        world.cancel()
    world.engine.set_faults(STORM)
    world.answer("DescribeClusters", *[NO_CLUSTER] * 99)
    world.sweeps(40)
    assert world.task.status is (Status.CANCELLING if cancelled else Status.RUNNING)
    assert world.settle() is (Status.CANCELLED if cancelled else Status.RUNNING)


def test_a_storm_changes_nothing(world: World):
    keys = [f"task {number}" for number in range(7)]
    for key in keys:
        runs(world, key)
    world.advance(2 * HOUR)
    before = [world.record(key) for key in keys]
    world.engine.set_faults(STORM)
    world.sweeps(60)
    for then, key in zip(before, keys, strict=True):
        now = world.record(key)
        # It stays due, behind what is due by now; that is all.
        assert now == msgspec.structs.replace(then, due_at=now.due_at, rev=now.rev, write_id=now.write_id)
    assert world.settle() is Status.RUNNING


def test_what_many_containers_came_to_is_for_an_operator_to_say(world: World):
    """They ended unseen, which looks like a storm, however long it goes on; until more of them may be missing."""
    keys = [f"task {number}" for number in range(7)]
    for key in keys:
        runs(world, key)
    world.cancel(keys[0])
    for arn in world.arns[1:]:
        world.exit(arn)
    world.advance(2 * HOUR)
    world.submit("alive")
    world.advance(25)
    world.deliver(world.event("RUNNING"))
    world.sweeps(90)
    assert [str(world.record(key).status) for key in keys] == ["cancelling", *["running"] * 6]
    world.configure(max_missing=7)
    world.sweeps(11)
    assert [str(world.record(key).status) for key in keys] == ["cancelled", *["failed"] * 6]
    assert {world.record(key).termination.proof for key in keys} == {Proof.GONE}
    assert world.record("alive").status is Status.RUNNING


def test_not_found_is_no_proof(world: World):
    runs(world)
    not_found = answer(400, {"__type": "InvalidParameterException", "message": "The referenced task was not found."})
    world.answer("StopTask", *[not_found] * 3)
    world.cancel()
    world.sweeps(2)
    assert world.task.status is Status.CANCELLING
    assert world.settle() is Status.CANCELLED
