"""What `Slots` promises, of each implementation."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.ports import Full, Taken
from tests.doubles.examples import later

NOW = later(0)


@pytest.fixture
def slots(backend):
    return backend.slots()


@pytest.fixture
def owner() -> str:
    return f"arn:aws:iam::123456789012:role/{uuid.uuid4().hex}"


def ids(count: int) -> list[str]:
    return [str(uuid.uuid4()) for _ in range(count)]


def test_there_are_so_many_and_no_more(slots, owner):
    one, two, three = ids(3)
    assert slots.take(owner, one, 2, NOW) == Taken()
    assert slots.take(owner, two, 2, later(1.5)) == Taken()
    assert slots.take(owner, three, 2, later(2)) == Full({one: NOW, two: later(1.5)})


def test_taking_a_slot_again_is_harmless(slots, owner):
    [one] = ids(1)
    assert [slots.take(owner, one, 1, later(n)) for n in range(3)] == [Taken()] * 3


def test_what_was_freed_can_be_taken(slots, owner):
    one, two = ids(2)
    slots.take(owner, one, 1, NOW)
    slots.free(owner, {one: NOW})
    slots.free(owner, {one: NOW})
    assert slots.take(owner, two, 1, NOW) == Taken()
    assert slots.take(owner, one, 1, NOW) == Full({two: NOW})


def test_what_was_taken_again_is_not_freed_by_who_saw_it_before(slots, owner):
    one, two = ids(2)
    slots.take(owner, one, 1, NOW)
    slots.take(owner, one, 1, later(91))
    slots.free(owner, {one: NOW})
    assert slots.take(owner, two, 1, later(92)) == Full({one: later(91)})


def test_many_are_freed_at_once(slots, owner):
    many = ids(250)
    for task_id in many:
        slots.take(owner, task_id, 250, NOW)
    slots.free(owner, dict.fromkeys(many[1:], NOW))
    assert slots.take(owner, "x", 1, NOW) == Full({many[0]: NOW})


def test_a_smaller_limit_is_full_until_enough_have_ended(slots, owner):
    one, two, three = ids(3)
    for each in (one, two):
        slots.take(owner, each, 2, NOW)
    assert slots.take(owner, three, 1, NOW) == Full({one: NOW, two: NOW})
    slots.free(owner, {one: NOW})
    assert slots.take(owner, three, 1, NOW) == Full({two: NOW})


@pytest.mark.parametrize("name", ["alice", "#a:b", "size", "ü" * 200, "a b/c|d", "held"])
def test_owners_are_apart_whatever_their_names(slots, name):
    [one] = ids(1)
    assert slots.take(f"{name}-{one}", one, 1, NOW) == Taken()
    assert slots.take(f"{name}-{one}-other", one, 1, NOW) == Taken()


def test_in_a_race_there_are_never_more(on_ministack, owner):
    """On a store that is atomic."""
    slots, many = on_ministack.slots(), ids(64)
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(lambda task_id: slots.take(owner, task_id, 10, NOW), many))
    taken = [task_id for task_id, outcome in zip(many, outcomes, strict=True) if outcome == Taken()]
    assert len(taken) == 10
    last = slots.take(owner, "x", 10, NOW)
    assert isinstance(last, Full)
    assert set(last.held) == set(taken)
