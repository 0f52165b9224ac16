"""What the explorations share: quiet logs."""

import os

import pytest

WIDE = os.environ.get("EXPLORE") == "wide"
"""`EXPLORE=wide` runs for minutes: two faults where else there is one, and every triple."""


@pytest.fixture(autouse=True)
def _uncounted(no_cover: None) -> None:
    """Let coverage rest: it would double the time of millions of schedules, whose lines other tests count."""


@pytest.fixture(autouse=True, scope="module")
def _quiet(quiet_log: None) -> None:
    """Let nobody write the log lines of so many calls."""
