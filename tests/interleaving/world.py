"""A world at one moment, as a value: the records, ECS, time, and where each worker is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from chalicelib.task import Task
from tests.doubles.memory import MemoryTaskStore, recognised
from tests.interleaving.ecs import Cloud
from tests.interleaving.replay import Call, Lab, Place, Program

Enabled = Any


@dataclass(frozen=True, eq=False)
class Actor:
    """Something that happens: a verb that somebody calls, or a change in ECS and what it makes them call."""

    name: str
    program: Program
    enabled: Any = lambda _: True
    """Whether it may begin in this world."""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Waiting:
    """An actor that has not begun; `name` is its own in this world."""

    actor: Actor
    name: str


@dataclass(frozen=True)
class Repeating:
    """A worker whose write was applied and answered 500: its SDK is about to send it again, to the byte."""

    place: Place


Worker = Waiting | Place | Repeating


class Record:
    """A record; one object for all that are the same to every verb."""

    def __init__(self, plain: Mapping[str, Any], task: Task) -> None:
        self.plain = plain
        self.task = task


class State(NamedTuple):
    """A world at one moment."""

    now: datetime
    records: tuple[Record, ...] = ()
    cloud: Cloud = Cloud()
    families: frozenset[str] = frozenset()
    """Task definitions that ECS knows."""
    locks: tuple[tuple[str, datetime | None], ...] = ()
    """What the store knows of definitions: until when one is being registered; None: it is known."""
    queue: tuple[str, ...] = ()
    timers: frozenset[tuple[str, int, datetime]] = frozenset()
    acknowledged: frozenset[str] = frozenset()
    """Tasks whose cancellation was answered 200 or 202."""
    faults: int = 0
    """How many may still happen."""
    workers: tuple[Worker, ...] = ()
    """Those who have work to do. Who is done, or no more, is not among them."""
    flying: tuple[Place, ...] = ()
    """Writes on their way, whose workers are no more."""

    @property
    def tasks(self) -> Iterator[Task]:
        return (record.task for record in self.records)

    def record(self, task_id: str) -> Record | None:
        return next((record for record in self.records if record.task.id == task_id), None)

    def within(self, number: int, worker: Worker | None) -> "State":
        """The same world with this worker at its place; None: it has gone."""
        now = () if worker is None else (worker,)
        return self._replace(workers=(*self.workers[:number], *now, *self.workers[number + 1 :]))


class Written(NamedTuple):
    """What a write does."""

    records: tuple[Record, ...]
    outcome: Any


def write(lab: Lab, place: Place, records: tuple[Record, ...]) -> Written:
    """Carry out the write at which a worker is, with the store in memory; once for each of the records it may meet."""
    if (known := place.written.get(records)) is None:
        store = _Store(lab.settings.max_history, records, place.write_id)
        outcome = recognised(getattr(store, place.call.method)(*place.call.args), place.write_id)
        known = Written(store.records(lab, records), outcome)
        place.written[records] = known
    return known


def read(lab: Lab, call: Call, records: tuple[Record, ...]) -> Any:
    """Carry out a read."""
    return getattr(_Store(lab.settings.max_history, records, ""), call.method)(*call.args)


class _Store(MemoryTaskStore):
    """The store in memory over these records, with a name for its next write."""

    def __init__(self, max_history: int, records: tuple[Record, ...], write_id: str) -> None:
        super().__init__(max_history)
        self._records = {record.task.id: dict(record.plain) for record in records}
        self._name = write_id

    def records(self, lab: Lab, before: tuple[Record, ...]) -> tuple[Record, ...]:
        same = {record.task.id: record for record in before}
        return tuple(
            same[i] if i in same and same[i].plain == plain else interned(lab, plain)
            for i, plain in sorted(self._records.items())
        )

    def _write_id(self) -> str:
        return self._name


def interned(lab: Lab, plain: Mapping[str, Any]) -> Record:
    """Find the record that is the same to every verb: no verb looks at the order of its history.

    Each entry counts as a whole. By the names of their writes alone, a record in which one of two cancels came first
    would be that in which the other did; and the condition of a write that is sent again looks for the very entry.
    """
    entries = sorted(msgspec.json.encode(entry) for entry in plain["history"])
    # A write without an entry is known by its name as long as it is the newest.
    unrecorded = all(entry["write_id"] != plain["write_id"] for entry in plain["history"]) and plain["write_id"]
    facts = {name: value for name, value in plain.items() if name not in ("history", "write_id")}
    key = msgspec.json.encode([facts, unrecorded, *map(msgspec.Raw, entries)], order="deterministic")
    if key not in lab.records:
        lab.records[key] = Record(plain, msgspec.convert(plain, Task))
    return lab.records[key]
