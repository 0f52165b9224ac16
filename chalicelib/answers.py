"""What Calloff answers: the shapes of every JSON document. The same types make the documentation and the client.

This module imports nothing of ours, so that the client can have a copy. Words of a closed list (a status, a cause) are
plain strings here whose list stands in the schema: whoever decodes an answer of a later Calloff is not refused for a
word that is new. A test holds the lists to the code's own.
"""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

Instant = Annotated[
    str,
    Meta(
        description="An instant in UTC as RFC 3339, to the millisecond.",
        examples=["2026-01-02T03:04:05.678Z"],
        extra_json_schema={"format": "date-time"},
    ),
]

STATUSES = ("pending", "starting", "running", "cancelling", "completed", "failed", "cancelled")
EVENTS = (
    *("submitted", "queued", "claimed", "lease_taken", "launched", "launch_deferred", "launch_rejected", "started"),
    *("sighted", "exited_zero", "exited_nonzero", "start_deferred", "start_failed", "stopped", "interrupted"),
    *("stopped_externally", "listed_empty", "nothing_found", "missed", "gone", "attended", "timeout_moved"),
    *("cancel_requested", "cancelled_unlaunched", "cancel_repeated", "stop_repeated"),
)
CAUSES = ("user", "timeout", "queue_timeout", "self", "policy", "heartbeat", "external")
PROOFS = ("never_launched", "ecs_event", "ecs_describe", "gone")
HOWS = ("never_started", "graceful", "forced", "exited_on_its_own", "out_of_memory", "unknown")

StatusWord = Annotated[
    str, Meta(description="Where a task is in its life.", extra_json_schema={"enum": list(STATUSES)})
]
EventWord = Annotated[str, Meta(description="What happened to the task.", extra_json_schema={"enum": list(EVENTS)})]
CauseWord = Annotated[str, Meta(description="Why it was cancelled.", extra_json_schema={"enum": list(CAUSES)})]
ProofWord = Annotated[str, Meta(description="What the end rests on.", extra_json_schema={"enum": list(PROOFS)})]
HowWord = Annotated[str, Meta(description="How the container came to its end.", extra_json_schema={"enum": list(HOWS)})]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A JSON object as Calloff answers it. A field without a default is always there, if only as null."""


class Cancellation(Answer, frozen=True, kw_only=True):
    """A cancellation that was accepted."""

    cause: CauseWord
    reason: str | None
    reason_code: str | None
    requested_by: Annotated[str, Meta(description="The caller, or the part of Calloff, that asked first.")]
    requested_at: Instant
    grace: Annotated[int, Meta(description="Seconds between SIGTERM and SIGKILL.")]
    expected_by: Annotated[
        Instant | None, Meta(description="By when the container will be dead, and Calloff will know.")
    ]
    requests: Annotated[int, Meta(ge=1, description="How often it was asked for.")]
    force_requested: Annotated[
        bool,
        Meta(description="`mode: force` was asked for. A supervised task is killed at once; others keep their grace."),
    ]


class Termination(Answer, frozen=True, kw_only=True):
    """How the container ended, and what proves it."""

    how: HowWord
    proof: ProofWord
    exit_code: int | None
    stop_code: Annotated[str | None, Meta(description="ECS's `stopCode`. An open list.")]
    stopped_reason: Annotated[str | None, Meta(description="ECS's own words.")]
    stopping_at: Instant | None
    execution_stopped_at: Instant | None


class Move(Answer, frozen=True, kw_only=True):
    """An event in a task's history. After a gap (the history is bounded) the statuses are null."""

    at: Instant
    event: EventWord
    source: StatusWord | None = msgspec.field(name="from")
    target: StatusWord | None = msgspec.field(name="to")
    by: str
    reason: str | None


class Progress(Answer, frozen=True, kw_only=True):
    """How far the task has come, in its own words."""

    done: float
    total: float | None
    message: str | None
    at: Instant


class CheckpointMark(Answer, frozen=True, kw_only=True):
    """The task has told from where another could go on (`resume_from`)."""

    size: Annotated[int, Meta(description="Bytes of JSON.")]
    at: Instant


class Result(Answer, frozen=True, kw_only=True):
    """What the task came to, in its own words."""

    data: Any
    partial: Annotated[bool, Meta(description="It was told by a task under cancellation.")]
    at: Instant


class TaskDocument(Answer, frozen=True, kw_only=True):
    """A task."""

    id: str
    status: StatusWord
    owner: str
    image: str
    command: tuple[str, ...]
    environment: Annotated[tuple[str, ...], Meta(description="Names only.")]
    secrets: Annotated[tuple[str, ...], Meta(description="Names only.")]
    cpu: Annotated[int, Meta(description="CPU units: 1024 are one vCPU.")]
    memory: Annotated[int, Meta(description="MiB.")]
    stop_timeout: Annotated[int, Meta(description="The grace: seconds between SIGTERM and SIGKILL.")]
    supervised: Annotated[
        bool, Meta(description="It runs under `calloff-init`: each cancellation may have a grace of its own, or none.")
    ]
    timeout: Annotated[int | None, Meta(description="Seconds that it may run.")]
    queue_timeout: Annotated[int | None, Meta(description="Seconds in which it must come to run.")]
    heartbeat_timeout: Annotated[
        int | None, Meta(description="Seconds in which it must be heard again, while it runs.")
    ]
    resume_from: Annotated[str | None, Meta(description="The task whose checkpoint it continues from.")]
    labels: dict[str, str]
    created_at: Instant
    started_at: Instant | None
    ended_at: Instant | None
    deadline: Annotated[Instant | None, Meta(description="When it is cancelled for time.")]
    exit_code: int | None
    attempt: Annotated[int, Meta(ge=0, description="Counts launches; 0 before the first.")]
    heartbeat_at: Annotated[
        Instant | None, Meta(description="When it was heard last. This and what it told: in `GET /tasks/{id}` only.")
    ]
    progress: Progress | None
    checkpoint: CheckpointMark | None
    result: Result | None
    cancellation: Cancellation | None
    termination: Termination | None
    history: tuple[Move, ...]


class TaskPage(Answer, frozen=True, kw_only=True):
    """Tasks, newest first. A page may be short; the cursor alone says whether more follow."""

    tasks: tuple[TaskDocument, ...]
    cursor: Annotated[str | None, Meta(description="Where the next page begins; null: there is none.")]


class LogLine(Answer, frozen=True, kw_only=True):
    """A line that the task's container wrote."""

    at: Instant
    text: str


class LogPage(Answer, frozen=True, kw_only=True):
    """Lines of a task's log, oldest first. A page may be short, and even empty before the end."""

    lines: tuple[LogLine, ...]
    cursor: Annotated[
        str | None,
        Meta(
            description="Where the next page begins. The one that was sent: there is nothing more yet; what is written"
            " later comes with the same cursor. null: there is no log yet. Good for 24 hours."
        ),
    ]


class Reported(Answer, frozen=True, kw_only=True):
    """What a task told is kept; and how the task stands, so that it learns of its cancellation."""

    status: StatusWord


class Checkpoint(Answer, frozen=True, kw_only=True):
    """From where a task can go on."""

    task_id: Annotated[str, Meta(description="The task that told it.")]
    data: Any
    at: Instant


class Resumption(Answer, frozen=True, kw_only=True):
    """The newest checkpoint of the task that this one continues; null if there is none."""

    checkpoint: Checkpoint | None


class Health(Answer, frozen=True, kw_only=True):
    """The function answers."""

    status: Annotated[str, Meta(extra_json_schema={"enum": ["ok"]})] = "ok"


class ProblemDocument(Answer, frozen=True, kw_only=True):
    """What is wrong with a request (RFC 9457)."""

    type: Annotated[str, Meta(description="One of the documented problem types.", extra_json_schema={"format": "uri"})]
    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: Annotated[str, Meta(description="What is wrong this time, for people.")]
    instance: Annotated[str, Meta(description="Names the request.", extra_json_schema={"format": "uri"})]
    field: Annotated[str, Meta(description="The field, header or parameter at fault.")] | UnsetType = UNSET
    task: TaskDocument | UnsetType = UNSET
    """The task as it is, where that explains the refusal."""
