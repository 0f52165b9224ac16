"""The stores in memory, held to the ones on DynamoDB by `tests/contract`.

Each method is one step: whoever wants to explore interleavings wraps the object and waits before each call.
"""

import itertools
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

import msgspec

from chalicelib.aws.dynamodb import _wrote
from chalicelib.conditions import Change
from chalicelib.instants import instant_text
from chalicelib.notes import Checkpoint, Mark, Notes, Told
from chalicelib.ports import (
    Applied,
    Busy,
    Created,
    Exists,
    Known,
    Locked,
    Missing,
    Page,
    Position,
    Refused,
    TaskStore,
)
from chalicelib.statement import newborn, room, statement
from chalicelib.task import Task
from tests.doubles.evaluate import Plain, all_hold, plain, updated

INDEX_KEYS = ("owner", "created_at", "due_shard", "due_at")


class MemoryTaskStore:
    """Keeps the promises of `TaskStore`. Its write ids count up, so that a run can be repeated exactly."""

    def __init__(self, max_history: int) -> None:
        self._max_history = max_history
        self._records: dict[str, Plain] = {}
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)

    def create(self, task: Task) -> Created | Exists:
        with self._lock:
            if task.id in self._records:
                return Exists(_task(self._records[task.id]))
            self.put(newborn(task, self._write_id()))
            return Created(_task(self._records[task.id]))

    def apply(self, task_id: str, change: Change) -> Applied | Refused | Missing:
        with self._lock:
            outcome = self._update(task_id, change, recorded=True)
            full = room(change.event, self._max_history)
            if isinstance(outcome, Refused) and len(outcome.current.history) >= full:
                return self._update(task_id, change, recorded=False)
            return outcome

    def get(self, task_id: str) -> Task | Missing:
        with self._lock:
            return _task(self._records[task_id]) if task_id in self._records else Missing()

    def get_many(self, task_ids: Sequence[str]) -> Mapping[str, Task]:
        with self._lock:
            return {i: _task(self._records[i]) for i in task_ids if i in self._records}

    def due(self, now: datetime, most: int) -> Sequence[str]:
        with self._lock:
            found = [r for r in self._records.values() if "due_at" in r and r["due_at"] <= instant_text(now)]
        return [record["id"] for record in sorted(found, key=itemgetter("due_at"))[:most]]

    def page(self, owner: str, limit: int, after: Position | None) -> Page:
        before = (instant_text(after.created_at), after.task_id) if after else None
        with self._lock:
            own = (r for r in self._records.values() if r["owner"] == owner)
            follow = [r for r in own if before is None or _order(r) < before]
        tasks = [_task(record) for record in sorted(follow, key=_order, reverse=True)[:limit]]
        return Page(tasks, Position(tasks[-1].id, tasks[-1].created_at) if len(follow) > limit else None)

    def keeping(self, max_history: int) -> "MemoryTaskStore":
        """Make another store over the same records, with another bound."""
        other = MemoryTaskStore(max_history)
        other._records, other._lock, other._numbers = self._records, self._lock, self._numbers
        return other

    def put(self, task: Task) -> None:
        """Put a record as it is, for tests that begin in the middle of a life."""
        self._records[task.id] = plain(task)

    def drop(self, task_id: str) -> None:
        """Let a record expire, as the table does by its time to live."""
        del self._records[task_id]

    def _update(self, task_id: str, change: Change, *, recorded: bool) -> Applied | Refused | Missing:
        if (record := self._records.get(task_id)) is None:
            return Missing()
        said = statement(change, self._write_id(), self._max_history, recorded=recorded)
        if not all_hold(said.conditions, record):
            return Refused(_task(record))
        self._records[task_id] = _checked(updated(record, said.sets, said.removes))
        return Applied(_task(self._records[task_id]))

    def _write_id(self) -> str:
        return f"w{next(self._numbers)}"


class MemoryNoteStore:
    """Keeps the promises of `NoteStore`, beside any store of records."""

    def __init__(self, records: TaskStore) -> None:
        self._records = records
        self._notes: dict[str, Notes] = {}
        self._checkpoints: dict[str, Checkpoint] = {}
        self._orders: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def write(self, task_id: str, told: Told) -> None:
        with self._lock:
            notes = self._notes.get(task_id, Notes())
            if told.checkpoint is not None and self._newer(task_id, "checkpoint", told):
                self._checkpoints[task_id] = told.checkpoint
            if told.result is not None and self._newer(task_id, "result", told):
                notes = msgspec.structs.replace(notes, result=told.result)
            if told.checkpoint is not None and self._newer(task_id, "mark", told):
                mark = Mark(size=told.checkpoint_size, at=told.at)
                notes = msgspec.structs.replace(notes, checkpoint=mark)
            if told.progress is not None and self._newer(task_id, "progress", told):
                notes = msgspec.structs.replace(notes, progress=told.progress)
            if self._newer(task_id, "beat", told) or notes.beat_at is None or notes.beat_at <= told.at:
                notes = msgspec.structs.replace(notes, beat_at=told.at)
            self._notes[task_id] = notes

    def read(self, task_id: str) -> tuple[Task, Notes] | Missing:
        match self._records.get(task_id):
            case Missing() as missing:
                return missing
            case task:
                return task, self._notes.get(task_id, Notes())

    def beat_at(self, task_id: str) -> datetime | None:
        return self._notes.get(task_id, Notes()).beat_at

    def checkpoint(self, task_id: str) -> Checkpoint | None:
        return self._checkpoints.get(task_id)

    def _newer(self, task_id: str, name: str, told: Told) -> bool:
        if self._orders.get((task_id, name), -1) > told.order:
            return False
        self._orders[task_id, name] = told.order
        return True


class MemoryDefinitionStore:
    """Keeps the promises of `DefinitionStore`."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._locks: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def lock(self, family: str, now: datetime, until: datetime) -> Known | Locked | Busy:
        with self._lock:
            held_until = self._locks.get(family)
            if family in self._known:
                return Known()
            if held_until is not None and held_until >= now:
                return Busy()
            self._locks[family] = until
            return Locked()

    def remember(self, family: str) -> None:
        with self._lock:
            self._known.add(family)

    def forget(self, family: str) -> None:
        with self._lock:
            self._known.discard(family)
            self._locks.pop(family, None)


def _task(record: Plain) -> Task:
    return msgspec.convert(record, Task)


def _checked(record: Plain) -> Plain:
    """Let a key of an index be a text or not there at all: DynamoDB refuses a write that makes it anything else."""
    for name in INDEX_KEYS:
        if not isinstance(record.get(name, ""), str):
            message = f"{name} is a key of an index, and cannot be {record[name]!r}"
            raise TypeError(message)
    return record


def _order(record: Plain) -> tuple[str, str]:
    return record["created_at"], record["id"]


class MemoryFirings:
    """Keeps the promises of `Firings`."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def take(self, firing: str, limit: int, expires_at: int) -> bool:
        if self._taken.get(firing, 0) >= limit:
            return False
        self._taken[firing] = self._taken.get(firing, 0) + 1
        return True


def recognised(outcome: Any, write_id: str) -> Any:
    """What the store on DynamoDB makes of a refusal by a record that holds the very write."""
    match outcome:
        case Refused(current) if _wrote(write_id, current):
            return Applied(current)
        case Exists(current) if _wrote(write_id, current):
            return Created(current)
        case _:
            return outcome
