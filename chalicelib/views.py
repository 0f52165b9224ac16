"""The task as callers see it."""

from collections.abc import Sequence
from datetime import datetime

from chalicelib import notes
from chalicelib import task as record
from chalicelib.answers import (
    Cancellation,
    Checkpoint,
    CheckpointMark,
    LogLine,
    LogPage,
    Move,
    Progress,
    Result,
    Resumption,
    TaskDocument,
    Termination,
)
from chalicelib.config import Settings
from chalicelib.due import deadline_at, expected_by
from chalicelib.grace import forced_at, grace_of, least_grace
from chalicelib.instants import instant_text
from chalicelib.ports import Line
from chalicelib.tell import Resumed
from chalicelib.verdict import how


def task_document(task: record.Task, settings: Settings, told: notes.Notes = notes.NOTHING) -> TaskDocument:
    """Make the task document. Of the environment it has the names only, and what ECS told is judged here (`how`)."""
    return TaskDocument(
        id=task.id,
        status=task.status,
        owner=task.owner,
        image=task.spec.image,
        command=task.spec.command,
        environment=tuple(sorted(task.spec.environment)),
        secrets=tuple(sorted(task.spec.secrets)),
        cpu=task.spec.cpu,
        memory=task.spec.memory,
        stop_timeout=task.stop_timeout,
        supervised=task.spec.supervised,
        timeout=task.timeout,
        queue_timeout=task.queue_timeout,
        heartbeat_timeout=task.heartbeat_timeout,
        resume_from=task.resume_from,
        labels=task.spec.labels,
        created_at=instant_text(task.created_at),
        started_at=time_text(task.started_at),
        ended_at=time_text(task.ended_at),
        deadline=time_text(deadline_at(task)),
        exit_code=task.termination.exit_code if task.termination else None,
        attempt=task.attempt,
        heartbeat_at=time_text(told.beat_at),
        progress=_progress(told.progress) if told.progress else None,
        checkpoint=_mark(told.checkpoint) if told.checkpoint else None,
        result=_result(told.result) if told.result else None,
        cancellation=_cancellation(task, task.cancellation, settings) if task.cancellation else None,
        termination=_termination(task, task.termination) if task.termination else None,
        history=tuple(_move(m) for m in record.moves(task.history)),
    )


def log_page(lines: Sequence[Line], cursor: str | None) -> LogPage:
    """Make a page of a log."""
    return LogPage(lines=tuple(LogLine(at=instant_text(line.at), text=line.text) for line in lines), cursor=cursor)


def time_text(instant: datetime | None) -> str | None:
    """Write an instant as RFC 3339 in UTC."""
    return instant_text(instant) if instant else None


def resumption(found: Resumed) -> Resumption:
    """Make what a task gets that continues another."""
    if found.task_id is None or found.checkpoint is None:
        return Resumption(checkpoint=None)
    kept = found.checkpoint
    return Resumption(checkpoint=Checkpoint(task_id=found.task_id, data=kept.data, at=instant_text(kept.at)))


def _progress(told: notes.Progress) -> Progress:
    return Progress(done=told.done, total=told.total, message=told.message, at=instant_text(told.at))


def _mark(mark: notes.Mark) -> CheckpointMark:
    return CheckpointMark(size=mark.size, at=instant_text(mark.at))


def _result(told: notes.Result) -> Result:
    return Result(data=told.data, partial=told.partial, at=instant_text(told.at))


def _cancellation(task: record.Task, cancellation: record.Cancellation, settings: Settings) -> Cancellation:
    return Cancellation(
        cause=cancellation.cause,
        reason=cancellation.reason,
        reason_code=cancellation.reason_code,
        requested_by=cancellation.requested_by,
        requested_at=instant_text(cancellation.requested_at),
        grace=grace_of(task),
        expected_by=time_text(expected_by(task, settings)),
        requests=1 + cancellation.repeats,
        force_requested=cancellation.force_requested,
    )


def _termination(task: record.Task, end: record.Termination) -> Termination:
    return Termination(
        how=how(end, least_grace(task), forced_at(task)),
        proof=end.proof,
        exit_code=end.exit_code,
        stop_code=end.stop_code,
        stopped_reason=end.stopped_reason,
        stopping_at=time_text(end.stopping_at),
        execution_stopped_at=time_text(end.execution_stopped_at),
    )


def _move(move: record.Move) -> Move:
    return Move(
        at=instant_text(move.entry.at),
        event=move.entry.event,
        source=move.source,
        target=move.target,
        by=move.entry.by,
        reason=move.entry.reason,
    )
