"""Fixtures of the launch fence's tests."""

from collections.abc import Iterator

import pytest

from tests.doubles.chance import repeatable
from tests.fence.world import World


@pytest.fixture(autouse=True)
def chance() -> Iterator[None]:
    """Keep to the test what a stage draws by lot: each of them begins the draw anew."""
    with repeatable(0):
        yield


@pytest.fixture
def world() -> World:
    """A world in which nothing has happened yet."""
    return World()
