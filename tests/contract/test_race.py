"""Two cancel a task while it ends by itself, on a store that is atomic: one of them wins, and nobody was lied to."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.cancel import Cancelled, Cancelling, TooLate
from chalicelib.lifecycle import TERMINAL, Event, Status
from chalicelib.observe import Noted
from chalicelib.task import Task
from tests.doubles.examples import a_task
from tests.doubles.reports import described, event
from tests.doubles.world import DEPLOYMENT, World

RACES = 500
AT_ONCE = 3


@pytest.fixture
def world(on_ministack) -> World:
    return World(on_ministack.store(), on_ministack.definitions())


def race(pool: ThreadPoolExecutor, *runners: Callable[[], object]) -> list[object]:
    """Let them go at once."""
    line = threading.Barrier(len(runners))

    def run(runner: Callable[[], object]) -> object:
        line.wait(timeout=10)
        return runner()

    return list(pool.map(run, runners))


def check(world: World, task: Task, one: object, other: object, end: object) -> Status:
    """Whoever won, the record bears out what each was told."""
    now = world.now(task)
    moved = [entry.event for entry in now.history if entry.event in (Event.CANCEL_REQUESTED, Event.EXITED_ZERO)]
    answers = {type(one), type(other)}
    assert isinstance(end, Noted)
    assert now.status in TERMINAL
    if now.status is Status.CANCELLED:
        assert moved == [Event.CANCEL_REQUESTED, Event.EXITED_ZERO]
        assert answers <= {Cancelling, Cancelled}
        assert Cancelling in answers
        assert now.cancellation is not None
    else:
        assert now.status is Status.COMPLETED
        assert moved == [Event.EXITED_ZERO]
        assert answers == {TooLate}
        assert now.cancellation is None
    assert now.rev == len(now.history)
    return now.status


def test_two_cancel_what_ends(on_ministack, world):
    ends: Counter[Status] = Counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for n in range(RACES):
            task = a_task(Status.RUNNING)
            on_ministack.put(task)
            mark = f"calloff/{DEPLOYMENT}/{task.id}/1"
            exits = event(described("exited-0", taskArn=task.ecs_arn, startedBy=mark))
            runners = [
                lambda t=task: world.cancel(t),
                lambda t=task: world.cancel(t, by="admin", owner=None),
                lambda e=exits: world.hand_in(e),
            ]
            # Whoever is let go first has a head start: it takes turns, so that each wins sometimes.
            runners = runners[n % AT_ONCE :] + runners[: n % AT_ONCE]
            outcomes = race(pool, *runners)
            turned = outcomes[-(n % AT_ONCE) :] + outcomes[: -(n % AT_ONCE)] if n % AT_ONCE else outcomes
            ends[check(world, task, *turned)] += 1
    assert ends[Status.CANCELLED] + ends[Status.COMPLETED] == RACES
    assert min(ends.values()) > 0, f"no race at all: {ends}"


STORM = 32


@pytest.mark.parametrize("rounds", [4])
def test_in_a_storm_of_cancellations_the_stop_is_sent_once_an_interval(on_ministack, world, rounds):
    task = world.running()
    for sent in range(1, rounds + 1):
        with ThreadPoolExecutor(STORM) as pool:
            outcomes = race(pool, *[lambda: world.cancel(task)] * STORM)
        assert {type(each) for each in outcomes} == {Cancelling}
        assert world.containers.count("stop") == sent
        world.clock.advance(world.settings.stop_repeat_s)
    now = world.now(task)
    assert now.cancellation is not None
    assert now.cancellation.repeats == rounds * STORM - 1
