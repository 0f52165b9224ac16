"""Take part in the ending of a task, from within it. Standard library only; works on a laptop without Calloff, too.

    from calloff import task

    for item in items[kept(task.resume()):]:
        task.check_cancellation()      # raises TaskCancelled after a SIGTERM
        work(item)
        task.progress(item.number, len(items))
        task.checkpoint({"done": item.number})

The first use of `check_cancellation`, `cancelled`, `on_cleanup` or one of the waits takes SIGTERM over, and has to be
in the main thread; `install()` does it for programs whose first use is elsewhere. A program that only reports is ended
by SIGTERM as ever. For Linux and macOS.
"""

from calloff.task._api import RefusedError, UnreachableError
from calloff.task._cancelled import (
    Cancelled,
    TaskCancelled,
    cancelled,
    check_cancellation,
    sleep,
    unless_cancelled,
    wait_for_input,
)
from calloff.task._cleanup import on_cleanup
from calloff.task._grace import grace_left
from calloff.task._reports import Checkpoint, cancel_self, checkpoint, heartbeat, progress, result, resume

install = cancelled.install

__all__ = [
    "Cancelled",
    "Checkpoint",
    "RefusedError",
    "TaskCancelled",
    "UnreachableError",
    "cancel_self",
    "cancelled",
    "check_cancellation",
    "checkpoint",
    "grace_left",
    "heartbeat",
    "install",
    "on_cleanup",
    "progress",
    "result",
    "resume",
    "sleep",
    "unless_cancelled",
    "wait_for_input",
]
