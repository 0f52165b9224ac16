"""Fixtures: a world in memory, and `app` wired to it."""

from collections.abc import Iterator

import pytest

from tests.doubles.api import wired
from tests.doubles.world import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def api(world) -> Iterator[World]:
    """The world that `tests.doubles.api.request` reaches."""
    with wired(world.ports):
        yield world
