"""What a task tells of itself, and what it hears of the one that it continues. Without Calloff around: nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from calloff.task._api import PATIENCE_S, UnreachableError, door, log
from calloff.task._cancelled import cancelled
from calloff.task._grace import grace
from calloff.task._sender import report, sender

SHARE = 0.8
"""Of the grace that is left, what one call may take: what comes after it has some left, too, and is not killed."""

MOST_CHARACTERS = 512
"""Of a progress's message; a longer one would be refused, and the heartbeat with it."""


def progress(done: float, total: float | None = None, message: str | None = None) -> None:
    """Tell how far the task has come. Sent soon, in the background; of many in a second, the newest.

    Of `message` the first 512 characters are sent. What is no finite number, such as a NaN, is only a heartbeat.
    """
    said = {"done": float(done), "total": None if total is None else float(total)}
    if not all(math.isfinite(number) for number in said.values() if number is not None):
        log.warning("no progress: %s of %s", done, total)
        heartbeat()
        return
    sender.send(progress={**said, "message": message and str(message)[:MOST_CHARACTERS]})


def heartbeat() -> None:
    """Tell that the task lives. A task that was submitted with `heartbeat_timeout` is cancelled for want of it.

    Every other report counts as well.
    """
    sender.send(heartbeat=True)


def checkpoint(data: object) -> bool:
    """Have `data` (JSON) kept with the task, in place of what was kept before; a task that resumes this one gets it.

    Waits until it is kept, also while the task is dying, for as long as the grace allows. Answers whether it is: not
    where no Calloff is around, or none that answers.

    Raises:
        RefusedError: it is too large, or holds what JSON does not know, such as NaN.
        TypeError: it is nothing that JSON can say.
    """
    return _keep({"checkpoint": {"data": data}})


def result(data: object) -> bool:
    """Have `data` (JSON) kept as the task's result. From a task under cancellation it is shown as `partial`.

    Waits, answers and raises as `checkpoint` does.
    """
    return _keep({"result": {"data": data}})


@dataclass(frozen=True)
class Checkpoint:
    """What another task kept."""

    task_id: str
    at: str
    """When, in RFC 3339."""
    data: Any


def resume() -> Checkpoint | None:
    """Answer the newest checkpoint of the task that this one continues (`resume_from`); None if there is none.

    Raises:
        UnreachableError: Calloff does not answer. To begin from the start would be wrong, then.
    """
    here = door()
    found = here.call("GET", "/self/checkpoint", patience=_patience())["checkpoint"] if here else None
    return Checkpoint(found["task_id"], found["at"], found["data"]) if found else None


def cancel_self(reason: str | None = None) -> None:
    """Cancel this very task, with the cause `self`. The next `check_cancellation` raises; where no Calloff is, too.

    Raises:
        UnreachableError: Calloff does not answer; the task goes on.
    """
    cancelled.install()
    if here := door():
        here.call("POST", "/self/cancel", {} if reason is None else {"reason": reason}, patience=_patience())
    cancelled.set()


def _keep(news: dict[str, Any]) -> bool:
    if (here := door()) is None:
        return False
    try:
        report(here, news, _patience())
    except UnreachableError as fault:
        log.warning("not kept: %s", fault)
        return False
    return True


def _patience() -> float:
    """Try for so long; even at the very end, once."""
    left = grace.left() if cancelled.at is not None else None
    return PATIENCE_S if left is None else min(PATIENCE_S, left * SHARE)
