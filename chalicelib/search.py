"""Search ECS's lists for a container of a launch that can be sent no more.

One empty list proves nothing: lists lag, and a request may still be on its way. Two of them, long enough apart and long
after the last possible send, each of what ECS wants running *and* of what it wants stopped, are as close to a proof as
there is; so the end is marked `gone`, its `how` is unknown, and a person is told.
"""

from chalicelib import fargate, log, metrics
from chalicelib.conclude import BY, concluded
from chalicelib.conditions import Absent, Equals, leased
from chalicelib.due import second_listing_at
from chalicelib.ending import ending
from chalicelib.lifecycle import Event
from chalicelib.metrics import Metric
from chalicelib.observe import Noted, Stale, observe
from chalicelib.ports import Applied, Found, Missing, Ports, Refused, Unclear
from chalicelib.task import Proof, Task, Termination

NOTHING = Termination(proof=Proof.GONE)


def search(ports: Ports, task: Task) -> Task:
    """Adopt what the lists show, or note that they are empty, or conclude from the second time that they are."""
    mark = fargate.mark(task, ports.settings.deployment)
    match ports.containers.find(task.placement.cluster, str(mark)):
        case Found(reports) if reports:
            # The living first: should there be two, the dead one must not end the task while the other runs.
            for report in sorted(reports, key=lambda r: r.dead):
                match observe(ports, report):
                    case Noted(current) | Stale(current):
                        task = current
                    case _:
                        pass
            return task
        case Found():
            return _nothing(ports, task)
        case Unclear(reason):
            log.warning("search_unanswered", task_id=task.id, error=reason)
            return concluded(ports, task, Event.ATTENDED, {})


def _nothing(ports: Ports, task: Task) -> Task:
    now = ports.clock.now()
    second = second_listing_at(task, ports.settings)
    # Not the rev, which a repeated cancel moves: that the lease is the same one means that nobody has sent since.
    quiet = leased(task.lease_id or "")
    if second is None or now < second:
        listed = {"listed_empty_at": now}
        return concluded(ports, task, Event.LISTED_EMPTY, listed, requires=quiet, under=Absent("listed_empty_at"))
    guards = (*quiet, Equals("listed_empty_at", task.listed_empty_at))
    change = ending(Event.NOTHING_FOUND, now, BY, NOTHING, ports.settings, requires=guards)
    match ports.store.apply(task.id, change):
        case Applied(ended):
            log.error("launch_never_found", task_id=task.id, attempt=task.attempt)
            metrics.emit(ports.clock, ports.settings.deployment, {Metric.NEVER_FOUND: 1.0})
            return ended
        case Refused(current):
            return current
        case Missing():
            return task
