"""A line at the end that says how far was looked; and quiet logs, for the code's own schedules."""

import logging
from collections.abc import Iterator

import pytest

from tests.model.search import SEARCHED


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> Iterator[None]:
    """Let nobody write the log lines of thousands of calls."""
    logger = logging.getLogger("calloff")
    before, logger.disabled = logger.disabled, True
    yield
    logger.disabled = before


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many states were seen."""
    if SEARCHED:
        states, edges = sum(each.states for each in SEARCHED), sum(each.edges for each in SEARCHED)
        terminalreporter.section("model")
        terminalreporter.write_line(f"{len(SEARCHED)} searches: {states:,} states, {edges:,} steps")
