"""Which runtime an endpoint gets."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, assert_never

from localcloud.ecs.clock import SystemClock
from localcloud.ecs.journal import Row
from localcloud.ecs.runtimes.process import ProcessRuntime
from localcloud.ecs.runtimes.simulated import SimulatedRuntime

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    from localcloud.ecs.journal import Journal
    from localcloud.ecs.runtimes.port import Runtime


def docker_reachable() -> bool:
    """Say whether a Docker engine answers where the environment points to."""
    try:
        import docker

        client = docker.from_env(timeout=5)
        try:
            return bool(client.ping())
        finally:
            client.close()
    except Exception:  # noqa: BLE001  no engine has many faces: no package, no socket, no right
        return False


def choose(asked: Literal["auto", "docker", "process", "simulated"], state: Path, journal: Journal) -> Runtime:
    """Answer the runtime asked for; ``auto`` is Docker where an engine answers, else processes."""
    match asked:
        case "auto":
            return choose("docker" if docker_reachable() else "process", state, journal)
        case "docker":
            from localcloud.ecs.runtimes.docker import DockerRuntime

            return DockerRuntime(endpoint_id(journal), state / "logs")
        case "process":
            return ProcessRuntime(state / "processes")
        case "simulated":
            return SimulatedRuntime(SystemClock())
        case _:
            assert_never(asked)


def endpoint_id(journal: Journal) -> str:
    """Answer the id by which an endpoint knows its own containers again, made at its first start."""
    known = journal.read("endpoint").get("id")
    if known is not None:
        return known.decode()
    made = uuid.uuid4().hex
    journal.write([Row("endpoint", "id", made.encode())])
    return made
