"""What a running task tells of itself. Kept beside the record: it beats often or is large; no cancel pays for it."""

from datetime import datetime
from typing import Any, TypeVar

import msgspec


class Progress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far it has come."""

    done: float
    total: float | None = None
    message: str | None = None
    at: datetime


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """From where a task that resumes this one can go on."""

    data: Any
    at: datetime


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """That there is a checkpoint: its content is not read along."""

    size: int
    """Bytes of JSON."""
    at: datetime


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What it came to."""

    data: Any
    partial: bool
    """It was told by a task under cancellation."""
    at: datetime


class Notes(msgspec.Struct, frozen=True, kw_only=True):
    """All that is read with the record."""

    beat_at: datetime | None = None
    """The newest heartbeat; whatever a task tells is one."""
    progress: Progress | None = None
    checkpoint: Mark | None = None
    result: Result | None = None


N = TypeVar("N", Progress, Mark, Result)


def told_since(created_at: datetime, notes: Notes) -> Notes:
    """Leave out what is older than the task: a key makes an id anew when the record of its former task is gone."""

    def new(note: N | None) -> N | None:
        return None if note is None or note.at < created_at else note

    beat_at = notes.beat_at
    return Notes(
        beat_at=None if beat_at is None or beat_at < created_at else beat_at,
        progress=new(notes.progress),
        checkpoint=new(notes.checkpoint),
        result=new(notes.result),
    )


class Told(msgspec.Struct, frozen=True):
    """What came from the task in one piece."""

    at: datetime
    order: int
    """Grows with each: what was overtaken on its way must not take the place of what is newer of its kind."""
    progress: Progress | None = None
    checkpoint: Checkpoint | None = None
    checkpoint_size: int = 0
    result: Result | None = None


NOTHING = Notes()
