"""The model is the code's: its writes look at the same things, change the same things, and none is missing."""

from collections.abc import Iterable
from functools import cache

import pytest

from chalicelib.conditions import Change
from chalicelib.lifecycle import TRANSITIONS, Event, Status, Stays, effect, sources
from tests.contract.lives import LIVES, lived
from tests.interleaving.actors import ACTORS
from tests.interleaving.carry import Fate
from tests.interleaving.explore import explore
from tests.interleaving.replay import Lab, Place
from tests.interleaving.scenes import SCENES
from tests.model import record as records
from tests.model import writes
from tests.model.record import COMING, TRACKED, Guard, Record, guards
from tests.model.search import search
from tests.model.state import Bounds, Rules
from tests.model.writes import ENDS

LEFT_OUT = {
    Event.INTERRUPTED: "an end like any other that ECS tells of",
    Event.CANCEL_REPEATED: "changes nothing but a count",
}
"""Events of a record's life that the model does without."""

UNREACHED = {
    (Event.STOPPED, Status.STARTING): "nobody stops a container of ours that nobody cancelled",
    (Event.STOPPED, Status.RUNNING): "the same",
    (Event.START_FAILED, Status.RUNNING): "what ran has started",
    (Event.ATTENDED, Status.PENDING): "only when it is looked at next",
}
"""Rows that no life of the model comes through. They are there for what breaks an assumption."""

Shape = tuple[frozenset[Guard], frozenset[str], frozenset[str]]
"""What a write looks at, sets, and removes, of what the model keeps."""


def shape(change: Change) -> Shape:
    looked_at = {guard for guard in guards(change.event, change.requires) if guard.name in TRACKED | {"rev"}}
    return frozenset(looked_at), TRACKED.intersection(change.sets), TRACKED.intersection(change.removes)


def shapes(changes: Iterable[Change]) -> dict[Event, set[Shape]]:
    """The shapes of writes by their event; but for those that change nothing of what the model keeps."""
    by_event: dict[Event, set[Shape]] = {}
    for change in changes:
        looked_at, sets, removes = shape(change)
        if sets or removes or not isinstance(effect(change.event), Stays):
            by_event.setdefault(change.event, set()).add((looked_at, sets, removes))
    return by_event


def of_the_model() -> Iterable[Change]:
    alive = (writes.alive(event, 1, 1, 1) for event in (Event.STARTED, Event.SIGHTED))
    ends = (writes.dead(end, 1, 1, 1) for end in ENDS.values())
    return [
        *alive,
        *ends,
        *(writes.cancel_requested(overdue, True) for overdue in (True, False)),
        *(writes.cancelled_unlaunched(overdue) for overdue in (True, False)),
        *(writes.timeout_moved(True, deadline) for deadline in (None, COMING)),
        writes.claimed(1, True),
        writes.lease_taken(True),
        writes.launched(1, 1),
        writes.launch_deferred(True),
        writes.launch_rejected(True),
        writes.start_deferred(1, 1, 1),
        writes.listed_empty(True),
        writes.nothing_found(True, 2),
        writes.missed(True),
        writes.gone(1),
        writes.shown(True),
        writes.stop_repeated(True),
    ]


@cache
def of_the_code() -> list[Change]:
    """Every write that the verbs make, in the contract tests' lives, and in the schedules of some pairs."""
    found = [step.change for life in LIVES for step in lived(life)]
    for name in ("new", "waits, overdue", "running, overdue", "running, exit untold", "second attempt", "cancelling"):
        scene = SCENES[name]()
        for actor in ACTORS:
            explore(scene.lab, scene.state, actor, fates=Fate, faults=1)
        found += [call.args[1] for place in places(scene.lab) if (call := place.call) and call.method == "apply"]
    return found


def places(lab: Lab) -> Iterable[Place]:
    waiting = list(lab.places.values())
    while waiting:
        place = waiting.pop()
        yield place
        waiting += place.following


@pytest.mark.parametrize("event", sorted(shapes(of_the_model())))
def test_a_write_of_the_model_is_the_codes(event):
    assert shapes(of_the_model())[event] == shapes(of_the_code())[event]


def test_no_event_is_missing_in_the_model():
    assert shapes(of_the_model()).keys() | LEFT_OUT.keys() == {event for event in Event if sources(event)}
    assert shapes(of_the_code()).keys() <= shapes(of_the_model()).keys() | LEFT_OUT.keys()


def test_each_move_of_the_model_is_a_row_of_the_table_and_each_row_is_moved(monkeypatch):
    moved = set()

    def apply(record: Record, change: Change, dropped: frozenset[Guard]) -> Record | None:
        after = real(record, change, dropped)
        if after is not None:
            moved.add(((change.event, record.status), after.status))
        return after

    real = records.apply
    monkeypatch.setattr(records, "apply", apply)
    assert not search(Rules(), Bounds(faults=1)).found
    assert moved <= set(TRANSITIONS.items())
    rows = {row for row in TRANSITIONS if row[0] not in LEFT_OUT}
    assert rows - {row for row, _ in moved} == UNREACHED.keys()
