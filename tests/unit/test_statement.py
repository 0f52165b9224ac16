"""One write, as derived from the table."""

import pytest

from chalicelib.conditions import Append, Differs, Equals, FirstOf, OneOf, Plus, Shorter
from chalicelib.lifecycle import QUIET, Becomes, Ends, Event, Status, Stays, effect, sources
from chalicelib.statement import room, statement
from tests.doubles.examples import a_change

WRITES = [event for event in Event if sources(event)]


def made(event, *, recorded=True, **parts):
    return statement(a_change(event, **parts), "w1", 40, recorded=recorded)


@pytest.mark.parametrize("event", WRITES)
def test_the_status_is_checked_by_the_table(event):
    assert made(event).conditions[0] == OneOf("status", tuple(sorted(sources(event))))


@pytest.mark.parametrize("event", WRITES)
def test_the_status_is_set_by_the_table(event):
    match effect(event):
        case Stays():
            assert "status" not in made(event).sets
        case Becomes(status):
            assert made(event).sets["status"] is status
        case Ends(natural):
            assert made(event).sets["status"] == FirstOf("on_end", natural)


def test_what_the_verb_requires_is_checked_too():
    assert Equals("attempt", 3) in made(Event.LAUNCHED, requires=(Equals("attempt", 3),)).conditions


@pytest.mark.parametrize("event", WRITES)
def test_each_write_counts_and_names_itself(event):
    sets = made(event).sets
    assert (sets["rev"], sets["write_id"]) == (Plus(1), "w1")


@pytest.mark.parametrize("event", [event for event in WRITES if event not in QUIET])
def test_there_must_be_room_for_the_entry(event):
    said = made(event, reason="why")
    assert Shorter("history", room(event, 40)) in said.conditions
    entry = said.sets["history"]
    assert isinstance(entry, Append)
    assert (entry.entry.event, entry.entry.by, entry.entry.write_id, entry.entry.reason) == (
        event,
        "tester",
        "w1",
        "why",
    )


@pytest.mark.parametrize("event", WRITES)
def test_unrecorded_it_needs_no_room(event):
    said = made(event, recorded=False)
    assert "history" not in said.sets
    assert not [condition for condition in said.conditions if isinstance(condition, Shorter)]
    assert Differs("write_id", "w1") in said.conditions


@pytest.mark.parametrize("event", sorted(QUIET))
def test_a_quiet_event_is_never_recorded(event):
    assert "history" not in made(event).sets


def test_what_moves_the_task_has_a_quarter_of_the_history_for_itself():
    assert room(Event.EXITED_ZERO, 40) == 40
    assert room(Event.CANCEL_REPEATED, 40) == 30


def test_a_verb_cannot_set_the_revision_itself():
    assert made(Event.STARTED, sets={"rev": 99, "write_id": "mine"}).sets["rev"] == Plus(1)


def test_a_verb_says_the_rest():
    said = made(Event.STARTED, sets={"ecs_version": 4}, removes=("lease_id",))
    assert (said.sets["ecs_version"], said.removes) == (4, ("lease_id",))
    assert said.sets["status"] is Status.RUNNING
