"""Lives of a task, as the verbs live them: each write that they make, and what it made of the record in memory."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from chalicelib.attend import attend
from chalicelib.conditions import Change
from chalicelib.deadline import wake
from chalicelib.patch import Patch, patch
from chalicelib.ports import Applied, Deferred, Missing, NotRead, Refused, Rejected, Unclear
from chalicelib.sweep import sweep
from chalicelib.task import Task
from tests.doubles.containers import instead, lost
from tests.doubles.memory import MemoryTaskStore
from tests.doubles.world import World

DAY_S = 86_400


@dataclass(frozen=True)
class Step:
    """One write of a verb."""

    before: Task
    change: Change
    outcome: Applied | Refused


class Recording(MemoryTaskStore):
    """A store in memory that keeps what was written to it."""

    def __init__(self, max_history: int) -> None:
        super().__init__(max_history)
        self.steps: list[Step] = []

    def apply(self, task_id: str, change: Change) -> Applied | Refused | Missing:
        before = self.get(task_id)
        outcome = super().apply(task_id, change)
        if not isinstance(before, Missing) and not isinstance(outcome, Missing):
            self.steps.append(Step(before, change, outcome))
        return outcome


def completes(world: World) -> None:
    """Submitted, runs, exits 0; reports come twice."""
    task = world.submit(timeout=60)
    for name in ("running", "running", "exited-0", "exited-0"):
        world.reports(world.of(task), name)


def is_cancelled(world: World) -> None:
    """Cancelled while it runs, asked for again, and forced."""
    task = world.running()
    world.cancel(task, reason="wrong input", reason_code="typo")
    world.cancel(task, force=True)
    world.clock.advance(world.settings.stop_repeat_s)
    world.cancel(task, owner=None, by="admin")
    world.cancel(task, grace=30)
    world.reports(world.of(task), "deprovisioning")
    world.reports(world.of(task), "stopped")
    world.cancel(task)


def is_cancelled_while_starting(world: World) -> None:
    """Cancelled before it runs; it comes to run all the same."""
    task = world.submit()
    world.cancel(task)
    world.reports(world.of(task), "running")
    world.reports(world.of(task), "stopped-by-operator")


def waits_and_is_cancelled(world: World) -> None:
    """Deferred, then cancelled."""
    world.containers.script("run", instead(Deferred("Capacity is unavailable")))
    world.cancel(world.submit(queue_timeout=60))


def is_refused(world: World) -> None:
    """Refused for good."""
    world.containers.script("run", instead(Rejected("no such cluster")))
    world.submit()


def is_retried(world: World) -> None:
    """Deferred, then launched by the sweep's hand; fails to start for a while, then for good."""
    world.containers.script("run", instead(Deferred("Capacity is unavailable")))
    task = world.submit()
    world.clock.advance(DAY_S)
    attend(world.ports, world.now(task), NotRead())
    world.reports(world.of(task), "failed-to-start", stoppedReason="Timeout waiting for network interface provisioning")
    world.clock.advance(DAY_S)
    attend(world.ports, world.now(task), NotRead())
    world.reports(world.of(task), "failed-to-start")


def ends_by_itself(world: World) -> None:
    """Runs out of memory."""
    world.reports(world.of(world.running()), "out-of-memory")


def is_taken_over(world: World) -> None:
    """The launcher got no answer; the sweep sends again."""
    world.containers.script("run", *[instead(Unclear("timed out"))] * 2)
    world.submit()
    world.clock.advance(world.settings.launch_lease_s + 1)
    sweep(world.ports)


def is_never_found(world: World) -> None:
    """Nothing is ever heard of its launch."""
    world.containers.script("run", *[instead(Unclear("timed out"))] * 99)
    world.submit()
    for _ in range(6):
        world.clock.advance(world.settings.resend_window_s)
        sweep(world.ports)


def times_out(world: World) -> None:
    """Its time is up, and its stop is lost at first."""
    task = world.running(timeout=60)
    patch(world.ports, Patch(task.id, "alice", "alice", timeout=30))
    world.clock.advance(DAY_S)
    wake(world.ports, task.id)
    for _ in range(3):
        world.clock.advance(world.settings.stop_check_max_s)
        sweep(world.ports)
    world.reports(world.of(task), "stopped")


def is_gone(world: World) -> None:
    """ECS has forgotten its container."""
    task = world.running()
    world.containers.forget(world.of(task).arn)
    for _ in range(9):
        world.clock.advance(world.settings.gone_after_s)
        sweep(world.ports)


def is_saved_late(world: World) -> None:
    """The report is there before the answer; the answer was lost once."""
    world.containers.script("run", lost(Unclear("timed out")))
    task = world.submit()
    world.clock.advance(world.settings.look_after_s)
    sweep(world.ports)
    world.reports(world.of(task), "spot-interruption")


LIVES: tuple[Callable[[World], Any], ...] = (
    completes,
    is_cancelled,
    is_cancelled_while_starting,
    waits_and_is_cancelled,
    is_refused,
    is_retried,
    ends_by_itself,
    is_taken_over,
    is_never_found,
    times_out,
    is_gone,
    is_saved_late,
)


def lived(life: Callable[[World], Any]) -> list[Step]:
    """Live a life; the writes that it took."""
    store = Recording(40)
    life(World(store))
    return store.steps


def unnamed(task: Task) -> Task:
    """The record without the names of its writes, which no two stores give alike."""
    history = tuple(msgspec.structs.replace(entry, write_id="") for entry in task.history)
    return msgspec.structs.replace(task, write_id="", history=history)
