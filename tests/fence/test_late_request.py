"""A RunTask may be carried out long after everybody gave it up, and after the cancel."""

import pytest

from chalicelib.lifecycle import Status
from tests.fence.world import World

told = pytest.mark.parametrize("told", [False, True], ids=["events lost", "events told"])


def is_on_its_way(world: World, seconds: float) -> None:
    """Submit; the request is carried out so much later, and the launcher's second one is lost."""
    world.fault("RunTask", "apply_late", seconds=seconds)
    world.fault("RunTask", "timeout")
    world.submit()
    assert world.arns == []


@told
def test_a_late_request_after_the_cancel_is_found_and_stopped(world: World, told):
    is_on_its_way(world, seconds=40)
    world.cancel()
    assert world.task.status is Status.CANCELLING
    world.advance(40)
    assert world.alive() == world.arns
    if told:
        world.deliver(*world.heard)
        assert world.stops() == world.arns
        assert world.runtime.launched == []
    assert world.settle() is Status.CANCELLED
    assert len(world.arns) == 1


@told
def test_a_late_request_finds_what_the_sweeper_launched_before_it(world: World, told):
    is_on_its_way(world, seconds=300)
    world.cancel()
    world.minutes(4)
    assert world.task.status is Status.CANCELLED
    world.advance(300)
    if told:
        world.deliver(*world.heard)
    assert world.settle() is Status.CANCELLED
    assert len(world.arns) == 1


@told
@pytest.mark.parametrize("cancelled", [False, True], ids=["", "cancelled"])
def test_while_ecs_refuses_every_resend_a_late_request_is_waited_for(world: World, told, cancelled):
    is_on_its_way(world, seconds=290)
    if cancelled:
        world.cancel()
    world.fault("RunTask", "throttle", times=9)
    world.minutes(6)
    assert world.task.status is (Status.CANCELLING if cancelled else Status.STARTING)
    assert len(world.arns) == 1
    if told:
        world.deliver(*world.heard)
    assert world.settle() is (Status.CANCELLED if cancelled else Status.RUNNING)
    assert len(world.arns) == 1


def test_a_request_that_is_carried_out_after_the_sweepers_one_launches_nothing_more(world: World):
    is_on_its_way(world, seconds=600)
    world.minutes(3)
    assert world.task.status in (Status.STARTING, Status.RUNNING)
    world.exit(world.arns[0])
    world.advance(60)
    world.minutes(20)
    assert world.task.status is Status.COMPLETED
    assert len(world.arns) == 1
    assert world.settle() is Status.COMPLETED
