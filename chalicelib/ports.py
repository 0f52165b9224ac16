"""What the verbs need of the world. `aws/` keeps these promises on AWS, the tests also in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chalicelib.conditions import Change
from chalicelib.config import Settings
from chalicelib.task import Task

# -- the store


class StoreUnavailableError(Exception):
    """The store did not answer, or refused for load. A write may or may not have happened; repeating it is safe."""


@dataclass(frozen=True)
class Created:
    """The record is new."""

    task: Task


@dataclass(frozen=True)
class Exists:
    """A record with this id was there before."""

    current: Task


@dataclass(frozen=True)
class Applied:
    """The event was written; the record as it is now."""

    task: Task


@dataclass(frozen=True)
class Refused:
    """The write's condition did not hold; the record as it was at that moment. Nothing was changed."""

    current: Task


@dataclass(frozen=True)
class Missing:
    """There is no such record."""


@dataclass(frozen=True)
class Position:
    """Where a page ended: the key of its last task in the owner's index."""

    task_id: str
    created_at: datetime


@dataclass(frozen=True)
class Page:
    """Tasks, newest first; `next` is None when there are no more."""

    tasks: Sequence[Task]
    next: Position | None


class TaskStore(Protocol):
    """The records. Each method raises `StoreUnavailableError`; reads are consistent, but for the order in `page`."""

    def create(self, task: Task) -> Created | Exists:
        """Put a new record, unless its id is taken."""

    def apply(self, task_id: str, change: Change) -> Applied | Refused | Missing:
        """Check and write `change` in one statement: condition and target status come from the lifecycle's table."""

    def get(self, task_id: str) -> Task | Missing:
        """Read a record."""

    def page(self, owner: str, limit: int, after: Position | None) -> Page:
        """List an owner's tasks, at most `limit`, by an index that may lag; each record itself is read consistently."""


# -- task definitions that are registered


@dataclass(frozen=True)
class Known:
    """The task definition is registered."""


@dataclass(frozen=True)
class Locked:
    """It is not; the right to register it is now the caller's."""


@dataclass(frozen=True)
class Busy:
    """Somebody else is registering it."""


class DefinitionStore(Protocol):
    """Remembers which task definitions are registered: RegisterTaskDefinition is slow, and not idempotent."""

    def lock(self, family: str, now: datetime, until: datetime) -> Known | Locked | Busy:
        """Ask for `family`, and take the right to register it where nobody has it."""

    def remember(self, family: str) -> None:
        """It is registered."""

    def forget(self, family: str) -> None:
        """It is not registered, or no longer."""


# -- containers


@dataclass(frozen=True)
class Launched:
    """ECS has the container: its ARN, and the version of its life that the answer showed."""

    arn: str
    version: int


@dataclass(frozen=True)
class Registered:
    """ECS has the task definition."""


@dataclass(frozen=True)
class Deferred:
    """Definitely refused, for now: throttled, no capacity, not reached. Nothing was done."""

    reason: str


@dataclass(frozen=True)
class Rejected:
    """Definitely refused, and the same again would be: nothing was done."""

    reason: str


@dataclass(frozen=True)
class Undefined:
    """Definitely refused: ECS does not know the task definition (any more)."""

    reason: str


@dataclass(frozen=True)
class Unclear:
    """Nobody knows whether it was, is, or will be done: a time-out, a 5xx, an answer that we cannot read."""

    reason: str


@dataclass(frozen=True)
class Stopping:
    """ECS took the stop, or the container had stopped already."""


@dataclass(frozen=True)
class Unstopped:
    """The stop was refused, lost or not understood: try again later. *Not found* is among them; it proves nothing."""

    reason: str


class Containers(Protocol):
    """ECS on Fargate. No method raises for what ECS answers."""

    def register(self, definition: Mapping[str, Any]) -> Registered | Deferred | Rejected | Unclear:
        """Register a task definition (`fargate.task_definition`)."""

    def run(self, request: Mapping[str, Any]) -> Launched | Deferred | Rejected | Undefined | Unclear:
        """Send a RunTask (`fargate.run_request`), once: what looks like a refusal must be that of the only send."""

    def stop(self, cluster: str, arn: str, reason: str) -> Stopping | Unstopped:
        """Send a StopTask: SIGTERM, and after the task definition's grace SIGKILL. Repeating it is harmless."""


class Clock(Protocol):
    """Time."""

    def now(self) -> datetime:
        """Tell the instant, in UTC, to the millisecond."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


@dataclass(frozen=True)
class Ports:
    """The world as a verb sees it."""

    store: TaskStore
    definitions: DefinitionStore
    containers: Containers
    clock: Clock
    settings: Settings
