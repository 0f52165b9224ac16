"""A freeze stops launching and goes on cancelling."""

import pytest

from chalicelib.lifecycle import Status
from tests.fence.world import World


@pytest.mark.parametrize("dies", ["dies_before", "dies_after"])
def test_a_frozen_cancel_may_send_a_dead_launchers_request_again(world: World, dies):
    getattr(world, dies)("run")
    world.submit()
    world.switches.freeze = True
    world.cancel()
    world.sweeps(4)
    assert world.task.status is Status.CANCELLED
    assert world.settle() is Status.CANCELLED


def test_while_frozen_nothing_that_waits_is_launched(world: World):
    world.fault("RunTask", "throttle")
    world.submit()
    world.advance(10)
    world.sweep()
    world.switches.freeze = True
    world.minutes(30)
    assert world.task.status is Status.PENDING
    assert len(world.sent()) == 1
    world.switches.freeze = False
    assert world.settle() is Status.RUNNING


def test_what_is_submitted_while_frozen_waits_and_can_be_cancelled(world: World):
    world.switches.freeze = True
    world.submit()
    world.minutes(5)
    assert world.task.status is Status.PENDING
    world.cancel()
    assert world.settle() is Status.CANCELLED
    assert world.arns == []
