"""Fixtures of the launch fence's tests."""

import pytest

from tests.fence.world import World


@pytest.fixture
def world() -> World:
    """A world in which nothing has happened yet."""
    return World()
