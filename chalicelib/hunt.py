"""The orphan hunt: one pass over ECS's own list, which stops what should not live and notices what ended unseen."""

from collections.abc import Sequence

import msgspec

from chalicelib import log, metrics
from chalicelib.due import stop_check_at
from chalicelib.fence import dying, legitimate, told_before
from chalicelib.lifecycle import TERMINAL, Status
from chalicelib.metrics import Metric
from chalicelib.observe import observe
from chalicelib.ports import Missing, Ports, Unclear, Unreadable
from chalicelib.report import Mark, Report
from chalicelib.stopping import stop_container
from chalicelib.task import Task


class Hunted(msgspec.Struct, frozen=True):
    """What one hunt found: containers of ours, orphans among them, those stopped, and reports that were news."""

    ours: int = 0
    orphans: int = 0
    stopped: int = 0
    noticed: int = 0


class Disarmed(msgspec.Struct, frozen=True):
    """The hunt is not armed for this table, or paused, or ECS did not answer."""


def hunt(ports: Ports) -> Hunted | Disarmed:
    """Hunt once, and report that it lived.

    Raises:
        StoreUnavailableError: hunt again later.
    """
    hunted = _hunt(ports)
    _report(ports, hunted)
    return hunted


def _hunt(ports: Ports) -> Hunted | Disarmed:
    if not ports.switches.hunting():
        log.warning("hunt_disarmed")
        return Disarmed()
    found = ports.containers.find_all(ports.settings.cluster)
    if isinstance(found, Unclear):
        log.warning("hunt_unanswered", error=found.reason)
        return Disarmed()
    marked = [(report, mark) for report in found.reports if (mark := _ours(ports, report)) is not None]
    # After the listing, so that a container that was listed and is legitimate is known to be.
    read = ports.store.get_many(sorted({mark.task_id for _, mark in marked}))
    records = {task_id: task for task_id, task in read.items() if isinstance(task, Task)}
    # Of a container whose record cannot be read nobody can say that it may not live.
    ours = [(report, mark) for report, mark in marked if not isinstance(read.get(mark.task_id), Unreadable)]
    unwanted = [(r, m) for r, m in ours if not r.dead and _orphan(records.get(m.task_id), r, m)]
    orphans = [(r, m) for r, m in unwanted if not _awaited(records.get(m.task_id), r)]
    awaited = [(r, m) for r, m in unwanted if _awaited(records.get(m.task_id), r)]
    late = [(r, m) for r, m in awaited if _late(ports, records[m.task_id])]
    news = [r for r, m in ours if m.task_id in records and _is_news(records[m.task_id], r)]
    # The living first: should a task have two, the dead one must not end it while the other runs.
    for report in sorted(news, key=lambda r: r.dead):
        observe(ports, report)
    stopped = _stop_all(ports, orphans) + _stop_some(ports, late)
    return Hunted(len(ours), len(orphans), stopped, len(news))


def _ours(ports: Ports, report: Report) -> Mark | None:
    mark = Mark.parse(report.started_by)
    return mark if mark is not None and mark.deployment == ports.settings.deployment else None


def _orphan(task: Task | None, report: Report, mark: Mark) -> bool:
    if task is not None and told_before(task, report):
        return False
    return task is None or not legitimate(task, report.arn, mark.attempt)


def _awaited(task: Task | None, report: Report) -> bool:
    """Tell whether its stop is under way. Many of those are no flood of orphans, and no reason to pause."""
    return task is not None and dying(task, report.arn)


def _late(ports: Ports, task: Task) -> bool:
    """Tell whether the sweep should have looked after that stop by now: the hunt does without the sweep."""
    return stop_check_at(task, ports.settings) <= ports.clock.now()


def _is_news(task: Task, report: Report) -> bool:
    """Tell whether the record has missed this: an end, or that it runs."""
    if task.status in TERMINAL or (task.ecs_arn not in (None, report.arn)):
        return False
    return report.dead or (report.last_status == "RUNNING" and task.status is Status.STARTING)


def _stop_all(ports: Ports, orphans: Sequence[tuple[Report, Mark]]) -> int:
    if len(orphans) > ports.settings.hunt_max_stops:
        log.error("hunt_paused", orphans=len(orphans), arns=[report.arn for report, _ in orphans])
        ports.switches.pause_hunt(f"{len(orphans)} orphans in one hunt")
        return 0
    return sum(_stop(ports, report, mark) for report, mark in orphans)


def _stop_some(ports: Ports, late: Sequence[tuple[Report, Mark]]) -> int:
    return sum(_stop(ports, report, mark) for report, mark in late[: ports.settings.hunt_max_stops])


def _stop(ports: Ports, report: Report, mark: Mark) -> bool:
    """Read the record once more, right before the kill: it may have adopted the container meanwhile."""
    task = ports.store.get(mark.task_id)
    if not isinstance(task, Missing) and legitimate(task, report.arn, mark.attempt):
        return False
    log.warning("orphan", task_id=mark.task_id, ecs_arn=report.arn, attempt=mark.attempt)
    stop_container(ports, report.cluster_arn, report.arn, mark.task_id, "orphan")
    return True


def _report(ports: Ports, hunted: Hunted | Disarmed) -> None:
    figures = {Metric.HUNTS: 1.0, Metric.ORPHANS: 0.0, Metric.DISARMED_HUNTS: 0.0}
    match hunted:
        case Hunted(orphans=orphans):
            figures[Metric.ORPHANS] = float(orphans)
        case Disarmed():
            figures[Metric.DISARMED_HUNTS] = 1.0
    metrics.emit(ports.clock, ports.settings.deployment, figures)
