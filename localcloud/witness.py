"""The engine's own word: is anything of a task alive? Asked from Docker or the kernel, never from Calloff.

Only which process group is a task's comes from the ECS endpoint; whether it lives, from the kernel.
"""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, assert_never

from localcloud import keeper
from localcloud.engine import docker_client

if TYPE_CHECKING:
    from localcloud.engine import Engine

LABEL = "calloff.ecs.started-by"


@dataclass(frozen=True)
class Sighting:
    """What the engine says of a task: which ``engine``, ``what`` it looked at, and its ``state``, for people."""

    engine: str
    alive: bool
    what: str
    state: str

    @property
    def words(self) -> str:
        """Say all of it."""
        return f"{self.engine} at that moment: {self.what} {self.state}"


class Eyes(Protocol):
    """Finds and looks at the containers of a task."""

    nothing: Sighting
    """What to say when there never was one, or it was gone before anybody looked."""

    def find(self, task_id: str) -> list[str]:
        """Number what the engine has of the task, dead or alive."""

    def look(self, identity: str) -> Sighting:
        """Say whether it is alive."""


class DockerEyes:
    """Asks the Docker engine. The labels are those that the ECS endpoint gives its containers."""

    nothing = Sighting("docker", alive=False, what="containers of it:", state="none")

    def __init__(self) -> None:
        self._docker = docker_client()

    def find(self, task_id: str) -> list[str]:
        """List the containers whose mark names the task."""
        found = self._docker.api.containers(all=True, filters={"label": LABEL})
        return [each["Id"] for each in found if f"/{task_id}/" in each["Labels"][LABEL]]

    def look(self, identity: str) -> Sighting:
        """Inspect the container."""
        from docker.errors import NotFound

        what = f"container {identity[:12]}"
        try:
            state: dict[str, Any] = self._docker.api.inspect_container(identity)["State"]
        except NotFound:
            return Sighting("docker", alive=False, what=what, state="gone")
        if state["Running"]:
            return Sighting("docker", alive=True, what=what, state="runs")
        return Sighting("docker", alive=False, what=what, state=state["Status"])


class ProcessEyes:
    """Asks the kernel. Which process is a task's, only the ECS endpoint knows."""

    nothing = Sighting("kernel", alive=False, what="processes of it:", state="none")

    def __init__(self, ecs: str) -> None:
        self._ecs = ecs

    def find(self, task_id: str) -> list[str]:
        """Ask the endpoint for the numbers of the process groups. One that is down knows none."""
        try:
            with urllib.request.urlopen(f"{self._ecs}/_localcloud/tasks", timeout=2) as answer:  # noqa: S310
                tasks = json.load(answer)["tasks"]
        except OSError:
            return []
        ours = [task for task in tasks if f"/{task_id}/" in (task["startedBy"] or "")]
        return [each["identity"] for task in ours for each in task["containers"] if each["identity"]]

    def look(self, identity: str) -> Sighting:
        """Look for the process group."""
        alive = keeper.alive(int(identity))
        return Sighting("kernel", alive, f"process {identity}", "runs" if alive else "gone")


class Witness:
    """Remembers the containers of each task, so that one that was removed is still looked for."""

    def __init__(self, engine: Engine, ecs: str) -> None:
        self._seen: dict[str, set[str]] = {}
        match engine.runtime:
            case "docker":
                self._eyes: Eyes = DockerEyes()
            case "process":
                self._eyes = ProcessEyes(ecs)
            case "simulated":
                raise ValueError("simulated containers exist in the endpoint's memory alone: nobody else sees them")
            case _:
                assert_never(engine.runtime)

    def look(self, task_id: str) -> Sighting:
        """Say whether anything of the task is alive."""
        seen = self._seen.setdefault(task_id, set())
        seen.update(self._eyes.find(task_id))
        if not seen:
            return self._eyes.nothing
        sightings = [self._eyes.look(identity) for identity in sorted(seen)]
        return next((each for each in sightings if each.alive), sightings[-1])
