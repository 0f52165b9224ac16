"""What the verbs need of the world. `aws/` keeps these promises on AWS, the tests also in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec

from chalicelib.conditions import Change
from chalicelib.config import Settings
from chalicelib.keys import Keys
from chalicelib.notes import Checkpoint, Notes, Told
from chalicelib.report import Report
from chalicelib.task import Task


class Message(msgspec.Struct, frozen=True):
    """What a port is told, or tells. No dataclass: to make thirty of those takes a twentieth of a cold start."""


# -- the store


class StoreUnavailableError(Exception):
    """The store did not answer, or refused for load. A write may or may not have happened; repeating it is safe."""


class Created(Message, frozen=True):
    """The record is new."""

    task: Task


class Exists(Message, frozen=True):
    """A record with this id was there before."""

    current: Task


class Applied(Message, frozen=True):
    """The event was written; the record as it is now."""

    task: Task


class Refused(Message, frozen=True):
    """The write's condition did not hold; the record as it was at that moment. Nothing was changed."""

    current: Task


class Missing(Message, frozen=True):
    """There is no such record."""


class Unreadable(Message, frozen=True):
    """There is such a record, but it cannot be read here: a newer version wrote it, or a person."""


class Position(Message, frozen=True):
    """Where a page ended: the key of its last task in the owner's index."""

    task_id: str
    created_at: datetime


class Page(Message, frozen=True):
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

    def get_many(self, task_ids: Sequence[str]) -> Mapping[str, Task | Unreadable]:
        """Read records, as many as there are; the others are not among the answer."""

    def due(self, now: datetime, most: int) -> Sequence[str]:
        """Find the ids of tasks whose `due_at` has come, at most so many, by an index that may lag."""

    def page(self, owner: str, limit: int, after: Position | None) -> Page:
        """List an owner's tasks, at most `limit` and as far as they can be read, by an index that may lag."""


# -- what tasks tell of themselves


class NoteStore(Protocol):
    """Notes, beside the records. Each method raises `StoreUnavailableError`; reads are consistent."""

    def write(self, task_id: str, told: Told) -> None:
        """Keep what the task told; what is there already of its kind, and of a higher order, stays."""

    def read(self, task_id: str) -> tuple[Task, Notes] | Missing:
        """Read the record with its notes."""

    def beat_at(self, task_id: str) -> datetime | None:
        """Read when the task was heard last; None if never."""

    def checkpoint(self, task_id: str) -> Checkpoint | None:
        """Read the newest checkpoint."""


# -- task definitions that are registered


class Known(Message, frozen=True):
    """The task definition is registered."""


class Locked(Message, frozen=True):
    """It is not; the right to register it is now the caller's."""


class Busy(Message, frozen=True):
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


class Launched(Message, frozen=True):
    """ECS has the container. However far its life has come by now: nothing of that is taken in here."""

    arn: str


class Registered(Message, frozen=True):
    """ECS has the task definition."""


class Deferred(Message, frozen=True):
    """Definitely refused, for now: throttled, no capacity, not reached. Nothing was done."""

    reason: str


class Rejected(Message, frozen=True):
    """Definitely refused, and the same again would be: nothing was done."""

    reason: str


class Undefined(Message, frozen=True):
    """Definitely refused: ECS does not know the task definition (any more)."""

    reason: str


class Unclear(Message, frozen=True):
    """Nobody knows whether it was, is, or will be done: a time-out, a 5xx, an answer that we cannot read."""

    reason: str


class Stopping(Message, frozen=True):
    """ECS took the stop, or the container had stopped already."""


class Unstopped(Message, frozen=True):
    """The stop was refused, lost or not understood: try again later. *Not found* is among them; it proves nothing."""

    reason: str


class NotThere(Message, frozen=True):
    """ECS answered MISSING for the container: it does not know it, or not yet, or no longer."""


class NotRead(Message, frozen=True):
    """ECS was not asked, or did not answer."""


Reading = Report | NotThere | NotRead
"""What ECS said of one container."""


class Found(Message, frozen=True):
    """What ECS's lists show; they lag, so a container may be missing in them."""

    reports: Sequence[Report]


class Containers(Protocol):
    """ECS on Fargate. No method raises for what ECS answers."""

    def register(self, definition: Mapping[str, Any]) -> Registered | Deferred | Rejected | Unclear:
        """Register a task definition (`fargate.task_definition`)."""

    def run(self, request: Mapping[str, Any]) -> Launched | Deferred | Rejected | Undefined | Unclear:
        """Send a RunTask (`fargate.run_request`), once: what looks like a refusal must be that of the only send."""

    def stop(self, cluster: str, arn: str, reason: str) -> Stopping | Unstopped:
        """Send a StopTask: SIGTERM, and after the task definition's grace SIGKILL. Repeating it is harmless."""

    def describe(self, cluster: str, arns: Sequence[str]) -> Mapping[str, Reading]:
        """Ask for containers, as many as there are: one call for each hundred. Each ARN is in the answer."""

    def find(self, cluster: str, started_by: str) -> Found | Unclear:
        """List the containers with this mark, both those that ECS wants running and those that it wants stopped."""

    def find_all(self, cluster: str) -> Found | Unclear:
        """List every container of the cluster, likewise."""

    def cluster_active(self, cluster: str) -> bool:
        """Tell whether ECS knows the cluster and calls it ACTIVE."""


# -- what containers wrote


class Line(Message, frozen=True):
    """A line that a container wrote."""

    at: datetime
    text: str


class Lines(Message, frozen=True):
    """Lines, oldest first, as many as were asked for or fewer. The token is where the next reading begins."""

    lines: Sequence[Line]
    token: str


class Nothing(Message, frozen=True):
    """There is no such log: nothing was written, or not yet, or it is kept no longer."""


class NoSuchToken(Message, frozen=True):
    """The token is none of this log's, or too old."""


class Unread(Message, frozen=True):
    """The logs were not read: refused for load, or no answer came."""

    reason: str


class Logs(Protocol):
    """What containers wrote. No method raises for what the service answers."""

    def read(self, stream: str, limit: int, token: str | None) -> Lines | Nothing | NoSuchToken | Unread:
        """Read from the token on, or from the beginning. At the end the answer's token is the one that was given."""


# -- how many tasks an owner has


class Taken(Message, frozen=True):
    """The task holds a slot of its owner; perhaps it did before."""


class Full(Message, frozen=True):
    """All slots are taken: by these tasks, each with the instant at which it took its slot."""

    held: Mapping[str, datetime]


class Slots(Protocol):
    """The slots of each owner, for a limit of active tasks. Each method raises `StoreUnavailableError`."""

    def take(self, owner: str, task_id: str, most: int, now: datetime) -> Taken | Full:
        """Take one of `most` slots in one conditional write. Taking it again is harmless."""

    def free(self, owner: str, held: Mapping[str, datetime]) -> None:
        """Give slots back that are held since these instants; where one is not, it and others may stay held."""


# -- time, work and switches


class Handed(Message, frozen=True):
    """The service has it."""


class Timers(Protocol):
    """Timers that wake a task's deadline. None is ever stopped: a late one looks, and finds nothing to do."""

    def start(self, task_id: str, number: int, at: datetime) -> Handed | Unclear:
        """Start the task's timer of this number, to wake it at `at`. Starting it again is harmless."""


class LaunchQueue(Protocol):
    """Waiting tasks on their way to a launcher."""

    def send(self, task_ids: Sequence[str]) -> Handed | Unclear:
        """Hand tasks over. Each comes at least once."""


class Switches(Protocol):
    """What an operator can switch."""

    def frozen(self) -> bool:
        """Tell whether launching is frozen. Known a few seconds late."""

    def hunting(self) -> bool:
        """Tell whether the orphan hunt is armed for this very table; it is not for one that was restored."""

    def pause_hunt(self, reason: str) -> None:
        """Disarm the hunt until an operator arms it."""


class Firings(Protocol):
    """The firings of policies. Raises `StoreUnavailableError`."""

    def take(self, firing: str, limit: int, expires_at: int) -> bool:
        """Count one more of what this firing does, unless that exceeds its limit; forgotten after `expires_at`."""


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
    notes: NoteStore
    definitions: DefinitionStore
    slots: Slots
    containers: Containers
    timers: Timers
    queue: LaunchQueue
    switches: Switches
    logs: Logs
    clock: Clock
    keys: Keys
    settings: Settings
