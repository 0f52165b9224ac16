"""A limit of active tasks for each owner, exact and without a counter.

A task takes a slot before its record is made, in one conditional write. No end gives one back: an end is one write,
and stays one. Only when an owner's slots are all taken are the records of their holders read, consistently, and the
slots of those that have ended freed. A holder without a record is a submission under way, or one that died: its slot is
freed when it cannot come any more (docs/decisions/0008).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from chalicelib.lifecycle import TERMINAL
from chalicelib.ports import Full, Ports, Taken, Unreadable
from chalicelib.task import Task

TRIES = 3
"""What was freed may be taken by others of the same owner before us."""


class Admitted(msgspec.Struct, frozen=True):
    """The task may be made."""


class NotAdmitted(msgspec.Struct, frozen=True):
    """The owner has as many active tasks as may be."""


def admit(ports: Ports, task: Task) -> Admitted | NotAdmitted:
    """Take a slot for a new task of its owner; where there is no limit, this costs nothing.

    Raises:
        StoreUnavailableError: the slot may be taken; repeating takes it once.
    """
    most = ports.settings.max_active_tasks
    if most == 0:
        return Admitted()
    for _ in range(TRIES):
        match ports.slots.take(task.owner, task.id, most, ports.clock.now()):
            case Taken():
                return Admitted()
            case Full(held):
                over = _over(ports, held)
                if not over:
                    break
                ports.slots.free(task.owner, over)
    return NotAdmitted()


def _over(ports: Ports, held: Mapping[str, datetime]) -> Mapping[str, datetime]:
    """The holders that have ended, or will never be made, with the instants since which they hold their slots.

    A submission that died may be repeated meanwhile; then it holds its slot since another instant, and keeps it.
    """
    records = ports.store.get_many(list(held))
    # Longer than any worker lives.
    long_ago = ports.clock.now() - timedelta(seconds=ports.settings.launch_lease_s)
    return {task_id: since for task_id, since in held.items() if _is_over(records.get(task_id), since, long_ago)}


def _is_over(record: Task | Unreadable | None, since: datetime, long_ago: datetime) -> bool:
    match record:
        case Task():
            return record.status in TERMINAL
        case Unreadable():
            return False
        case None:
            return since < long_ago
