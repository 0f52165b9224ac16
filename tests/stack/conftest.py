"""What tests of the running local cloud share.

`cloud` (`tests/conftest.py`) is the one that most tests share, set up as `make run` does. A file that pauses, kills or
hurries things takes `hasty` in its place, by a fixture of its own named `cloud`: there, what takes minutes on AWS takes
seconds.
"""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from localcloud.options import Options
from localcloud.stack import LocalCloud
from localcloud.witness import Witness
from tests.runtime import runtime
from tests.stack.caller import Caller
from tests.stack.ecs import Ecs, client

#: Seconds, where AWS needs minutes.
HASTE = {
    "CALLOFF_DEFINITION_LOCK_S": "2",
    "CALLOFF_LAUNCH_LEASE_S": "3",
    "CALLOFF_LAUNCH_BACKOFF_S": "1",
    "CALLOFF_LOOK_AFTER_S": "2",
    "CALLOFF_READ_TIMEOUT_S": "1",
    "CALLOFF_REQUEUE_S": "2",
    "CALLOFF_SETTINGS_CACHE_S": "1",
    "CALLOFF_STOP_CHECK_S": "1",
    "CALLOFF_STOP_CHECK_MAX_S": "2",
}


@pytest.fixture(scope="session")
def hasty(no_account: None) -> Iterator[LocalCloud]:
    with LocalCloud(Options(runtime=runtime(), settings=HASTE)) as running:
        yield running


@pytest.fixture
def witness(cloud: LocalCloud) -> Witness:
    return Witness(cloud.engine, cloud.endpoints.ecs)


@pytest.fixture
def images(cloud: LocalCloud) -> None:
    """Let a test run only where tasks have images: on processes there are none, no limits and no labels."""
    if cloud.engine.runtime != "docker":
        pytest.skip(f"needs containers; tasks are processes here ({cloud.engine.why})")


@pytest.fixture
def ecs(cloud: LocalCloud) -> Iterator[Ecs]:
    endpoint = Ecs(cloud.endpoints.ecs)
    yield endpoint
    endpoint.calm()


@pytest.fixture
def amazon(cloud: LocalCloud) -> Callable[[str], Any]:
    """Make a boto3 client of a service that is not ECS."""
    return lambda service: client(service, cloud.endpoints.aws)


@pytest.fixture
def caller(cloud: LocalCloud) -> Iterator[Callable[[str], Caller]]:
    callers: list[Caller] = []

    def make(name: str) -> Caller:
        callers.append(Caller(cloud.endpoints.api, name))
        return callers[-1]

    yield make
    for each in callers:
        each.clear()


@pytest.fixture
def alice(caller: Callable[[str], Caller]) -> Caller:
    return caller("alice")


@pytest.fixture
def bob(caller: Callable[[str], Caller]) -> Caller:
    return caller("bob")


@pytest.fixture
def admin(caller: Callable[[str], Caller]) -> Caller:
    return caller("admin")


@pytest.fixture
def stranger(caller: Callable[[str], Caller]) -> Caller:
    """Give somebody who has no task yet."""
    return caller(f"u{uuid.uuid4().hex[:12]}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Show the end of each part's log with a failed test."""
    report = yield
    running = getattr(item, "funcargs", {}).get("cloud")
    if report.failed and isinstance(running, LocalCloud):
        report.sections += [(f"log of {name}", part.tail()) for name, part in running.parts.items()]
    return report
