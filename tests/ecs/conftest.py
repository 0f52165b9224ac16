"""Fixtures of the ECS endpoint's tests."""

import pytest

from tests.ecs.bench import SLOW, Bench


@pytest.fixture
def bench() -> Bench:
    """An engine as quick as its simulated containers."""
    return Bench()


@pytest.fixture
def slow() -> Bench:
    """An engine that takes about as long as Fargate, on a held clock."""
    return Bench(delays=SLOW)
