"""Quiet logs, for the code's own schedules."""

import pytest


@pytest.fixture(autouse=True, scope="module")
def _quiet(quiet_log: None) -> None:
    """Let nobody write the log lines of so many calls."""
