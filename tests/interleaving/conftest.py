"""What the explorations share: quiet logs, and a line at the end that says how many schedules ran."""

import logging
import os
from collections.abc import Iterator

import pytest

from tests.interleaving.explore import TOTAL

WIDE = os.environ.get("EXPLORE") == "wide"
"""`EXPLORE=wide` runs for minutes: two faults where else there is one, and every triple."""


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> Iterator[None]:
    """Let nobody write the log lines of millions of calls."""
    logger = logging.getLogger("calloff")
    before, logger.disabled = logger.disabled, True
    yield
    logger.disabled = before


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many schedules ran."""
    if TOTAL.explorations:
        terminalreporter.section("interleavings")
        terminalreporter.write_line(
            f"{TOTAL.schedules:,} schedules ran, in {TOTAL.explorations:,} explorations"
            f" ({TOTAL.steps:,} steps; what is the same in many schedules was taken once)"
        )
