"""The things of ECS as frozen values: clusters, task definitions, tasks and their containers.

Times are epoch seconds. JSON that ECS only stores and shows again (a container definition, an override) stays
the mapping that it came as; what the endpoint decides by has a field.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class Status(StrEnum):
    """A task's last status, in the only order in which it moves.

    Source: *Amazon ECS task lifecycle* in the ECS developer guide.
    """

    PROVISIONING = "PROVISIONING"
    """The network interface is being made."""
    PENDING = "PENDING"
    """Waits for a place to run."""
    ACTIVATING = "ACTIVATING"
    """Images are pulled and containers started."""
    RUNNING = "RUNNING"
    """Every container was started."""
    DEACTIVATING = "DEACTIVATING"
    """Leaves load balancers; its containers have not been told to stop yet."""
    STOPPING = "STOPPING"
    """The stop signal was sent; after the container's ``stopTimeout`` SIGKILL follows."""
    DEPROVISIONING = "DEPROVISIONING"
    """No container is left; the network interface goes."""
    STOPPED = "STOPPED"
    """The end."""

    @property
    def rank(self) -> int:
        """Answer the place in the order, from 0."""
        return _ORDER.index(self)


_ORDER = list(Status)


class StopCode(StrEnum):
    """Why a task stopped; AWS's set is open. Source: ``TaskStopCode`` of the ECS API reference."""

    FAILED_TO_START = "TaskFailedToStart"
    ESSENTIAL_EXITED = "EssentialContainerExited"
    USER = "UserInitiated"


@dataclass(frozen=True)
class Cluster:
    """A named place for tasks; ``INACTIVE`` once deleted."""

    name: str
    status: str = "ACTIVE"
    tags: tuple[Json, ...] = ()
    settings: tuple[Json, ...] = ()


@dataclass(frozen=True)
class Definition:
    """One revision of a task definition: the request as registered, and what ECS adds."""

    family: str
    revision: int
    request: Json
    registered_at: float
    tags: tuple[Json, ...] = ()
    deregistered_at: float | None = None

    @property
    def name(self) -> str:
        """Answer ``family:revision``."""
        return f"{self.family}:{self.revision}"

    @property
    def containers(self) -> list[Json]:
        """Answer the container definitions."""
        return list(self.request["containerDefinitions"])


@dataclass(frozen=True)
class Container:
    """One container of a task: what was asked for, and what became of it."""

    name: str
    container_id: str
    image: str
    definition: Json
    essential: bool = True
    stop_timeout: int = 30
    status: str = "PENDING"
    image_digest: str | None = None
    runtime_id: str | None = None
    exit_code: int | None = None
    reason: str | None = None
    killed: bool = False

    @property
    def stopped(self) -> bool:
        """Say whether nothing of it runs any more, or ever did."""
        return self.status == "STOPPED"


@dataclass(frozen=True)
class Eni:
    """The task's network interface: PRECREATED, then ATTACHED, DETACHING and DELETED."""

    attachment_id: str
    subnet: str
    interface_id: str
    mac: str
    address: str
    status: str = "PRECREATED"


@dataclass(frozen=True)
class Times:
    """A task's time stamps by the names of the API; ``None`` until each came."""

    created: float
    updated: float
    entered: float
    """When `last_status` last changed; not shown by the API."""
    connectivity: float | None = None
    pull_started: float | None = None
    pull_stopped: float | None = None
    started: float | None = None
    stopping: float | None = None
    execution_stopped: float | None = None
    stopped: float | None = None


@dataclass(frozen=True)
class Task:
    """One launch of a task definition."""

    task_id: str
    cluster: str
    definition: str
    family: str
    cpu: str
    memory: str
    containers: tuple[Container, ...]
    eni: Eni
    times: Times
    availability_zone: str
    group: str
    platform_version: str = "1.4.0"
    launch_type: str | None = "FARGATE"
    capacity_provider: str | None = None
    started_by: str | None = None
    overrides: Json = field(default_factory=dict)
    ephemeral_gib: int = 20
    tags: tuple[Json, ...] = ()
    token: str | None = None
    enable_execute_command: bool = False
    last_status: Status = Status.PROVISIONING
    desired_status: str = "RUNNING"
    version: int = 1
    stop_code: str | None = None
    stopped_reason: str | None = None
    doomed: str | None = None
    """A late start failure that a fault has decided on: the reason that the task will give."""

    @property
    def ended(self) -> bool:
        """Say whether the task is over."""
        return self.last_status is Status.STOPPED

    @property
    def stopping(self) -> bool:
        """Say whether the task is wanted dead, whatever it still does."""
        return self.desired_status == "STOPPED"

    @property
    def dead(self) -> bool:
        """Say whether no container of the task runs, nor will."""
        return all(container.stopped for container in self.containers)

    def container(self, name: str) -> Container:
        """Answer the container of that name; KeyError if there is none."""
        for container in self.containers:
            if container.name == name:
                return container
        raise KeyError(name)
