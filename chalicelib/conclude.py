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
    under: Condition | None = None,
    by: str = BY,
) -> Applied | Refused | Missing:
    """Write `event` and `changes` (None removes) under the `rev` of the record that was `seen`, and when to look next.

    `changes` may say a sooner `due_at` than the record's instants do. What is still due after it, since ECS did not
    answer, goes behind all that is due by now: it must not keep the sweep from what comes after it.
    Whoever else wrote in between makes it refused: then the conclusion may be wrong, and the next look draws it anew.
    `under` stands in place of the `rev` where the conclusion rests on less, so that not everybody who writes delays it.
    """
    now = ports.clock.now()
    after = msgspec.structs.replace(seen, status=TRANSITIONS[event, seen.status], **changes)
    due = due_at(after, ports.settings)
    written = {"due_at": due and max(due, now), **changes}
    change = Change(
        event,
        now,
        by,
        requires=(under or Equals("rev", seen.rev), *requires),
        sets={name: value for name, value in written.items() if value is not None},
        removes=tuple(name for name, value in written.items() if value is None),
    )
    return ports.store.apply(seen.id, change)


def concluded(  # noqa: PLR0913 - the parts of one write
    ports: Ports,
    seen: Task,
    event: Event,
    changes: Mapping[str, object],
    *,
    requires: tuple[Condition, ...] = (),
    under: Condition | None = None,
) -> Task:
    """The same, where nothing hangs on whether it was written: answer the record as it is."""
    match conclude(ports, seen, event, changes, requires=requires, under=under):
        case Applied(task) | Refused(task):
            return task
        case Missing():
            return seen
