"""The sweep: look at every task that is due. Its cost grows with what is due, not with what rests."""

import traceback
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

import msgspec

from chalicelib import log, metrics
from chalicelib.attend import attend
from chalicelib.conclude import conclude
from chalicelib.due import deadline_at, due_since, expected_by
from chalicelib.lifecycle import Event, Status
from chalicelib.metrics import Metric
from chalicelib.needs import Need, Relaunch, TimeOut, asks_ecs, need
from chalicelib.ports import Applied, NotRead, NotThere, Ports, Reading, StoreUnavailableError, Unclear
from chalicelib.task import Task


class Swept(msgspec.Struct):
    """What one sweep did, for its report."""

    due: int = 0
    attended: int = 0
    queued: int = 0
    failed: int = 0
    missing: int = 0
    late: int = 0
    stuck: int = 0
    oldest_due_s: float = 0.0


class _Work(msgspec.Struct, frozen=True):
    """Due tasks, each with what it needs."""

    cancels: Sequence[Task]
    others: Sequence[Task]
    launches: Sequence[Task]
    asking: Sequence[Task] = ()


def sweep(ports: Ports) -> Swept:
    """Attend to what is due: cancellations first, then the rest, then hand what waits to the launch queue.

    What the budget of time does not reach stays due. It reports that it lived, also when there was nothing to do.
    """
    began = ports.clock.now()
    read = ports.store.get_many(ports.store.due(began, ports.settings.sweep_most)).values()
    found = [task for task in read if isinstance(task, Task)]
    # The index lags: it may show what was attended a moment ago.
    tasks = [task for task in found if task.due_at is not None and task.due_at <= began]
    swept = Swept(len(tasks), failed=len(read) - len(found))
    swept.late, swept.stuck = _late(ports, tasks, began), _stuck(ports, tasks, began)
    swept.oldest_due_s = _oldest(ports, tasks, began)
    work = _sort(tasks, began, ports)
    readings = _read(ports, work.asking, swept)
    for task in (*work.cancels, *work.others):
        if ports.clock.now() - began > timedelta(seconds=ports.settings.sweep_budget_s):
            log.warning("sweep_out_of_time", left=swept.due - swept.attended)
            break
        _attend(ports, task, readings.get(task.ecs_arn or "", NotRead()), swept)
    else:
        _queue(ports, work.launches, swept)
    _report(ports, swept)
    return swept


def _sort(tasks: Sequence[Task], now: datetime, ports: Ports) -> _Work:
    needs: Mapping[str, Need] = {task.id: need(task, now, ports.settings) for task in tasks}
    launches = [task for task in tasks if isinstance(needs[task.id], Relaunch)]
    rest = [task for task in tasks if not isinstance(needs[task.id], Relaunch)]
    urgent = [t for t in rest if t.status is Status.CANCELLING or isinstance(needs[t.id], TimeOut)]
    others = [t for t in rest if t not in urgent]
    return _Work(urgent, others, launches, [t for t in rest if asks_ecs(needs[t.id])])


def _read(ports: Ports, tasks: Sequence[Task], swept: Swept) -> Mapping[str, Reading]:
    """Ask ECS for many containers at once. Too many that are missing speak of ECS: then none of them counts."""
    readings: dict[str, Reading] = {}
    by_cluster = sorted(tasks, key=lambda t: t.placement.cluster)
    for cluster, group in groupby(by_cluster, key=lambda t: t.placement.cluster):
        readings |= ports.containers.describe(cluster, [t.ecs_arn for t in group if t.ecs_arn])
    swept.missing = sum(isinstance(r, NotThere) for r in readings.values())
    if swept.missing > ports.settings.max_missing:
        log.error("too_many_missing", missing=swept.missing, asked=len(readings))
        return {arn: NotRead() if isinstance(r, NotThere) else r for arn, r in readings.items()}
    return readings


def _attend(ports: Ports, task: Task, reading: Reading, swept: Swept) -> None:
    """Attend to one; a failure is its own, and it stays due."""
    try:
        attend(ports, task, reading)
        swept.attended += 1
    except StoreUnavailableError as error:
        swept.failed += 1
        log.warning("attend_failed", task_id=task.id, error=str(error))
    except Exception as error:  # noqa: BLE001 - a defect that one task meets must not keep the others waiting
        swept.failed += 1
        log.error("defect", task_id=task.id, error=repr(error), trace=traceback.format_exc())


def _queue(ports: Ports, tasks: Sequence[Task], swept: Swept) -> None:
    """Hand waiting tasks to the launch queue. They are due again later: the queue may lose one, or all is frozen."""
    again_at = ports.clock.now() + timedelta(seconds=ports.settings.requeue_s)
    frozen = ports.switches.frozen()
    handed = [task.id for task in tasks if _postponed(ports, task, again_at)]
    if frozen or not handed:
        return
    outcome = ports.queue.send(handed)
    if isinstance(outcome, Unclear):
        log.warning("queue_failed", error=outcome.reason)
    else:
        swept.queued = len(handed)


def _postponed(ports: Ports, task: Task, again_at: datetime) -> bool:
    """Only the next look is later: a launcher may launch it from its `retry_at` on."""
    due = min(again_at, deadline_at(task) or again_at)
    return isinstance(conclude(ports, task, Event.ATTENDED, {"due_at": due}), Applied)


def _late(ports: Ports, tasks: Sequence[Task], now: datetime) -> int:
    late = 0
    for task in tasks:
        by = expected_by(task, ports.settings)
        if task.status is Status.CANCELLING and by is not None and by < now:
            late += 1
            log.error("cancel_late", task_id=task.id, ecs_arn=task.ecs_arn, expected_by=by)
    return late


def _stuck(ports: Ports, tasks: Sequence[Task], now: datetime) -> int:
    patience = timedelta(seconds=ports.settings.stuck_starting_s)
    stuck = [t for t in tasks if t.status is Status.STARTING and t.claimed_at and now - t.claimed_at > patience]
    for task in stuck:
        log.warning("stuck_starting", task_id=task.id, ecs_arn=task.ecs_arn, claimed_at=task.claimed_at)
    return len(stuck)


def _oldest(ports: Ports, tasks: Sequence[Task], now: datetime) -> float:
    since = (due_since(task, ports.settings) for task in tasks)
    return max(((now - instant).total_seconds() for instant in since if instant), default=0.0)


def _report(ports: Ports, swept: Swept) -> None:
    figures = {
        Metric.SWEEPS: 1.0,
        Metric.DUE_TASKS: float(swept.due),
        Metric.FAILED_ATTENDS: float(swept.failed),
        Metric.MISSING_CONTAINERS: float(swept.missing),
        Metric.DISBELIEVED_SWEEPS: float(swept.missing > ports.settings.max_missing),
        Metric.LATE_CANCELLATIONS: float(swept.late),
        Metric.STUCK_STARTING: float(swept.stuck),
        Metric.OLDEST_DUE_AGE: swept.oldest_due_s,
    }
    metrics.emit(ports.clock, ports.settings.deployment, figures)
