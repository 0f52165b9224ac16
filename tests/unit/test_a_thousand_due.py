"""A thousand tasks that are due at once."""

from datetime import timedelta

import pytest

from chalicelib.lifecycle import Event, Status
from chalicelib.ports import Deferred
from chalicelib.sweep import sweep
from chalicelib.task import Task
from tests.doubles.containers import instead
from tests.doubles.world import World

MANY = 250
"""Of each of four kinds: cancelling, out of time, long without news, waiting."""


@pytest.fixture
def world() -> World:
    return World()


def test_all_are_attended_in_one_sweep_and_the_cancellations_first(world: World, capsys) -> None:
    silent = [world.running() for _ in range(MANY)]
    world.clock.advance(world.settings.look_after_s - world.settings.launch_lease_s)
    overrun = [world.running(timeout=1) for _ in range(MANY)]
    cancelled = [world.running() for _ in range(MANY)]
    for task in cancelled:
        world.cancel(task)
    waiting = [_waiting(world) for _ in range(MANY)]
    world.clock.advance(world.settings.launch_lease_s)
    order: list[str] = []
    original = world.store.apply
    world.store.apply = lambda task_id, change: (order.append(task_id), original(task_id, change))[1]

    swept = sweep(world.ports)

    assert (swept.due, swept.attended, swept.queued, swept.failed) == (4 * MANY, 3 * MANY, MANY, 0)
    urgent = {task.id for task in (*cancelled, *overrun)}
    assert set(order[: len(urgent)]) <= urgent
    assert all(world.of(task).stops[1:] for task in cancelled)
    assert {world.now(task).status for task in overrun} == {Status.CANCELLING}
    assert world.containers.count("describe") == 1
    assert {world.now(task).due_at for task in silent} == {
        world.clock.now() + timedelta(seconds=world.settings.look_after_s)
    }
    assert sorted(world.queue.waiting) == sorted(task.id for task in waiting)
    assert sweep(world.ports).due == 0


def _waiting(world: World) -> Task:
    world.containers.script("run", instead(Deferred("no capacity")))
    task = world.submit()
    assert task.history[-1].event is Event.LAUNCH_DEFERRED
    return task
