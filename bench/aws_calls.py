"""Calls to AWS: of each operation, and of a cancellation from each status."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bench.emulators import Calloff, emulated
from bench.figure import Figure, Members, Target
from bench.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

Calls = dict[str, dict[str, int]]

NO_ANSWER = {"on": "RunTask", "fault": "timeout", "times": 2}
THROTTLE = {"on": "RunTask", "fault": "throttle"}


class Counting:
    """Counts the calls of named operations, in a process that is warm."""

    def __init__(self, calloff: Calloff) -> None:
        self.calloff = calloff
        self.calls: Calls = {}
        self._tally = Tally(*calloff.clients.values())

    @contextmanager
    def counted(self, name: str) -> Iterator[None]:
        """Count what is called meanwhile."""
        self._tally.new()
        yield
        self.calls[name] = self._tally.new()

    def cancel(self, name: str, task: dict[str, Any], status: int) -> None:
        """Count a cancellation."""
        with self.counted(name):
            assert self.calloff.request("POST", f"/tasks/{task['id']}/cancel").status == status, name


def measure(quick: bool) -> Members:  # noqa: ARG001, FBT001 - counting is quick
    """Count each operation once; a count does not vary."""
    with emulated() as calloff:
        calloff.submit()
        counting = Counting(calloff)
        _lives(counting)
        _cancels(counting)
        totals = {name: sum(calls.values()) for name, calls in counting.calls.items()}
        return {"aws_calls": totals, "details": {"aws_calls": counting.calls}}


def _lives(counting: Counting) -> None:
    calloff = counting.calloff
    with counting.counted("submit"):
        task = calloff.submit()
    with counting.counted("submit_with_timeout"):
        calloff.submit(timeout=3600)
    with counting.counted("started"):
        calloff.hand_in(task["id"], "RUNNING")
    counting.cancel("cancel", task, 202)
    with counting.counted("finish"):
        calloff.hand_in(task["id"], "DEPROVISIONING")
    with counting.counted("told_again"):
        calloff.hand_in(task["id"], "STOPPED")
    with counting.counted("idle_timer"):
        calloff.app_handler("on_deadline")({"task_id": task["id"]}, None)
    with counting.counted("show"):
        assert calloff.request("GET", f"/tasks/{task['id']}").document["status"] == "cancelled"
    with counting.counted("list"):
        calloff.request("GET", "/tasks")


def _cancels(counting: Counting) -> None:
    calloff = counting.calloff
    task = calloff.running()
    counting.cancel("cancel_from_running", task, 202)
    counting.cancel("cancel_from_cancelling", task, 202)
    calloff.hand_in(task["id"], "DEPROVISIONING")
    counting.cancel("cancel_from_cancelled", task, 200)
    counting.cancel("cancel_from_starting", calloff.submit(), 202)
    calloff.fault(NO_ANSWER)
    counting.cancel("cancel_from_starting_without_container", calloff.submit(), 202)
    calloff.fault(THROTTLE)
    counting.cancel("cancel_from_pending", calloff.submit(), 200)


FIGURE = Figure(
    name="aws_calls",
    measure=measure,
    targets=(
        Target("aws_calls.submit", 3),
        Target("aws_calls.submit_with_timeout", 4),
        Target("aws_calls.cancel", 2),
        Target("aws_calls.finish", 1),
        Target("aws_calls.idle_timer", 1),
    ),
    about="""Counted by botocore's hook before each request is sent, on the clients that the function itself makes, in
a process that has launched such a task before. `cancel` is from `running`; `finish` is ECS's event that proves the end;
`idle_timer` is a timer that wakes a task that has ended. Besides, each process reads the operator's switches at most
once in ten seconds (one GetItem), and the first launch of a task definition costs three calls more.""",
)
