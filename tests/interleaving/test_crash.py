"""Whichever call of whichever verb fails, and however: events, sweeps and callers bring the task to a true end."""

from collections.abc import Callable, Mapping

import pytest

from tests.interleaving.actors import (
    CANCEL,
    DEADLINE,
    EXITS_0,
    EXTERNAL_STOP,
    HUNT,
    KILL,
    NO_CAPACITY,
    PATCH_SOONER,
    RELAUNCH,
    RUNS,
    SECOND_CANCEL,
    SUBMIT,
    SWEEP,
    submitting,
)
from tests.interleaving.carry import Fate, choices
from tests.interleaving.explore import Explored, explore
from tests.interleaving.scenes import SCENES, Scene, begin, running, starting, waiting
from tests.interleaving.world import Actor, Waiting

Work = tuple[Callable[[], Scene], Actor]

WORK: Mapping[str, Work] = {
    "the launcher": (begin, SUBMIT),
    "the launcher of a task with limits": (begin, submitting(timeout=60, queue_timeout=600)),
    "the launcher whose definition is new": (lambda: begin(cold=True), SUBMIT),
    "the launcher of a task that waits": (waiting, RELAUNCH),
    "whoever cancels a task that waits": (waiting, CANCEL),
    "whoever cancels a launch": (starting, CANCEL),
    "whoever cancels a task that runs": (running, CANCEL),
    "whoever kills a task that runs": (running, KILL),
    "whoever cancels again": (SCENES["cancelling, stop lost"], SECOND_CANCEL),
    "whoever moves its time limit": (running, PATCH_SOONER),
    "the timer of a task that waits": (SCENES["waits, overdue"], DEADLINE),
    "the timer of a launch": (SCENES["starting, overdue"], DEADLINE),
    "the timer of a task that runs": (SCENES["running, overdue"], DEADLINE),
    "the handler that hears that it runs": (starting, RUNS),
    "the handler that hears of its exit": (running, EXITS_0),
    "the handler that hears that it could not start": (starting, NO_CAPACITY),
    "the handler that hears that somebody stopped it": (running, EXTERNAL_STOP),
    "the handler that hears that a cancelled one runs": (SCENES["cancelling, never told"], RUNS),
    "the sweeper that queues": (waiting, SWEEP),
    "the sweeper that times out": (SCENES["running, overdue"], SWEEP),
    "the sweeper that takes over": (SCENES["launch lost"], SWEEP),
    "the sweeper that takes over what was cancelled": (SCENES["cancelling, launch lost"], SWEEP),
    "the sweeper that searches": (SCENES["launch lost, can be sent no more"], SWEEP),
    "the sweeper that finds nothing again": (SCENES["never sent, listed empty once"], SWEEP),
    "the sweeper that looks": (SCENES["running, exit untold"], SWEEP),
    "the sweeper that stops again": (SCENES["cancelling, stop lost"], SWEEP),
    "the sweeper that finds it gone": (SCENES["running, forgotten"], SWEEP),
    "the hunter that brings news": (SCENES["running, exit untold"], HUNT),
    "the hunter of what nobody wants": (SCENES["cancelling, launch lost"], HUNT),
}
EVERY_CALL = (Fate.DIES_BEFORE, Fate.LOST_BEFORE)
"""What may happen to each call. The others are for some: those that change something, writes, reads, launches."""


def calls(scene: Scene, actor: Actor) -> list[str]:
    """The calls that the work takes when nothing goes wrong, but for what happens in ECS by itself."""
    state, labels = scene.state._replace(workers=(Waiting(actor, "calm"),)), []
    while state.workers:
        [(label, state)] = choices(scene.lab, state, 0, frozenset())
        labels.append(label)
    return [label for label in labels if label != f"calm: {actor}"]


def after_a_fault(work: Work, fate: Fate, *others: Actor) -> Explored:
    make, actor = work
    scene = make()
    return explore(scene.lab, scene.state, actor, *others, fates=(fate,), faults=1)


@pytest.mark.parametrize("fate", Fate)
@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_whatever_call_fails_all_comes_to_rest(work, fate):
    explored = after_a_fault(work, fate)
    if fate in EVERY_CALL:
        make, actor = work
        assert explored.schedules == 1 + len(calls(make(), actor))


@pytest.mark.parametrize("fate", Fate)
@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_whatever_call_fails_whoever_was_told_so_finds_it_cancelled(work, fate):
    explored = after_a_fault(work, fate, CANCEL)
    told = {ending.status for ending in explored.endings if ending.acknowledged}
    assert told <= {"cancelled"}
