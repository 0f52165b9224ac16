"""The life of a task, as one table.

`TRANSITIONS` says which event moves a task from which status to which. Nothing else in Calloff knows: the condition
of each write, the set of terminal statuses, the text of a 409, the diagram in `docs/lifecycle.md` and the test of
all pairs are derived from it.

A cancellation is accepted by the move to `cancelling` (or, before anything was launched, straight to `cancelled`).
That write is the linearization point: from `cancelling` every end leads to `cancelled`, whatever the container did
in the same moment.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec


class Status(StrEnum):
    """Where a task is in its life."""

    PENDING = "pending"
    """Accepted; waits for a slot or a retry. Every earlier launch is known to have come to nothing."""
    STARTING = "starting"
    """A launcher holds, or held, the launch lease; ECS may or may not have a container yet."""
    RUNNING = "running"
    """ECS reported the container RUNNING."""
    CANCELLING = "cancelling"
    """A cancellation was accepted; the death is not proven yet."""
    COMPLETED = "completed"
    """The container exited 0 by itself."""
    FAILED = "failed"
    """The container exited non-zero, could not start, or was lost."""
    CANCELLED = "cancelled"
    """Cancelled, and proven dead or proven never launched."""


class Event(StrEnum):
    """What can happen to a task. Each is one conditional write."""

    SUBMITTED = "submitted"
    """The record was created, with the lease of its first launch."""
    QUEUED = "queued"
    """The record was created while launching was frozen: it waits."""
    CLAIMED = "claimed"
    """A launcher took a waiting task and its launch lease."""
    LEASE_TAKEN = "lease_taken"
    """The launcher is given up: a sweeper took its lease, to send the same launch again."""
    LAUNCHED = "launched"
    """RunTask answered with a container; its ARN is now in the record."""
    LAUNCH_DEFERRED = "launch_deferred"
    """ECS definitely refused the launch for now (capacity, throttling): nothing runs, try again later."""
    LAUNCH_REJECTED = "launch_rejected"
    """ECS definitely refused the launch, and there will be no other."""
    STARTED = "started"
    """ECS reported the container RUNNING."""
    SIGHTED = "sighted"
    """ECS reported a live container that the record did not know, or knew less of."""
    EXITED_ZERO = "exited_zero"
    """The container ended by itself with exit code 0."""
    EXITED_NONZERO = "exited_nonzero"
    """The container ended by itself with another exit code, or with none that ECS knows."""
    START_DEFERRED = "start_deferred"
    """ECS accepted the launch, but the container never came to run, for a reason that passes."""
    START_FAILED = "start_failed"
    """ECS accepted the launch, but the container never came to run."""
    STOPPED = "stopped"
    """The container was stopped by a StopTask of Calloff's."""
    INTERRUPTED = "interrupted"
    """ECS ended the container for a reason of its own: Spot, maintenance, lost infrastructure."""
    STOPPED_EXTERNALLY = "stopped_externally"
    """Somebody stopped the container with an `ecs:StopTask` that was not Calloff's."""
    LISTED_EMPTY = "listed_empty"
    """Long after a launch that nobody can send again, ECS listed no container of it, for the first time."""
    NOTHING_FOUND = "nothing_found"
    """ECS listed none again, long enough after the first time."""
    MISSED = "missed"
    """ECS answered MISSING for the container, for the first time."""
    GONE = "gone"
    """ECS answered MISSING again, and the container was last seen so long ago that it has been forgotten."""
    ATTENDED = "attended"
    """The sweep looked and had nothing to do; it wrote when to look again."""
    TIMEOUT_MOVED = "timeout_moved"
    """The caller gave the task another time limit."""
    CANCEL_REQUESTED = "cancel_requested"
    """A cancellation of a launched, or perhaps launched, task was accepted."""
    CANCELLED_UNLAUNCHED = "cancelled_unlaunched"
    """A cancellation of a waiting task was accepted: nothing was launched, so it is done."""
    CANCEL_REPEATED = "cancel_repeated"
    """The cancellation was asked for again while it was under way."""
    STOP_REPEATED = "stop_repeated"
    """The container did not end in time after its stop: the sweep sends the stop again."""


QUIET = frozenset({Event.ATTENDED})
"""Events without an entry in the history: nothing happened to the task."""

BIRTHS: Mapping[Event, Status] = MappingProxyType(
    {Event.SUBMITTED: Status.STARTING, Event.QUEUED: Status.PENDING},
)
"""How a record begins. A submitted task is created with its launch lease, so that it costs put, RunTask, save."""

_MAYBE_ALIVE = (Status.STARTING, Status.RUNNING, Status.CANCELLING)


def _stays(event: Event, *sources: Status) -> dict[tuple[Event, Status], Status]:
    return {(event, source): source for source in sources}


def _ends(event: Event, natural: Status, *sources: Status) -> dict[tuple[Event, Status], Status]:
    """An end leads from `cancelling` to `cancelled`, and to its `natural` status from everywhere else."""
    return {(event, s): Status.CANCELLED if s is Status.CANCELLING else natural for s in sources}


TRANSITIONS: Mapping[tuple[Event, Status], Status] = MappingProxyType(
    {
        (Event.CLAIMED, Status.PENDING): Status.STARTING,
        **_stays(Event.LEASE_TAKEN, Status.STARTING, Status.CANCELLING),
        **_stays(Event.LAUNCHED, Status.STARTING, Status.CANCELLING),
        (Event.LAUNCH_DEFERRED, Status.STARTING): Status.PENDING,
        **_ends(Event.LAUNCH_REJECTED, Status.FAILED, Status.STARTING, Status.CANCELLING),
        (Event.STARTED, Status.STARTING): Status.RUNNING,
        **_stays(Event.SIGHTED, *_MAYBE_ALIVE),
        **_ends(Event.EXITED_ZERO, Status.COMPLETED, *_MAYBE_ALIVE),
        **_ends(Event.EXITED_NONZERO, Status.FAILED, *_MAYBE_ALIVE),
        (Event.START_DEFERRED, Status.STARTING): Status.PENDING,
        **_ends(Event.START_FAILED, Status.FAILED, *_MAYBE_ALIVE),
        **_ends(Event.STOPPED, Status.FAILED, *_MAYBE_ALIVE),
        **_ends(Event.INTERRUPTED, Status.FAILED, *_MAYBE_ALIVE),
        **_ends(Event.STOPPED_EXTERNALLY, Status.CANCELLED, *_MAYBE_ALIVE),
        **_stays(Event.LISTED_EMPTY, Status.STARTING, Status.CANCELLING),
        **_ends(Event.NOTHING_FOUND, Status.FAILED, Status.STARTING, Status.CANCELLING),
        **_stays(Event.MISSED, *_MAYBE_ALIVE),
        **_ends(Event.GONE, Status.FAILED, *_MAYBE_ALIVE),
        **_stays(Event.ATTENDED, Status.PENDING, *_MAYBE_ALIVE),
        **_stays(Event.TIMEOUT_MOVED, Status.PENDING, Status.STARTING, Status.RUNNING),
        (Event.CANCEL_REQUESTED, Status.STARTING): Status.CANCELLING,
        (Event.CANCEL_REQUESTED, Status.RUNNING): Status.CANCELLING,
        (Event.CANCELLED_UNLAUNCHED, Status.PENDING): Status.CANCELLED,
        **_stays(Event.CANCEL_REPEATED, Status.CANCELLING),
        **_stays(Event.STOP_REPEATED, Status.CANCELLING),
    }
)

TERMINAL = frozenset(Status) - {source for _, source in TRANSITIONS}
"""The statuses that no event leaves."""


class Stays(msgspec.Struct, frozen=True):
    """The event leaves the status as it is."""


class Becomes(msgspec.Struct, frozen=True):
    """The event leads to one status from wherever it is allowed."""

    status: Status


class Ends(msgspec.Struct, frozen=True):
    """The event leads to what the record's `on_end` says, or to `natural` where it says nothing."""

    natural: Status


Effect = Stays | Becomes | Ends


def sources(event: Event) -> frozenset[Status]:
    """The statuses in which `event` is allowed."""
    return frozenset(source for (e, source) in TRANSITIONS if e is event)


def effect(event: Event) -> Effect:
    """What one write does to the status, whichever of its sources the record is in.

    Raises:
        ValueError: the table's rows for `event` cannot be said in one write.
    """
    rows = {source: target for (e, source), target in TRANSITIONS.items() if e is event}
    targets = set(rows.values())
    if all(source is target for source, target in rows.items()):
        return Stays()
    if len(targets) == 1:
        return Becomes(targets.pop())
    natural = {target for source, target in rows.items() if source is not Status.CANCELLING}
    if len(natural) == 1 and rows.get(Status.CANCELLING) is Status.CANCELLED:
        return Ends(natural.pop())
    message = f"{event} is not one write: {rows}"
    raise ValueError(message)


def refusal(event: Event, status: Status) -> str:
    """Why `event` does nothing to a task in `status`, in words for people."""
    if status in TERMINAL:
        return f"The task is {status}; that is final."
    allowed = ", ".join(each for each in Status if each in sources(event))
    return f"The task is {status}. This is possible only while it is one of: {allowed}."
