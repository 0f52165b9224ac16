"""The explorer itself: it runs every schedule, and it finds what is wrong."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from math import comb
from typing import Any

import msgspec
import pytest

from chalicelib import cancel, launch
from chalicelib.conditions import Absent, AnyOf, Below, Change, Equals
from chalicelib.lifecycle import Event
from chalicelib.task import Entry, Task
from tests.doubles.clock import START
from tests.doubles.evaluate import plain
from tests.doubles.world import settings
from tests.interleaving.actors import (
    CANCEL,
    DEADLINE,
    EXITS_0,
    HUNT,
    LEASE_PASSES,
    NO_CAPACITY,
    OLDER,
    PATCH_LATER,
    RELAUNCH,
    RUNS,
    SECOND_CANCEL,
    SUBMIT,
    SWEEP,
)
from tests.interleaving.carry import Fate
from tests.interleaving.explore import explore
from tests.interleaving.replay import Lab
from tests.interleaving.rest import BrokenError
from tests.interleaving.scenes import SCENES, Scene, begin, running, second_attempt
from tests.interleaving.world import Actor, Record, State, interned


def steps(name: str, number: int) -> Actor:
    """An actor that makes so many calls which change nothing."""

    def program(_, ecs) -> None:
        for _ in range(number):
            ecs.nothing(lambda state: (state, None))

    return Actor(name, program)


def test_it_runs_every_order_of_two_workers():
    for one, other in [(1, 1), (2, 3), (4, 4)]:
        explored = explore(Lab(settings()), State(START), steps("one", one), steps("other", other))
        assert explored.schedules == comb(one + other, one)


def test_what_is_run_once_and_counted_twice_is_counted_right():
    merged, each = (
        explore(scene.lab, scene.state, SWEEP, CANCEL, fates=Fate, faults=1, merge=merge)
        for merge in (True, False)
        for scene in [SCENES["launch on its way"]()]
    )
    assert (merged.schedules, merged.endings) == (each.schedules, each.endings)
    assert merged.steps < each.steps
    assert merged.schedules > 1000


def test_two_records_are_the_same_whose_histories_differ_in_their_order_alone():
    scene = SCENES["cancelling"]()

    def record(*named: tuple[str, Event]) -> Record:
        history = tuple(Entry(at=START, event=event, by="alice", write_id=name) for name, event in named)
        return interned(scene.lab, plain(msgspec.structs.replace(scene.only, history=history)))

    one, other = ("cancel/1", Event.CANCEL_REQUESTED), ("second cancel/1", Event.CANCEL_REPEATED)
    assert record(one, other) is record(other, one)
    assert record(one, other) is not record((one[0], other[1]), (other[0], one[1]))


def without(original: Callable[..., Change], name: str) -> Callable[..., Change]:
    """The same write, but that it does not set this."""

    def change(*args) -> Change:
        whole = original(*args)
        return replace(whole, sets={each: value for each, value in whole.sets.items() if each != name})

    return change


def by_the_lease(task: Task, arn: str, attempt: int) -> bool:
    """Legitimate only while the launcher's lease lasts."""
    return task.lease_ends_at is not None and task.lease_ends_at > START + timedelta(seconds=100)


@dataclass(frozen=True)
class Mistake:
    """Something that could be forgotten, where it matters, and what the explorer says of it."""

    where: str
    instead: Any
    scene: Callable[[], Scene]
    actors: tuple[Actor, ...]
    faults: int
    found: str


def launch_of_the_second_lost() -> Scene:
    return begin().play(SUBMIT).play(NO_CAPACITY).after(10).play(RELAUNCH, run=Fate.DIES_AFTER)


def save_on_its_way() -> Scene:
    """The first launcher's save is on its way, and the second attempt has begun."""
    scene = begin().play(SUBMIT, launched=Fate.DIES_LATE).play(NO_CAPACITY)
    return scene.after(10).play(RELAUNCH)


MISTAKES = {
    "a cancellation does not bind the end": Mistake(
        "chalicelib.cancel._request",
        without(cancel._request, "on_end"),
        running,
        (CANCEL, EXITS_0),
        0,
        "cancelling became completed",
    ),
    "a refusal of the launch looks at the status alone": Mistake(
        "chalicelib.launch.leased",
        lambda _: (),
        begin,
        (SUBMIT, LEASE_PASSES, SWEEP),
        2,
        "pending, and a container is alive",
    ),
    "a refusal of a second send counts": Mistake(
        "chalicelib.takeover.resend", launch._send, SCENES["launch lost"], (SWEEP,), 1, "pending, and a container is"
    ),
    "facts are taken in of any attempt": Mistake(
        "chalicelib.observe.of_container",
        lambda arn, _, version: AnyOf(((Equals("ecs_arn", arn), Below("ecs_version", version)), (Absent("ecs_arn"),))),
        launch_of_the_second_lost,
        (OLDER,),
        0,
        "pending, and a container is alive",
    ),
    "facts are taken in of any container": Mistake(
        "chalicelib.observe.of_container",
        lambda *_: AnyOf(((),)),
        second_attempt,
        (OLDER,),
        0,
        "and a container is alive",
    ),
    "the deadline is not in the condition": Mistake(
        "chalicelib.deadline.cancel_if",
        lambda ports, request, _: cancel.cancel_if(ports, request, ()),
        SCENES["running, overdue"],
        (DEADLINE, PATCH_LATER),
        0,
        "whose deadline had been moved",
    ),
    "legitimate is what has a lease": Mistake(
        "chalicelib.hunt.legitimate", by_the_lease, SCENES["launch lost"], (HUNT,), 0, "that nobody had cancelled"
    ),
    "what is cancelled is not looked at again": Mistake(
        "chalicelib.needs.stop_check_at",
        lambda task, _: task.created_at + timedelta(days=999),
        running,
        (CANCEL,),
        1,
        "never comes to rest",
    ),
    "a write that holds in its own result applies twice": Mistake(
        "chalicelib.statement.Lacks",
        lambda *_: Absent("nothing"),
        SCENES["cancelling"],
        (CANCEL, SECOND_CANCEL),
        1,
        "the history holds a write twice",
    ),
    "an ARN is saved without a look at the attempt": Mistake(
        "chalicelib.launch.unlaunched", lambda _: (), save_on_its_way, (OLDER,), 0, "and a container is alive"
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_it_finds_a_mistake(mistake: Mistake, monkeypatch):
    monkeypatch.setattr(mistake.where, mistake.instead)
    scene = mistake.scene()
    with pytest.raises(BrokenError, match=mistake.found):
        explore(scene.lab, scene.state, *mistake.actors, fates=Fate, faults=mistake.faults)


def test_it_tells_a_shortest_schedule(monkeypatch):
    monkeypatch.setattr("chalicelib.hunt.legitimate", by_the_lease)
    scene = SCENES["launch lost"]()
    with pytest.raises(BrokenError) as broken:
        explore(scene.lab, scene.state, RUNS, HUNT, CANCEL)
    assert broken.value.schedule == ("hunt: find_all", "hunt: get_many", "hunt: get", "hunt: stop")
