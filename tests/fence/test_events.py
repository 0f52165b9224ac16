"""What ECS tells may come early, late, twice, in any order, and of another attempt's container."""

import random

import pytest

from chalicelib.lifecycle import Status
from chalicelib.observe import Foreign, Noted, Stale, Unrecorded
from tests.fence.world import World

cancelled_or_not = pytest.mark.parametrize("cancelled", [False, True], ids=["", "cancelled"])


def is_in_its_second_attempt(world: World) -> None:
    """The first attempt's container could not start, for a reason that passes; the second one's launch is claimed."""
    world.fails_to_start()
    world.submit()
    world.advance(60)
    world.deliver(*world.heard)
    assert world.task.status is Status.PENDING
    world.advance(10)
    world.sweep()


def tells(world: World, cancelled) -> None:
    """Time passes until the container runs; ECS says so."""
    if cancelled:
        world.cancel()
    world.advance(25)
    world.deliver(world.event("RUNNING"))


@cancelled_or_not
def test_running_is_told_before_the_launcher_saves_the_arn(world: World, cancelled):
    world.meanwhile("launched", lambda: tells(world, cancelled))
    world.submit()

    assert [world.task.ecs_arn] == world.arns
    assert world.task.status is (Status.CANCELLING if cancelled else Status.RUNNING)
    assert set(world.stops()) == (set(world.arns) if cancelled else set())
    assert world.settle() is (Status.CANCELLED if cancelled else Status.RUNNING)


@cancelled_or_not
def test_the_end_is_told_before_the_launcher_saves_the_arn(world: World, cancelled):
    def ends():
        tells(world, cancelled)
        world.exit(world.arns[0])
        world.advance(60)
        world.deliver(world.event("STOPPED"))

    world.meanwhile("launched", ends)
    world.submit()
    assert world.settle() is (Status.CANCELLED if cancelled else Status.COMPLETED)


@cancelled_or_not
def test_the_end_is_told_before_anything_else(world: World, cancelled):
    world.submit()
    if cancelled:
        world.cancel()
    world.advance(30)
    if not cancelled:
        world.exit(world.arns[0])
    world.advance(60)
    world.deliver(*reversed(world.heard))
    assert world.task.status is (Status.CANCELLED if cancelled else Status.COMPLETED)
    assert world.settle() is world.task.status


@pytest.mark.parametrize("dead", [False, True], ids=["launcher lives", "launcher died"])
def test_a_cancel_is_carried_out_by_whoever_hears_of_the_container_first(world: World, dead):
    if dead:
        world.dies_after("run")
    world.submit()
    if dead:
        world.cancel()
        assert world.stops() == []
        world.deliver(world.event("PROVISIONING"))
    else:
        world.cancel()
    assert world.stops() == world.arns
    assert world.settle() is Status.CANCELLED
    assert world.runtime.launched == []


def test_the_handler_that_hears_it_run_adopts_the_container_of_a_cancelled_task(world: World):
    world.dies_after("run")
    world.submit()
    world.cancel()
    world.advance(25)
    world.deliver(world.event("RUNNING"))
    assert [world.task.ecs_arn] == world.arns
    assert world.stops() == world.arns
    assert world.settle() is Status.CANCELLED


@pytest.mark.parametrize("seed", range(8))
@cancelled_or_not
def test_events_in_any_order_any_number_of_times_end_the_same(world: World, seed, cancelled):
    world.submit()
    world.advance(25)
    if cancelled:
        world.cancel()
    else:
        world.exit(world.arns[0], code=3)
    world.advance(60)
    told = world.heard * 2
    random.Random(seed).shuffle(told)
    for event in told:
        world.deliver(event)

    assert world.task.status is (Status.CANCELLED if cancelled else Status.FAILED)
    assert world.task.termination.exit_code == (143 if cancelled else 3)
    assert world.settle() is world.task.status


def test_what_is_known_of_a_container_does_not_go_back(world: World):
    world.submit()
    world.advance(25)
    running = world.event("RUNNING")
    world.deliver(running, world.event("ACTIVATING"), world.event("PROVISIONING"))
    assert world.task.ecs_version == running["detail"]["version"]
    assert world.settle() is Status.RUNNING


def test_stopping_is_no_death(world: World):
    world.behave(stops=None)
    world.submit()
    world.advance(25)
    world.cancel()
    world.advance(10)
    world.deliver(world.event("STOPPING"))
    world.sweep()
    assert world.task.status is Status.CANCELLING
    world.advance(60)
    assert world.alive() == []
    assert world.settle() is Status.CANCELLED
    assert world.task.termination.exit_code == 137


def test_whoever_got_a_202_is_not_contradicted_by_an_exit_of_its_own(world: World):
    world.behave(stop_code=0)
    world.submit()
    world.advance(25)
    world.exit(world.arns[0])
    world.cancel()
    world.advance(60)
    world.deliver(*world.heard)
    assert world.task.status is Status.CANCELLED
    assert world.task.termination.exit_code == 0
    assert world.settle() is Status.CANCELLED


# -- of another attempt


def test_an_event_of_the_previous_attempts_container_is_none_of_this_ones(world: World):
    is_in_its_second_attempt(world)
    world.meanwhile("run", lambda: world.deliver(*world.events(attempt=1)))
    world.and_then("run", lambda: world.deliver(*world.events(attempt=1)))
    world.relaunch()

    assert world.task.status is Status.STARTING
    assert world.task.attempt == 2
    assert world.task.ecs_arn == world.arns[1]
    assert world.settle() is Status.RUNNING


def test_stopped_of_attempt_1_is_told_again_while_attempt_2_runs(world: World):
    is_in_its_second_attempt(world)
    world.relaunch()
    assert len(world.arns) == 2
    world.advance(25)
    world.deliver(world.event("RUNNING", attempt=2))
    world.deliver(*world.events("STOPPED", attempt=1))

    assert world.task.status is Status.RUNNING
    assert world.alive() == [world.arns[1]]
    assert world.settle() is Status.RUNNING


def test_stopped_of_attempt_1_is_told_again_while_attempt_2_is_being_cancelled(world: World):
    world.behave(stops=None)
    is_in_its_second_attempt(world)
    world.relaunch()
    world.advance(25)
    world.cancel()
    world.deliver(*world.events("STOPPED", attempt=1))
    assert world.task.status is Status.CANCELLING
    assert world.settle() is Status.CANCELLED


def test_stopped_of_attempt_1_is_told_again_while_attempt_2_has_no_container_yet(world: World):
    is_in_its_second_attempt(world)
    world.dies_after("run")
    world.relaunch()
    world.cancel()
    outcome = world.deliver(*world.events("STOPPED", attempt=1))
    assert isinstance(outcome, Stale)
    assert world.task.status is Status.CANCELLING
    assert world.settle() is Status.CANCELLED


def test_the_save_of_attempt_1_comes_when_attempt_2_is_being_launched(world: World):
    # Its container could not start, which was told before its launcher came to save it.
    save = world.delays("launched")
    world.fails_to_start()
    world.submit()
    world.advance(60)
    world.deliver(world.event("STOPPED"))
    world.advance(10)
    world.sweep()
    world.and_then("run", save.arrive)
    world.relaunch()

    assert world.task.ecs_arn == world.arns[1]
    assert world.settle() is Status.RUNNING


def test_a_launcher_whose_save_is_refused_stops_what_is_not_the_records(world: World):
    world.fails_to_start()

    def is_overtaken():
        world.advance(60)
        world.deliver(world.event("STOPPED"))
        world.advance(10)
        world.sweep()
        world.relaunch()

    world.meanwhile("launched", is_overtaken)
    world.submit()
    assert world.stops() == [world.arns[0]]
    assert world.task.ecs_arn == world.arns[1]
    assert world.settle() is Status.RUNNING


def test_the_versions_of_the_second_container_count_anew(world: World):
    is_in_its_second_attempt(world)
    assert world.task.ecs_version > world.events("ACTIVATING", attempt=1)[-1]["detail"]["version"]
    world.relaunch()
    world.deliver(world.event("PROVISIONING", attempt=2))
    world.advance(25)
    world.deliver(world.event("RUNNING", attempt=2))
    assert world.task.status is Status.RUNNING
    assert world.settle() is Status.RUNNING


# -- of a container that should not be


def test_a_second_container_of_a_live_task_is_stopped_by_whoever_hears_of_it(world: World):
    world.submit()
    second = world.stranger()
    world.advance(25)
    world.deliver(*world.events("RUNNING"))

    assert world.stops() == [second]
    assert world.task.ecs_arn == world.arns[0]
    assert world.settle() is Status.RUNNING
    assert world.alive() == [world.arns[0]]


def test_a_second_container_that_ends_does_not_end_the_task(world: World):
    world.submit()
    second = world.stranger()
    world.advance(25)
    world.deliver(world.event("RUNNING"))
    world.exit(second)
    world.advance(60)
    world.deliver(*world.events("STOPPED"))
    assert world.task.status in (Status.STARTING, Status.RUNNING)
    assert world.settle() is Status.RUNNING


def test_a_container_of_a_task_that_has_ended_is_stopped_by_whoever_hears_of_it(world: World):
    world.submit()
    world.cancel()
    world.advance(60)
    world.deliver(*world.heard)
    assert world.task.status is Status.CANCELLED
    another = world.stranger()
    world.deliver(world.event("PROVISIONING"))
    assert world.stops()[-1] == another
    assert world.settle() is Status.CANCELLED


def test_a_container_without_our_mark_is_left_alone(world: World):
    world.submit()
    marks = ["somebody-else", "calloff/another/9b4c1d42-7cca-59f5-9660-5b93f5bbda8d/1"]
    others = [world.stranger(startedBy=mark) for mark in marks]
    world.advance(25)
    outcomes = [world.deliver(event) for event in world.events("RUNNING")]
    assert [type(outcome) for outcome in outcomes] == [Noted, Foreign, Foreign]
    assert world.settle() is Status.RUNNING
    assert set(others).isdisjoint(world.stops())


def test_a_container_of_ours_without_a_record_is_left_to_the_hunt(world: World):
    world.submit()
    orphan = world.stranger(startedBy="calloff/fence/9b4c1d42-0000-59f5-9660-5b93f5bbda8d/1")
    outcome = world.deliver(world.event("PROVISIONING"))
    assert isinstance(outcome, Unrecorded)
    assert world.stops() == []
    assert world.settle() is Status.RUNNING
    assert world.stops() == [orphan]
