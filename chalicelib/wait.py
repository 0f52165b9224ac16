"""Wait for what a task comes to, for a caller who would rather wait than ask again."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Self

import msgspec

from chalicelib import log
from chalicelib.lifecycle import TERMINAL, Status
from chalicelib.ports import Clock, Missing, Ports, StoreUnavailableError
from chalicelib.task import Task

FIRST_S = 0.1
GROWTH = 1.5
MOST_S = 2.0
"""Seconds between two reads: soon at first, for a quick end, then seldom. 20 s cost 16 consistent reads."""


class Patience(msgspec.Struct, frozen=True):
    """How long a caller would wait, and until when that is."""

    seconds: int | None
    """None: not at all, they did not ask for it."""
    until: datetime

    @classmethod
    def from_now(cls, clock: Clock, seconds: int | None) -> Self:
        """Begin to count, before anything is done: what the request itself takes is part of the waiting."""
        return cls(seconds, clock.now() + timedelta(seconds=seconds or 0))


def await_end(ports: Ports, task: Task, patience: Patience) -> Task:
    """Read the record until it has ended or patience has; the record as it was read last.

    Nothing is raised: what was asked for is accepted already, and waiting adds nothing to that.
    """
    return await_status(ports, task, patience, TERMINAL)


def await_status(ports: Ports, task: Task, patience: Patience, among: Collection[Status]) -> Task:
    """Read the record until its status is one of these or patience has ended; the record as it was read last."""
    if task.status in among:
        return task
    for _ in pauses(ports.clock, patience):
        task = _again(ports, task)
        if task.status in among:
            break
    return task


def pauses(clock: Clock, patience: Patience) -> Iterator[None]:
    """Pause, longer each time, for as long as patience lasts."""
    pause = FIRST_S
    while (left := patience.until - clock.now()) > timedelta():
        clock.sleep(min(pause, left.total_seconds()))
        pause = min(MOST_S, pause * GROWTH)
        yield


def _again(ports: Ports, task: Task) -> Task:
    try:
        current = ports.store.get(task.id)
    except StoreUnavailableError as error:
        log.warning("wait_unread", task_id=task.id, error=str(error))
        return task
    return task if isinstance(current, Missing) else current
