"""The canary: a task that is submitted, cancelled and looked at, so that operators hear of trouble before users do.

It goes the way of every task, but for the gateway, and takes no word for it: at the end it asks ECS itself.
"""

from datetime import datetime

import msgspec

from chalicelib import metrics
from chalicelib.cancel import Cancel, Cancelling, cancel
from chalicelib.lifecycle import TERMINAL, Status
from chalicelib.metrics import Metric
from chalicelib.ports import Ports
from chalicelib.report import Report
from chalicelib.submit import Submission, Submitted, submit
from chalicelib.task import Spec, Task
from chalicelib.wait import Patience, await_end, await_status, pauses

OWNER = "calloff/canary"
COMMAND = ("sleep", "600")
TIMEOUT_S = 600
"""Where the canary itself dies, its task is called off by its time limit."""
STOP_TIMEOUT_S = 30


class CanaryError(Exception):
    """Something did not come out as promised; the message says what, and names the task."""


class Grounded(msgspec.Struct, frozen=True):
    """Nothing was tried: an operator has frozen the launches."""


class Flown(msgspec.Struct, frozen=True):
    """All was as promised."""

    task_id: str
    start_s: float
    """Seconds from the submission until it ran."""
    cancel_s: float
    """Seconds from the cancellation until its record said `cancelled`."""


def fly(ports: Ports) -> Flown | Grounded:
    """Submit a task, cancel it when it runs, and see that ECS, too, calls it dead. Takes minutes where ECS does.

    Raises:
        CanaryError: it did not run, was not cancelled, or is not dead.
        StoreUnavailableError: the store did not answer.
    """
    if ports.switches.frozen():
        return Grounded()
    submitted_at = ports.clock.now()
    running = _running(ports, _submit(ports))
    cancelled_at = ports.clock.now()
    ended = _cancelled(ports, running)
    ended_at = ports.clock.now()
    _see_it_dead(ports, ended)
    flown = Flown(running.id, _seconds(submitted_at, cancelled_at), _seconds(cancelled_at, ended_at))
    figures = {Metric.CANARIES: 1.0, Metric.CANARY_CANCEL_TIME: flown.cancel_s}
    metrics.emit(ports.clock, ports.settings.deployment, figures)
    return flown


def _submit(ports: Ports) -> Task:
    spec = Spec(image=ports.settings.canary_image, command=COMMAND, cpu=256, memory=512, labels={"canary": "true"})
    match submit(ports, Submission(OWNER, spec, STOP_TIMEOUT_S, fingerprint=OWNER, timeout=TIMEOUT_S)):
        case Submitted(task):
            return task
        case refused:
            message = f"not submitted: {type(refused).__name__}"
            raise CanaryError(message)


def _running(ports: Ports, task: Task) -> Task:
    reached = await_status(ports, task, _patience(ports), {Status.RUNNING, *TERMINAL})
    if reached.status is not Status.RUNNING:
        raise _error(reached, f"does not run; ECS refused: {reached.refusal or 'nothing'}")
    return reached


def _cancelled(ports: Ports, task: Task) -> Task:
    outcome = cancel(ports, Cancel(task.id, OWNER, OWNER, reason="canary"))
    if not isinstance(outcome, Cancelling):
        raise _error(task, f"could not be cancelled: {type(outcome).__name__}")
    ended = await_end(ports, outcome.task, _patience(ports))
    if ended.status is not Status.CANCELLED:
        raise _error(ended, "was cancelled, and is not proven dead")
    return ended


def _see_it_dead(ports: Ports, task: Task) -> None:
    """ECS's answers may lag behind its events."""
    arn, reading = task.ecs_arn or "", None
    for _ in pauses(ports.clock, _patience(ports)):
        reading = ports.containers.describe(task.placement.cluster, [arn]).get(arn)
        if isinstance(reading, Report) and reading.dead:
            return
    raise _error(task, f"its container {arn} is not dead for ECS: {reading}")


def _patience(ports: Ports) -> Patience:
    return Patience.from_now(ports.clock, ports.settings.canary_patience_s)


def _error(task: Task, words: str) -> CanaryError:
    return CanaryError(f"task {task.id}, {task.status}: {words}")


def _seconds(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds()
