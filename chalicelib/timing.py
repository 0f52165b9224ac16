"""Start a timer for a task's time limits."""

from chalicelib import log
from chalicelib.deadline import first_timer_at
from chalicelib.ports import Ports, Unclear
from chalicelib.task import Task


def start_timer(ports: Ports, task: Task) -> None:
    """Start the task's newest timer. A failure is logged, not raised: the sweep has the deadline, too."""
    at = first_timer_at(task, ports.clock.now())
    if at is None:
        return
    outcome = ports.timers.start(task.id, task.timers, at)
    if isinstance(outcome, Unclear):
        log.warning("timer_not_started", task_id=task.id, error=outcome.reason)
