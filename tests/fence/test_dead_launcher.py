"""A launcher, or whoever else works on a launch, may die between any two of its calls."""

import pytest

from chalicelib.lifecycle import Status
from tests.fence.world import VANISHED, World

NAMED = {
    "before it registers the definition": ("dies_before", "register"),
    "after it registers the definition": ("dies_after", "register"),
    "before the send": ("dies_before", "run"),
    "after the send": ("dies_after", "run"),
    "before the save": ("dies_before", "launched"),
    "after the save": ("dies_after", "launched"),
}
each_death = pytest.mark.parametrize(("dies", "call"), NAMED.values(), ids=NAMED)
with_events = pytest.mark.parametrize("told", [False, True], ids=["events lost", "events told"])


def waits(world: World) -> None:
    """Bring a task to where it waits for its second attempt."""
    world.fault("RunTask", "throttle")
    world.submit()
    assert world.task.status is Status.PENDING
    world.advance(10)
    world.sweep()


@each_death
@with_events
def test_the_container_of_a_dead_launcher_is_adopted(world: World, dies, call, told):
    getattr(world, dies)(call)
    assert world.submit() is VANISHED
    world.minutes(2)
    if told:
        world.deliver(*world.heard)
    world.minutes(2)

    assert world.task.status is Status.RUNNING
    assert [world.task.ecs_arn] == world.arns
    assert world.settle() is Status.RUNNING


@each_death
@with_events
def test_a_cancel_after_the_launchers_death_is_proven_in_minutes(world: World, dies, call, told):
    getattr(world, dies)(call)
    world.submit()
    world.cancel()
    assert world.task.status is Status.CANCELLING
    if told:
        world.advance(20)
        world.deliver(*world.heard)
    world.minutes(4)

    assert world.task.status is Status.CANCELLED
    assert world.settle() is Status.CANCELLED


@each_death
def test_a_launcher_of_a_waiting_task_may_die_likewise(world: World, dies, call):
    waits(world)
    if call == "register":
        # The definition has been deregistered behind our back, so that it is registered anew.
        world.definitions.forget(world.task.placement.definition)
    getattr(world, dies)(call)
    world.relaunch()
    world.minutes(4)

    assert world.task.status is Status.RUNNING
    assert world.task.attempt == 2
    assert world.settle() is Status.RUNNING


def test_a_container_launched_to_be_stopped_does_not_come_to_run(world: World):
    world.dies_before("run")
    world.submit()
    world.cancel()
    world.minutes(4)

    assert world.task.status is Status.CANCELLED
    assert len(world.arns) == 1
    assert world.runtime.launched == []


def test_a_sweeper_stops_what_it_adopts_for_a_cancelled_task_at_once(world: World):
    world.dies_after("run")
    world.submit()
    world.cancel()
    world.advance(100)
    assert world.stops() == []
    world.sweep()
    assert world.stops() == world.arns


def test_nobody_takes_the_lease_of_a_launcher_that_may_live(world: World):
    world.meanwhile("run", lambda: (world.advance(80), world.sweep()))
    world.submit()
    assert [str(entry.event) for entry in world.task.history] == ["submitted", "launched"]


@pytest.mark.parametrize("call", ["lease_taken", "run", "launched"])
@pytest.mark.parametrize("dies", ["dies_before", "dies_after"])
@pytest.mark.parametrize("cancelled", [False, True], ids=["", "cancelled"])
def test_the_sweeper_that_takes_over_may_die_likewise(world: World, dies, call, cancelled):
    world.dies_after("run")
    world.submit()
    if cancelled:
        world.cancel()
    world.advance(100)
    getattr(world, dies)(call)
    assert world.sweep() is VANISHED
    world.minutes(5)

    assert world.task.status is (Status.CANCELLED if cancelled else Status.RUNNING)
    assert world.settle() is world.task.status
    assert len(world.arns) == 1
