"""Every container of ours that is not legitimate is stopped, by whoever finds it; here nothing is told by events."""

from chalicelib.lifecycle import Status
from tests.fence.world import World


def runs_in_its_second_attempt(world: World) -> None:
    world.fails_to_start()
    world.submit()
    world.advance(60)
    world.deliver(*world.heard)
    world.advance(10)
    world.sweep()
    world.relaunch()
    world.advance(25)
    world.deliver(world.event("RUNNING", attempt=2))
    assert world.task.status is Status.RUNNING


def test_the_hunt_stops_a_second_container_beside_a_running_one(world: World):
    world.submit()
    second = world.stranger()
    world.hunt()
    assert world.stops() == [second]
    assert world.settle() is Status.RUNNING
    assert world.alive() == [world.arns[0]]


def test_the_hunt_stops_a_container_of_attempt_1_beside_attempt_2(world: World):
    runs_in_its_second_attempt(world)
    second = world.stranger(attempt=1)
    world.hunt()
    assert world.stops() == [second]
    assert world.settle() is Status.RUNNING


def test_the_hunt_stops_a_container_of_attempt_1_while_attempt_2_has_none_yet(world: World):
    world.fault("RunTask", "throttle")
    world.submit()
    world.advance(10)
    world.sweep()
    world.dies_before("run")
    world.relaunch()
    first = world.stranger(attempt=1)
    world.hunt()
    assert world.stops() == [first]
    assert world.settle() is Status.RUNNING


def test_the_hunt_stops_what_lives_beside_a_record_that_has_ended(world: World):
    world.submit()
    world.cancel()
    world.minutes(4)
    assert world.task.status is Status.CANCELLED
    another = world.stranger()
    world.hunt()
    assert world.stops()[-1] == another
    assert world.settle() is Status.CANCELLED


def test_the_hunt_reads_the_records_after_it_listed(world: World):
    world.meanwhile("find_all", world.submit)
    world.hunt()
    assert world.stops() == []
    assert world.settle() is Status.RUNNING


def test_a_stop_that_was_lost_is_sent_again_by_the_sweep_alone(world: World):
    world.submit()
    world.advance(25)
    world.fault("StopTask", "timeout")
    world.fault("StopTask", "pretend")
    world.cancel()
    world.sweeps(8)
    assert world.task.status is Status.CANCELLED
    assert world.settle() is Status.CANCELLED


def test_a_stop_that_was_lost_is_sent_again_by_the_hunt_alone(world: World):
    world.submit()
    world.advance(25)
    world.fault("StopTask", "pretend")
    world.cancel()
    world.advance(60)
    world.hunt()
    assert len(world.stops()) == 2
    world.advance(60)
    assert world.alive() == []
    assert world.settle() is Status.CANCELLED


def test_the_hunt_notices_an_end_that_nobody_told(world: World):
    world.submit()
    world.advance(25)
    world.exit(world.arns[0])
    world.advance(60)
    world.hunt()
    assert world.task.status is Status.COMPLETED
    assert world.settle() is Status.COMPLETED
