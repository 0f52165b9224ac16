"""Write what was concluded from a look at the record."""

from collections.abc import Mapping

import msgspec

from chalicelib.conditions import Change, Condition, Equals
from chalicelib.due import due_at
from chalicelib.lifecycle import TRANSITIONS, Event
from chalicelib.ports import Applied, Missing, Ports, Refused
from chalicelib.task import Task

BY = "sweep"


def conclude(  # noqa: PLR0913 - the parts of one write
    ports: Ports,
    seen: Task,
    event: Event,
    changes: Mapping[str, object],
    *,
    requires: tuple[Condition, ...] = (),
    by: str = BY,
) -> Applied | Refused | Missing:
    """Write `event` and `changes` (None removes) under the `rev` of the record that was `seen`, and when to look next.

    Whoever else wrote in between makes it refused: then the conclusion may be wrong, and the next look draws it anew.
    """
    after = msgspec.structs.replace(seen, status=TRANSITIONS[event, seen.status], **changes)
    written = {**changes, "due_at": due_at(after, ports.settings)}
    change = Change(
        event,
        ports.clock.now(),
        by,
        requires=(Equals("rev", seen.rev), *requires),
        sets={name: value for name, value in written.items() if value is not None},
        removes=tuple(name for name, value in written.items() if value is None),
    )
    return ports.store.apply(seen.id, change)


def concluded(ports: Ports, seen: Task, event: Event, changes: Mapping[str, object]) -> Task:
    """The same, where nothing hangs on whether it was written: answer the record as it is."""
    match conclude(ports, seen, event, changes):
        case Applied(task) | Refused(task):
            return task
        case Missing():
            return seen
