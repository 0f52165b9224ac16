"""What `DefinitionStore` promises, of each implementation."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.ports import Busy, Known, Locked
from tests.doubles.examples import later

NOW, UNTIL = later(0), later(30)


@pytest.fixture
def family() -> str:
    return f"calloff-{uuid.uuid4().hex}"


@pytest.fixture
def ours(backend):
    return backend.definitions()


@pytest.fixture
def theirs(backend):
    """The same, in another process."""
    return backend.definitions()


def test_who_asks_first_may_register(ours, theirs, family):
    assert ours.lock(family, NOW, UNTIL) == Locked()
    assert theirs.lock(family, NOW, UNTIL) == Busy()


def test_the_lock_is_nobodys_twice(ours, family):
    ours.lock(family, NOW, UNTIL)
    assert ours.lock(family, later(1), later(31)) == Busy()


@pytest.mark.parametrize(("at", "outcome"), [(29.999, Busy()), (30, Busy()), (30.001, Locked())])
def test_a_lock_that_is_over_is_anybodys(ours, theirs, family, at, outcome):
    ours.lock(family, NOW, UNTIL)
    assert theirs.lock(family, later(at), later(at + 30)) == outcome


def test_a_lock_that_was_taken_over_holds_anew(ours, theirs, family):
    ours.lock(family, NOW, UNTIL)
    theirs.lock(family, later(31), later(61))
    assert ours.lock(family, later(32), later(62)) == Busy()


def test_what_is_remembered_is_known_to_all(ours, theirs, family):
    ours.lock(family, NOW, UNTIL)
    ours.remember(family)
    assert ours.lock(family, NOW, UNTIL) == Known()
    assert theirs.lock(family, NOW, UNTIL) == Known()
    assert theirs.lock(family, later(999), later(1000)) == Known()


def test_what_is_forgotten_is_to_be_registered(ours, theirs, family):
    ours.lock(family, NOW, UNTIL)
    ours.remember(family)
    ours.forget(family)
    assert theirs.lock(family, NOW, UNTIL) == Locked()
    assert ours.lock(family, NOW, UNTIL) == Busy()


def test_a_lock_can_be_given_back(ours, theirs, family):
    ours.lock(family, NOW, UNTIL)
    ours.forget(family)
    assert theirs.lock(family, NOW, UNTIL) == Locked()


def test_what_was_never_known_can_be_forgotten(ours, family):
    ours.forget(family)
    assert ours.lock(family, NOW, UNTIL) == Locked()


def test_one_definition_is_not_the_other(ours, family):
    ours.lock(family, NOW, UNTIL)
    assert ours.lock(f"{family}0", NOW, UNTIL) == Locked()


def test_of_many_who_ask_at_once_exactly_one_may_register(shared_backend):
    for _ in range(20):
        family = f"calloff-{uuid.uuid4().hex}"
        stores = [shared_backend.definitions() for _ in range(4)]
        with ThreadPoolExecutor(len(stores)) as pool:
            outcomes = list(pool.map(lambda store, f=family: store.lock(f, NOW, UNTIL), stores))
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Busy", "Busy", "Busy", "Locked"]
