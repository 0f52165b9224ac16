"""The table, and what is derived from it: every status with every event."""

import msgspec
import pytest

from chalicelib.lifecycle import (
    BIRTHS,
    TERMINAL,
    TRANSITIONS,
    Becomes,
    Ends,
    Event,
    Status,
    Stays,
    effect,
    refusal,
    sources,
)
from chalicelib.ports import Applied, Refused
from chalicelib.task import Entry, moves
from tests.doubles.examples import a_change, a_task, later
from tests.doubles.memory import MemoryTaskStore

CREATES = list(BIRTHS)
WRITES = [event for event in Event if event not in CREATES]
NATURAL = {Status.COMPLETED, Status.FAILED, Status.CANCELLED}


@pytest.fixture
def store():
    return MemoryTaskStore(max_history=40)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("event", WRITES)
def test_every_event_meets_every_status(store, event, status):
    task = a_task(status)
    store.put(task)
    outcome = store.apply(task.id, a_change(event))
    target = TRANSITIONS.get((event, status))
    if target is None:
        assert outcome == Refused(task)
        assert store.get(task.id) == task
    else:
        assert isinstance(outcome, Applied)
        assert outcome.task.status is target


def test_terminal_are_the_three_ends():
    assert TERMINAL == NATURAL


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_nothing_leaves_an_end(status):
    assert [event for event in Event if status in sources(event)] == []


def test_from_cancelling_every_way_leads_to_cancelled():
    assert {t for (_, s), t in TRANSITIONS.items() if s is Status.CANCELLING} == {Status.CANCELLING, Status.CANCELLED}


def test_only_what_was_never_launched_is_cancelled_at_once():
    at_once = {s for (_, s), t in TRANSITIONS.items() if t is Status.CANCELLED and s is not Status.CANCELLING}
    by_request = {s for (e, s), t in TRANSITIONS.items() if t is Status.CANCELLED and e is Event.CANCELLED_UNLAUNCHED}
    assert by_request == {Status.PENDING}
    assert at_once - by_request == {s for s in sources(Event.STOPPED_EXTERNALLY) if s is not Status.CANCELLING}


def test_a_waiting_task_is_only_claimed_cancelled_or_looked_at():
    """Whatever ECS reports, a task that waits has no container: no end of one is its end."""
    targets = {t for (_, s), t in TRANSITIONS.items() if s is Status.PENDING}
    assert targets == {Status.STARTING, Status.PENDING, Status.CANCELLED}


@pytest.mark.parametrize("event", WRITES)
def test_every_event_is_possible_somewhere_and_one_write(event):
    assert sources(event)
    rows = {source: target for (e, source), target in TRANSITIONS.items() if e is event}
    match effect(event):
        case Stays():
            assert all(source is target for source, target in rows.items())
        case Becomes(status):
            assert set(rows.values()) == {status}
        case Ends(natural):
            assert rows.pop(Status.CANCELLING) is Status.CANCELLED
            assert set(rows.values()) == {natural}


@pytest.mark.parametrize("event", CREATES)
def test_a_birth_is_no_write_to_a_record(event):
    assert sources(event) == frozenset()


def test_a_table_that_needs_two_writes_is_refused(monkeypatch):
    branching = {(Event.CLAIMED, Status.PENDING): Status.STARTING, (Event.CLAIMED, Status.RUNNING): Status.FAILED}
    monkeypatch.setattr("chalicelib.lifecycle.TRANSITIONS", branching)
    with pytest.raises(ValueError, match="claimed is not one write"):
        effect(Event.CLAIMED)


@pytest.mark.parametrize("event", WRITES)
@pytest.mark.parametrize("status", Status)
def test_a_refusal_says_where_it_is_and_where_it_would_be_possible(event, status):
    text = refusal(event, status)
    assert text.startswith(f"The task is {status}")
    if status in TERMINAL:
        assert text.endswith("; that is final.")
    else:
        assert all(source in text for source in sources(event))


def test_an_end_is_cancelled_if_that_was_asked_for_before(store):
    """`on_end` decides in the same write, whatever the status says."""
    ends = [event for event in WRITES if isinstance(effect(event), Ends)]
    assert ends
    for event in ends:
        for status in sources(event):
            task = a_task(status, on_end=Status.CANCELLED)
            store.put(task)
            outcome = store.apply(task.id, a_change(event))
            assert outcome.task.status is Status.CANCELLED


# -- the history, told with the statuses


def entries(*events: Event) -> tuple[Entry, ...]:
    return tuple(Entry(at=later(n), event=event, by="x", write_id=f"w{n}") for n, event in enumerate(events))


def test_moves_are_folded_from_the_table():
    told = moves(entries(Event.SUBMITTED, Event.LAUNCHED, Event.STARTED, Event.CANCEL_REQUESTED, Event.EXITED_ZERO))
    assert [(move.source, move.target) for move in told] == [
        (None, Status.STARTING),
        (Status.STARTING, Status.STARTING),
        (Status.STARTING, Status.RUNNING),
        (Status.RUNNING, Status.CANCELLING),
        (Status.CANCELLING, Status.CANCELLED),
    ]


@pytest.mark.parametrize(("birth", "status"), BIRTHS.items())
def test_a_history_begins_with_a_birth(birth, status):
    [move] = moves(entries(birth))
    assert (move.source, move.target) == (None, status)


def test_after_a_gap_no_status_is_guessed():
    told = list(moves(entries(Event.SUBMITTED, Event.CLAIMED, Event.STARTED)))
    assert [(move.source, move.target) for move in told][1:] == [(Status.STARTING, None), (None, None)]


def test_the_statuses_are_not_stored():
    assert set(msgspec.to_builtins(entries(Event.SUBMITTED)[0])) == {"at", "event", "by", "write_id"}
