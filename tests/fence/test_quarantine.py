"""A launch that can be sent no more is searched in ECS's lists, which lag: one empty list proves nothing."""

import pytest

from chalicelib.lifecycle import Status
from chalicelib.task import Proof
from chalicelib.verdict import How, how
from tests.doubles.containers import after
from tests.doubles.wire import fault
from tests.fence.world import HOUR, World

THE_WINDOW_IS_CLOSED = 3100
cancelled_or_not = pytest.mark.parametrize("cancelled", [False, True], ids=["", "cancelled"])


def launched_unseen(world: World, *, cancelled: bool = True, **behaviour) -> None:
    """A container was launched, and its launcher died; nobody swept until it could be sent no more."""
    world.behave(**behaviour)
    world.dies_after("run")
    world.submit()
    if cancelled:
        world.cancel()
    world.advance(THE_WINDOW_IS_CLOSED)


def never_launched(world: World) -> None:
    world.dies_before("run")
    world.submit()
    world.cancel()
    world.advance(THE_WINDOW_IS_CLOSED)


def lists_lag(world: World, listings: int = 1, seconds: float = 2 * HOUR) -> None:
    """A listing is two requests: what ECS wants running, and what it wants stopped."""
    world.fault("ListTasks", "lag", times=2 * listings, seconds=seconds)


@cancelled_or_not
def test_what_the_lists_show_is_adopted(world: World, cancelled):
    launched_unseen(world, cancelled=cancelled)
    world.sweep()
    assert len(world.sent()) == 1
    assert [world.task.ecs_arn] == world.arns
    assert world.stops() == (world.arns if cancelled else [])
    assert world.settle() is (Status.CANCELLED if cancelled else Status.RUNNING)


def test_what_the_lists_show_dead_is_the_end(world: World):
    launched_unseen(world, cancelled=False, runs=1800, code=7)
    world.sweep()
    assert world.task.status is Status.FAILED
    assert world.task.termination.exit_code == 7
    assert world.settle() is Status.FAILED


@cancelled_or_not
def test_one_empty_list_proves_nothing(world: World, cancelled):
    launched_unseen(world, cancelled=cancelled)
    lists_lag(world)
    world.sweeps(9)
    assert world.task.status is (Status.CANCELLING if cancelled else Status.STARTING)
    world.sweeps(2)
    assert [world.task.ecs_arn] == world.arns
    assert world.settle() is (Status.CANCELLED if cancelled else Status.RUNNING)


def test_lists_that_lag_by_minutes_are_waited_for(world: World):
    # The last one who may send again does so, is not answered, and dies; lists show what is five minutes old.
    world.dies_before("run")
    world.submit()
    world.cancel()
    world.advance(2990)
    world.dies_after("run")
    world.sweep()
    assert len(world.arns) == 1
    lists_lag(world, listings=4, seconds=300)
    world.sweeps(20)
    assert world.task.ecs_arn is not None
    assert world.settle() is Status.CANCELLED


def test_while_the_lease_is_open_nobody_searches(world: World):
    world.dies_before("run")
    world.submit()
    world.advance(2990)
    lists_lag(world, listings=9)
    world.meanwhile("run", lambda: world.sweeps(1))
    world.sweep()
    assert world.task.listed_empty_at is None
    assert world.settle() is Status.RUNNING


def test_two_empty_lists_ten_minutes_apart_are_the_end(world: World):
    never_launched(world)
    world.sweeps(10)
    assert world.task.status is Status.CANCELLING
    world.sweeps(2)
    assert world.task.status is Status.CANCELLED
    assert world.task.termination.proof is Proof.GONE
    assert how(world.task.termination, world.task.stop_timeout) is How.UNKNOWN
    assert world.settle() is Status.CANCELLED


def test_a_list_that_is_not_answered_is_no_empty_one(world: World):
    launched_unseen(world)
    lists_lag(world)
    world.sweep()
    world.advance(601)
    world.fault("ListTasks", "throttle")
    world.sweep()
    assert world.task.status is Status.CANCELLING
    assert world.settle() is Status.CANCELLED


@pytest.mark.parametrize("goes_wrong", ["throttle", "refuse_500"])
def test_a_list_of_what_cannot_be_described_is_no_empty_one(world: World, goes_wrong):
    launched_unseen(world)
    for _ in range(3):
        world.fault("DescribeTasks", goes_wrong)
        world.sweep()
        world.advance(601)
    assert world.task.status is Status.CANCELLING
    assert world.settle() is Status.CANCELLED


def test_a_list_of_what_describe_calls_missing_is_no_empty_one(world: World):
    launched_unseen(world)
    for _ in range(3):
        world.fault("DescribeTasks", "missing")
        world.sweep()
        world.advance(601)
    assert world.task.status is Status.CANCELLING
    assert world.settle() is Status.CANCELLED


def test_a_cancel_repeated_every_minute_does_not_starve_it(world: World):
    never_launched(world)

    def sweep_into_a_cancel():
        # Between the sweeper's look and its conclusion.
        world.meanwhile("listed_empty", world.cancel)
        world.meanwhile("nothing_found", world.cancel)
        world.advance(60)
        world.sweep()
        world.cancel()

    for _ in range(15):
        sweep_into_a_cancel()
    assert world.task.status is Status.CANCELLED
    assert world.settle() is Status.CANCELLED


def test_what_is_heard_of_during_the_second_listing_is_not_forgotten(world: World):
    launched_unseen(world)
    lists_lag(world, listings=2)
    world.sweep()
    world.advance(601)
    world.script("find", after(lambda: world.deliver(world.event("RUNNING"))))
    world.sweep()
    assert world.task.status is Status.CANCELLING
    assert [world.task.ecs_arn] == world.arns
    assert world.settle() is Status.CANCELLED


def test_of_two_containers_the_living_one_is_adopted(world: World):
    launched_unseen(world)
    world.exit(world.arns[0])
    second = world.stranger()
    world.advance(60)
    world.sweep()
    assert world.task.ecs_arn == second
    assert world.stops() == [second]
    assert world.settle() is Status.CANCELLED


def test_ecs_that_refuses_every_resend_is_searched_in_the_end(world: World):
    world.dies_before("run")
    world.submit()
    world.answer("RunTask", *[fault(400, "ThrottlingException")] * 200)
    world.sweeps(80)
    assert world.task.status is Status.FAILED
    assert world.task.termination.proof is Proof.GONE
    assert world.settle() is Status.FAILED
