"""Look at a task and do what it still needs.

Level-triggered: events, timers, the sweep and repeated requests only wake it, and doing it twice is harmless. It looks
first, so each of its writes is conditioned on the `rev` that it looked at, or on what it concluded from.
"""

from datetime import datetime
from typing import assert_never

import msgspec

from chalicelib.conclude import conclude, concluded
from chalicelib.deadline import time_out
from chalicelib.lifecycle import TERMINAL, Event
from chalicelib.listen import listen
from chalicelib.missing import note_missing
from chalicelib.needs import Listen, Look, Relaunch, Relax, Search, StopAgain, TakeOver, TimeOut, need, need_of_heart
from chalicelib.observe import Noted, Stale, observe
from chalicelib.ports import Applied, Missing, NotRead, NotThere, Ports, Reading, Refused
from chalicelib.relaunch import relaunch
from chalicelib.report import Report
from chalicelib.search import search
from chalicelib.stopping import stop_task
from chalicelib.takeover import take_over
from chalicelib.task import Cancellation, Cause, Task


def attend(ports: Ports, task: Task, reading: Reading) -> Task:
    """Do what `task`, just read, needs; `reading` is ECS's word of its container, where it was asked for.

    Raises:
        StoreUnavailableError: it may not be done; the task stays due.
    """
    match need(task, ports.clock.now(), ports.settings):
        case TimeOut():
            return time_out(ports, task)
        case Relaunch():
            return relaunch(ports, task)
        case TakeOver():
            return take_over(ports, task)
        case Search():
            return search(ports, task)
        case Look():
            return _look(ports, task, reading)
        case Listen():
            return listen(ports, task)
        case StopAgain():
            return _stop_again(ports, task, reading)
        case Relax():
            return task if task.status in TERMINAL else concluded(ports, task, Event.ATTENDED, {})
        case other:
            assert_never(other)


def _look(ports: Ports, task: Task, reading: Reading) -> Task:
    match reading:
        case Report():
            return _looked(ports, _observed(ports, task, reading))
        case NotThere():
            return note_missing(ports, task)
        case NotRead():
            return _unread(ports, task)
        case other:
            assert_never(other)


def _unread(ports: Ports, task: Task) -> Task:
    """It stays due, behind the others. It was not seen; but its heart is heard without ECS."""
    if isinstance(need_of_heart(task, ports.clock.now()), Listen):
        return listen(ports, task)
    return concluded(ports, task, Event.ATTENDED, {})


def _stop_again(ports: Ports, task: Task, reading: Reading) -> Task:
    """Believe a death, and otherwise stop it again: the last stop was lost, or the container is slow to die."""
    match reading:
        case Report(dead=True):
            return _observed(ports, task, reading)
        case NotThere():
            return note_missing(ports, task)
        case Report() | NotRead():
            return _resend_stop(ports, task, shown=isinstance(reading, Report))
        case other:
            assert_never(other)


def _resend_stop(ports: Ports, task: Task, *, shown: bool) -> Task:
    """Write it first, so that two sweeps send one stop."""
    sent = task.cancellation or Cancellation(cause=Cause.USER, requested_by="", requested_at=task.created_at)
    now = ports.clock.now()
    again = msgspec.structs.replace(sent, stop_sent_at=now, stops=sent.stops + 1)
    seen = _seen(now) if shown else {}
    match conclude(ports, task, Event.STOP_REPEATED, {"cancellation": again, **seen}):
        case Applied(stopping):
            stop_task(ports, stopping)
            return stopping
        case Refused(current):
            return current
        case Missing():
            return task


def _observed(ports: Ports, task: Task, report: Report) -> Task:
    match observe(ports, report):
        case Noted(current) | Stale(current):
            return current
        case _:
            return task


def _looked(ports: Ports, task: Task) -> Task:
    """Ask again later."""
    if task.status in TERMINAL:
        return task
    return concluded(ports, task, Event.ATTENDED, _seen(ports.clock.now()))


def _seen(now: datetime) -> dict[str, object]:
    """ECS shows the container: whatever it may have missed before, it has not forgotten it."""
    return {"seen_at": now, "missing_at": None}
