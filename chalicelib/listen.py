"""Listen for a task's heart: cancel it if it was not heard for too long."""

from datetime import timedelta

from chalicelib.cancel import Cancel, cancel_if
from chalicelib.conclude import BY, concluded
from chalicelib.conditions import Equals
from chalicelib.lifecycle import Event
from chalicelib.ports import Ports
from chalicelib.show import NotAllowed, NotFound
from chalicelib.task import Cause, Task


def listen(ports: Ports, task: Task) -> Task:
    """Look for its newest heartbeat; remember it, or cancel the task.

    The look decides, not the write after it: at that instant the limit was over and no beat had come, which no later
    beat undoes. What else happened to the task meanwhile makes the write refused.
    """
    # Before the look: a beat that came while the answer was on its way is in time.
    now = ports.clock.now()
    beat_at = ports.notes.beat_at(task.id)
    limit = timedelta(seconds=task.heartbeat_timeout or 0)
    if beat_at is not None and now < beat_at + limit:
        return concluded(ports, task, Event.ATTENDED, {"beat_at": beat_at})
    cancel = Cancel(task.id, BY, owner=None, cause=Cause.HEARTBEAT)
    outcome = cancel_if(ports, cancel, (Equals("attempt", task.attempt),))
    return task if isinstance(outcome, NotAllowed | NotFound) else outcome.task
