"""The whole local cloud on Docker, and the kernel's word of when a container's process dies."""

from __future__ import annotations

import os
import select
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from localcloud import aws, scheduler, waiting
from localcloud.engine import IMAGE, docker_client
from localcloud.options import Options
from localcloud.resources import CLUSTER
from localcloud.stack import LocalCloud
from localcloud.witness import DockerEyes

if TYPE_CHECKING:
    from collections.abc import Iterator

WITHIN_S = 30.0
GRACE_S = 5
BODY = {"image": IMAGE, "command": ["sleep", "600"], "stop_timeout": GRACE_S}
"""It dies at the first SIGTERM: its first process is the engine's init, which hands signals on."""


@dataclass
class Death:
    """The death of a process, seen by the kernel's own notice (pidfd), in seconds of `time.perf_counter`."""

    pid: int
    at: float = 0.0
    _seen: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._descriptor = os.pidfd_open(self.pid)
        threading.Thread(target=self._watch, daemon=True).start()

    def wait(self) -> float:
        """Wait for it; answer when it was."""
        assert self._seen.wait(WITHIN_S), f"process {self.pid} does not die"
        return self.at

    def _watch(self) -> None:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        poll.poll()
        self.at = time.perf_counter()
        self._seen.set()
        os.close(self._descriptor)


@dataclass(frozen=True)
class Running:
    """A task that runs: its id, its container's, and the container's first process."""

    task_id: str
    container: str
    pid: int


class Stage:
    """Submits and cancels by HTTP, and looks past Calloff at the engine and at the table."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.docker = docker_client()
        self._eyes = DockerEyes()
        self._http = httpx.Client(
            base_url=cloud.endpoints.api, headers={"Authorization": "Bearer alice"}, timeout=30, trust_env=False
        )
        self._dynamodb = aws.client("dynamodb", cloud.endpoints.aws)
        self._ecs = aws.client("ecs", cloud.endpoints.ecs)
        self._table = cloud.environment["CALLOFF_TABLE"]

    def running(self, **fields: Any) -> Running:
        """Submit a task and wait until its record says that it runs."""
        answer = self._http.post("/tasks", json=BODY | fields)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        task_id = answer.json()["id"]
        waiting.until(lambda: self.status(task_id) == "running", f"{task_id} running", WITHIN_S)
        [container] = self._eyes.find(task_id)
        return Running(task_id, container, self.docker.api.inspect_container(container)["State"]["Pid"])

    def cancel(self, task: Running, **how: Any) -> None:
        """Cancel a task."""
        answer = self._http.post(f"/tasks/{task.task_id}/cancel", json=how)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text

    def stop(self, task: Running) -> None:
        """Stop its container as `docker stop` does, past Calloff: the engine's own call, without starting a program."""
        self.docker.api.stop(task.container, timeout=GRACE_S)

    def stop_task(self, task: Running) -> None:
        """Stop it by ECS's own StopTask, past Calloff."""
        self._ecs.stop_task(cluster=CLUSTER, task=self._record(task.task_id)["ecs_arn"]["S"])

    def kill(self, task: Running) -> None:
        """Kill its container as `docker kill` does: what Fargate has no call for."""
        self.docker.api.kill(task.container)

    @contextmanager
    def told_of_deaths(self, task: Running) -> Iterator[Iterator[Any]]:
        """Listen to what the engine tells of the death of a task's container, from now on."""
        events = self.docker.events(decode=True, filters={"container": task.container, "event": "die"})
        try:
            yield events
        finally:
            events.close()

    def status(self, task_id: str) -> str:
        """Read the record's status in the table itself."""
        status: str = self._record(task_id)["status"]["S"]
        return status

    def _record(self, task_id: str) -> Any:
        key = {"pk": {"S": f"task#{task_id}"}, "sk": {"S": "record"}}
        return self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)["Item"]


@contextmanager
def on_stage() -> Iterator[Stage]:
    """Bring the local cloud up, on Docker.

    Sweep and hunt rest: here they come each second, on the same processors as the rest of the cloud. On AWS they come
    each minute, in functions of their own.
    """
    with LocalCloud(Options(runtime="docker")) as cloud:
        cloud.pause(scheduler.NAME)
        yield Stage(cloud)
        cloud.resume(scheduler.NAME)
