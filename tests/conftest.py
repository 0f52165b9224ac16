"""What all tests share: no way to a real account, an engine where it is asked for, and the last words."""

import logging
import os
from collections.abc import Iterator
from typing import Any

import docker
import pytest
from hypothesis import settings

from localcloud.options import Options
from localcloud.stack import LocalCloud
from tests import counted
from tests.runtime import runtime

# A shared machine is slow at times; that is no failure. A failure prints how to repeat it.
settings.register_profile("calloff", deadline=None, print_blob=True)
# The same examples on each run: a change fails for its own sake alone.
settings.register_profile("ci", settings.get_profile("calloff"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "calloff")

CHOICES = {"CALLOFF_REQUIRE_DOCKER", "CALLOFF_RUNTIME"}
"""What whoever runs the tests may choose: to insist on an engine, or to do without."""
NOWHERE = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(autouse=True, scope="session")
def no_account() -> Iterator[None]:
    """Keep tests, and whatever they start, away from the account and the settings of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - CHOICES:
            if name.startswith(("AWS_", "CALLOFF_")):
                patch.delenv(name)
        for name, value in NOWHERE.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def quiet_log() -> Iterator[None]:
    """Silence Calloff's log."""
    logger = logging.getLogger("calloff")
    before, logger.disabled = logger.disabled, True
    yield
    logger.disabled = before


@pytest.fixture(scope="session")
def cloud(no_account: None) -> Iterator[LocalCloud]:
    """The local cloud that most tests of a run share, with real containers where a Docker engine is."""
    with LocalCloud(Options(runtime=runtime())) as running:
        yield running


@pytest.fixture(scope="session")
def engine_trouble() -> str | None:
    """Why no Docker engine answers; None if one does."""
    try:
        client = docker.from_env(timeout=5)
    except docker.errors.DockerException as error:
        return str(error)
    client.close()
    return None


@pytest.fixture(autouse=True)
def _engine(request: pytest.FixtureRequest) -> None:
    """Let a test marked `docker` run only with an engine; without one, skip it, or fail where it is required."""
    if request.node.get_closest_marker("docker") is None:
        return
    if trouble := request.getfixturevalue("engine_trouble"):
        if os.environ.get("CALLOFF_REQUIRE_DOCKER"):
            pytest.fail(f"CALLOFF_REQUIRE_DOCKER is set, and no Docker engine answers: {trouble}")
        pytest.skip(f"no Docker engine answers: {trouble}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what a worker counted to the run that it works for."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["counted"] = {what: dict(numbers) for what, numbers in counted.COUNTED.items()}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker counted. One that crashed has counted nothing."""
    counted.merge(getattr(node, "workeroutput", {}).get("counted", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how far the explorations looked."""
    if lines := counted.lines():
        terminalreporter.section("explored")
        for line in lines:
            terminalreporter.write_line(line)
