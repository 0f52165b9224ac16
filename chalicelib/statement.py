"""What one write is, whichever store carries it out: derived from the event's rows in the lifecycle's table."""

from collections.abc import Mapping
from typing import assert_never

import msgspec

from chalicelib.conditions import Append, Change, Condition, Differs, FirstOf, Lacks, OneOf, Operand, Plus, Shorter
from chalicelib.lifecycle import BIRTHS, QUIET, Becomes, Ends, Event, Stays, effect, sources
from chalicelib.task import Entry, Task


class Statement(msgspec.Struct, frozen=True):
    """Conditions that must all hold, and what is set and removed if they do."""

    conditions: tuple[Condition, ...]
    sets: Mapping[str, Operand]
    removes: tuple[str, ...]


def statement(change: Change, write_id: str, max_history: int, *, recorded: bool) -> Statement:
    """Make the write of `change`; `recorded`: with an entry in the history, if there is room for it."""
    conditions: tuple[Condition, ...] = (OneOf("status", tuple(sorted(sources(change.event)))), *change.requires)
    sets = {**_status(change.event), **change.sets, "rev": Plus(1), "write_id": write_id}
    # The SDK repeats a write that was answered with an error; one that holds in its own result must apply once.
    if recorded and change.event not in QUIET:
        reason = change.reason or None
        entry = Entry(at=change.at, event=change.event, by=change.by, write_id=write_id, reason=reason)
        conditions += (Shorter("history", room(change.event, max_history)), Lacks("history", entry))
        sets["history"] = Append(entry)
    else:
        # Only the newest write tells of it: overtaken by another before its repeat, it counts twice.
        conditions += (Differs("write_id", write_id),)
    return Statement(conditions, sets, change.removes)


def newborn(task: Task, write_id: str) -> Task:
    """The record as it is created: with its first entry of history."""
    event = next(event for event, status in BIRTHS.items() if status is task.status)
    entry = Entry(at=task.created_at, event=event, by=task.owner, write_id=write_id)
    return msgspec.structs.replace(task, write_id=write_id, history=(entry,))


def room(event: Event, max_history: int) -> int:
    """How long the history may be for this event to be recorded; a quarter is kept for what moves the task.

    So repeats of a cancellation cannot crowd out its end.
    """
    return max_history * 3 // 4 if isinstance(effect(event), Stays) else max_history


def _status(event: Event) -> dict[str, Operand]:
    match effect(event):
        case Stays():
            return {}
        case Becomes(status):
            return {"status": status}
        case Ends(natural):
            return {"status": FirstOf("on_end", natural)}
        case other:
            assert_never(other)
