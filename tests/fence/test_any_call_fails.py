"""Whichever call of whichever worker fails, and however: all comes to rest as it should."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest

from tests.doubles.containers import after, before
from tests.fence.gate import die, lose
from tests.fence.world import World


@dataclass(frozen=True)
class Work:
    """What a worker does, and how it came to that."""

    prepare: Callable[[World], object]
    do: Callable[[World], object]


def nothing(_: World) -> None:
    """Begin at the beginning."""


def runs(world: World) -> None:
    world.submit()
    world.advance(30)
    world.deliver(world.event("RUNNING"))


def waits(world: World) -> None:
    world.fault("RunTask", "throttle")
    world.submit()
    world.advance(10)
    world.sweep()


def is_told_of_later(world: World) -> None:
    world.submit()
    world.advance(30)


def has_exited(world: World) -> None:
    world.submit()
    world.advance(30)
    world.exit(world.arns[0])
    world.advance(60)


def failed_to_start(world: World) -> None:
    world.fails_to_start()
    world.submit()
    world.advance(60)


def is_overdue(world: World) -> None:
    world.submit()
    world.advance(100)


def was_not_stopped(world: World) -> None:
    runs(world)
    world.fault("StopTask", "pretend")
    world.cancel()
    world.advance(100)


def was_launched_by_the_dead(world: World) -> None:
    world.dies_after("run")
    world.submit()
    world.cancel()
    world.advance(100)


def can_be_sent_no_more(world: World) -> None:
    was_launched_by_the_dead(world)
    world.advance(3000)


def was_never_launched(world: World) -> None:
    world.dies_before("run")
    world.submit()
    world.advance(3100)
    world.sweep()
    world.advance(700)


def has_an_orphan(world: World) -> None:
    world.submit()
    world.stranger()
    world.advance(100)


def deliver_the_last(world: World) -> None:
    world.deliver(world.heard[-1])


WORK = {
    "the launcher": Work(nothing, World.submit),
    "the launcher of a waiting task": Work(waits, World.relaunch),
    "whoever cancels a launch": Work(is_told_of_later, World.cancel),
    "whoever cancels a task that runs": Work(runs, World.cancel),
    "whoever cancels a task that waits": Work(waits, World.cancel),
    "the handler that hears that it runs": Work(is_told_of_later, deliver_the_last),
    "the handler that hears of its end": Work(has_exited, deliver_the_last),
    "the handler that hears that it could not start": Work(failed_to_start, deliver_the_last),
    "the sweeper that looks": Work(is_overdue, World.sweep),
    "the sweeper that stops again": Work(was_not_stopped, World.sweep),
    "the sweeper that takes over": Work(was_launched_by_the_dead, World.sweep),
    "the sweeper that searches": Work(can_be_sent_no_more, World.sweep),
    "the sweeper that finds nothing": Work(was_never_launched, World.sweep),
    "the hunter": Work(has_an_orphan, World.hunt),
}
FATES = {
    "dies before": before(die),
    "dies after": after(die),
    "hears nothing, before": before(lose),
    "hears nothing, after": after(lose),
}


@cache
def number_of_calls(work: Work) -> int:
    """How many calls the work takes when nothing goes wrong."""
    world = World()
    work.prepare(world)
    before = len(world.gate.calls)
    work.do(world)
    return len(world.gate.calls) - before


@pytest.mark.parametrize("cancelled", [False, True], ids=["", "cancelled"])
@pytest.mark.parametrize("fate", FATES.values(), ids=FATES)
@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_whatever_call_fails_all_comes_to_rest(work: Work, fate, cancelled):
    calls = number_of_calls(work)
    assert calls
    for number in range(calls):
        world = World()
        work.prepare(world)
        world.gate.script_nth(number, fate)
        work.do(world)
        if cancelled and world.store.ids():
            world.cancel()
        world.rest()
