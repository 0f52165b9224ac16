"""Only the holder of the launch lease concludes that nothing was launched; and each write knows itself."""

from typing import Any

import pytest

from chalicelib.lifecycle import Status
from chalicelib.submit import Replayed
from tests.doubles.containers import Act, Script
from tests.fence.world import VANISHED, World

cancelled_or_not = pytest.mark.parametrize("cancelled", [False, True], ids=["", "cancelled"])


def twice(meanwhile: Act = lambda: None) -> Script:
    """The write is applied, answered 500, and sent again by the SDK; something may happen before."""

    def script(act: Act) -> Any:
        act()
        meanwhile()
        return act()

    return script


def waits(world: World) -> None:
    world.fault("RunTask", "throttle")
    world.submit()
    world.advance(10)
    world.sweep()


# -- the claim's own write is answered with 500


def test_a_submission_whose_write_is_repeated_is_launched_at_once(world: World):
    world.script("create", twice())
    world.submit()
    assert [world.task.ecs_arn] == world.arns
    assert len(world.sent()) == 1
    assert world.settle() is Status.RUNNING


def test_a_claim_whose_write_is_repeated_is_launched_at_once(world: World):
    waits(world)
    world.script("claimed", twice())
    world.relaunch()
    assert [world.task.ecs_arn] == world.arns
    assert world.task.attempt == 2
    assert world.settle() is Status.RUNNING


@pytest.mark.parametrize("write", ["create", "claimed"])
def test_a_claim_that_is_cancelled_before_its_write_is_repeated_goes_on(world: World, write):
    if write == "claimed":
        waits(world)
    world.script(write, twice(world.cancel))
    world.submit() if write == "create" else world.relaunch()
    assert world.task.status is Status.CANCELLING
    assert world.stops() == world.arns
    assert len(world.arns) == 1
    assert world.settle() is Status.CANCELLED


@cancelled_or_not
def test_a_submission_whose_write_was_applied_unheard_is_launched_by_the_sweeper(world: World, cancelled):
    world.answers_500("create")
    assert world.submit() is VANISHED
    assert isinstance(world.submit(), Replayed)
    if cancelled:
        world.cancel()
    world.minutes(4)
    assert world.task.status is (Status.CANCELLED if cancelled else Status.RUNNING)
    assert world.settle() is world.task.status


@cancelled_or_not
def test_a_claim_whose_write_was_applied_unheard_is_launched_once(world: World, cancelled):
    waits(world)
    world.answers_500("claimed")
    world.relaunch()
    if cancelled:
        world.cancel()
    world.minutes(4)
    assert world.task.status is (Status.CANCELLED if cancelled else Status.RUNNING)
    assert world.task.attempt == 2
    assert world.settle() is world.task.status


def test_two_launchers_of_one_task_make_one_attempt(world: World):
    # The queue brought it twice; one lies still between its look and its claim, while the other is refused.
    waits(world)
    brought = list(world.queue.waiting)

    def another_is_refused():
        world.queue.waiting = brought
        world.fault("RunTask", "throttle")
        world.relaunch()
        assert (world.task.status, world.task.attempt) == (Status.PENDING, 2)

    world.meanwhile("claimed", another_is_refused)
    world.relaunch()
    assert world.task.status is Status.PENDING
    assert world.settle() is Status.RUNNING


def test_a_repeated_cancel_whose_write_is_repeated_counts_once(world: World):
    world.submit()
    world.cancel()
    world.script("cancel_repeated", twice())
    world.cancel()
    assert world.task.cancellation.repeats == 1
    assert world.settle() is Status.CANCELLED


# -- who lost the lease


def test_the_late_refusal_of_a_launcher_that_lost_its_lease_changes_nothing(world: World):
    world.fault("RunTask", "throttle")
    world.meanwhile("launch_deferred", lambda: (world.advance(100), world.sweep()))
    world.submit()
    assert world.task.status is Status.STARTING
    assert [world.task.ecs_arn] == world.arns
    assert world.settle() is Status.RUNNING


@cancelled_or_not
def test_the_late_save_of_a_launcher_that_lost_its_lease_finds_its_container_adopted(world: World, cancelled):
    def lies_still():
        if cancelled:
            world.cancel()
        world.advance(100)
        world.sweep()
        assert [world.task.ecs_arn] == world.arns

    world.meanwhile("launched", lies_still)
    world.submit()
    assert bool(world.stops()) is cancelled
    assert world.settle() is (Status.CANCELLED if cancelled else Status.RUNNING)


def test_a_claim_that_is_repeated_after_its_lease_was_taken_is_nobodys(world: World):
    # The sweeper that took it sent the launch, which is on its way; the claim's own launcher must not be refused now.
    waits(world)

    def is_overtaken():
        world.advance(100)
        world.fault("RunTask", "apply_late", seconds=5)
        world.sweep()
        world.fault("RunTask", "throttle")

    world.script("claimed", twice(is_overtaken))
    world.relaunch()
    assert world.task.status is Status.STARTING
    assert world.settle() is Status.RUNNING
    assert len(world.arns) == 1


def test_of_two_sweepers_one_takes_the_lease(world: World):
    world.dies_after("run")
    world.submit()
    world.advance(100)
    world.meanwhile("lease_taken", world.sweep)
    world.sweep()
    assert len(world.sent()) == 2
    assert world.settle() is Status.RUNNING


def test_of_two_sweepers_who_look_at_one_lease_one_sends_though_it_is_not_answered(world: World):
    world.dies_before("run")
    world.submit()
    world.advance(100)
    world.fault("RunTask", "timeout")
    world.meanwhile("lease_taken", world.sweep)
    world.sweep()
    assert len(world.sent()) == 1
    assert world.settle() is Status.RUNNING


def test_a_cancel_repeated_every_minute_does_not_starve_the_takeover(world: World):
    world.dies_after("run")
    world.submit()
    world.cancel()
    for _ in range(5):
        # Between the sweeper's look and its write.
        world.meanwhile("lease_taken", world.cancel)
        world.advance(60)
        world.sweep()
    assert world.task.status is Status.CANCELLED
    assert world.settle() is Status.CANCELLED


def test_a_lease_that_is_open_is_not_taken(world: World):
    world.dies_before("run")
    world.submit()
    world.advance(89)
    world.attend()
    assert world.sent() == []
    world.advance(1)
    world.attend()
    assert len(world.sent()) == 1
    assert world.settle() is Status.RUNNING
