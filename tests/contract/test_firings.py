"""What `Firings` promises, of each implementation."""

import uuid

import pytest

LATER = 2_000_000_000


@pytest.fixture
def firing() -> str:
    return f"shed/{uuid.uuid4()}"


def test_a_firing_does_as_much_as_its_limit(backend, firing):
    assert [backend.firings().take(firing, 3, LATER) for _ in range(5)] == [True, True, True, False, False]


def test_each_firing_has_its_own(backend, firing):
    assert backend.firings().take(firing, 1, LATER)
    assert backend.firings().take(f"{firing}-2", 1, LATER)
    assert not backend.firings().take(firing, 1, LATER)


def test_a_lower_limit_holds_at_once(backend, firing):
    assert [backend.firings().take(firing, limit, LATER) for limit in (3, 3, 2, 3)] == [True, True, False, True]
