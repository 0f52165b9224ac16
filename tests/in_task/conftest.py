"""Programs as they run within tasks, and the supervisor that they run under."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud import engine
from localcloud.stack import LocalCloud
from sdk.build import build as build_wheel
from supervisor.build import build
from tests.in_task.images import make_python, make_supervised
from tests.in_task.program import Program, python
from tests.in_task.wheels import install
from tests.stack.caller import Caller
from tests.stack.ecs import Ecs


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Start a program; none outlives its test."""
    programs: list[Program] = []

    def start(argv: list[str], **variables: str) -> Program:
        programs.append(Program(argv, tmp_path / f"log{len(programs)}", variables))
        return programs[-1]

    yield start
    for each in programs:
        each.process.kill()
        each.process.communicate()


@pytest.fixture
def mark(request: pytest.FixtureRequest) -> str:
    """Answer what this test's programs carry in their environment, as `MARK`, and nobody else does."""
    return f"{os.getpid()}-{request.node.name}"


@pytest.fixture
def script(run: Callable[..., Program]) -> Callable[..., Program]:
    """Start a Python program that has the SDK, and no package that is not the standard library's."""

    def start(text: str, **variables: Any) -> Program:
        return run(python(text), **variables)

    return start


@pytest.fixture(scope="session")
def init() -> str:
    """Build the supervisor."""
    return str(build())


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the SDK's wheel."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def sdk(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install it into a folder of its own; no index is asked, so it can need nothing else."""
    folder = tmp_path_factory.mktemp("sdk")
    install(folder, wheel)
    return folder


@pytest.fixture(scope="session")
def supervised_image(cloud: LocalCloud) -> str:
    """Make the image of supervised tasks; without an engine for it there is none."""
    if cloud.engine.runtime != "docker":
        pytest.skip(f"needs containers; tasks are processes here ({cloud.engine.why})")
    return make_supervised(engine.docker_client())


@pytest.fixture(scope="session")
def python_image(supervised_image: str, sdk: Path) -> str:
    """Make the image of supervised tasks in Python."""
    return make_python(engine.docker_client(), sdk)


@pytest.fixture
def alice(cloud: LocalCloud, supervised_image: str) -> Iterator[Caller]:
    """Give a caller whose tasks may run in that image."""
    caller = Caller(cloud.endpoints.api, "alice")
    yield caller
    caller.clear()


@pytest.fixture
def ecs(cloud: LocalCloud) -> Ecs:
    return Ecs(cloud.endpoints.ecs)
