"""The task as callers see it."""

from datetime import datetime
from typing import Any

from chalicelib.config import Settings
from chalicelib.due import deadline_at, expected_by
from chalicelib.instants import instant_text
from chalicelib.task import Move, Task, moves
from chalicelib.verdict import how


def task_document(task: Task, settings: Settings) -> dict[str, Any]:
    """Make the task document. Of the environment it has the names only, and what ECS told is judged here (`how`)."""
    return {
        "id": task.id,
        "status": task.status,
        "owner": task.owner,
        "image": task.spec.image,
        "command": task.spec.command,
        "environment": sorted(task.spec.environment),
        "secrets": sorted(task.spec.secrets),
        "cpu": task.spec.cpu,
        "memory": task.spec.memory,
        "stop_timeout": task.stop_timeout,
        "timeout": task.timeout,
        "queue_timeout": task.queue_timeout,
        "labels": task.spec.labels,
        "created_at": time_text(task.created_at),
        "started_at": time_text(task.started_at),
        "ended_at": time_text(task.ended_at),
        "deadline": time_text(deadline_at(task)),
        "exit_code": task.termination and task.termination.exit_code,
        "attempt": task.attempt,
        "cancellation": _cancellation(task, settings),
        "termination": _termination(task),
        "history": [_move(m) for m in moves(task.history)],
    }


def time_text(instant: datetime | None) -> str | None:
    """Write an instant as RFC 3339 in UTC."""
    return instant_text(instant) if instant else None


def _cancellation(task: Task, settings: Settings) -> dict[str, Any] | None:
    if (cancellation := task.cancellation) is None:
        return None
    return {
        "cause": cancellation.cause,
        "reason": cancellation.reason,
        "reason_code": cancellation.reason_code,
        "requested_by": cancellation.requested_by,
        "requested_at": time_text(cancellation.requested_at),
        "expected_by": time_text(expected_by(task, settings)),
        "requests": 1 + cancellation.repeats,
        "force_requested": cancellation.force_requested,
    }


def _termination(task: Task) -> dict[str, Any] | None:
    if (end := task.termination) is None:
        return None
    return {
        "how": how(end, task.stop_timeout),
        "proof": end.proof,
        "exit_code": end.exit_code,
        "stop_code": end.stop_code,
        "stopped_reason": end.stopped_reason,
        "stopping_at": time_text(end.stopping_at),
        "execution_stopped_at": time_text(end.execution_stopped_at),
    }


def _move(move: Move) -> dict[str, Any]:
    return {
        "at": time_text(move.entry.at),
        "event": move.entry.event,
        "from": move.source,
        "to": move.target,
        "by": move.entry.by,
        "reason": move.entry.reason,
    }
