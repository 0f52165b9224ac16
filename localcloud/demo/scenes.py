"""The scenes. Each is a title, a sentence, and a function that plays it on a stage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.demo.stage import Stage

TRAPS = "trap 'exit 0' TERM; while :; do sleep 0.1; done"
DEAF = "trap '' TERM; while :; do sleep 0.1; done"
SLOW_TO_LEAVE = "trap 'sleep 3; exit 0' TERM; while :; do sleep 0.1; done"
#: Seconds between SIGTERM and SIGKILL for the one that does not listen; ECS takes 2 to 120.
GRACE_S = 2
#: Seconds that the task with a time limit may run.
LIMIT_S = 2


@dataclass(frozen=True)
class Scene:
    """What is shown."""

    title: str
    story: str
    play: Callable[[Stage], None]


def completes(stage: Stage) -> None:
    """Play: a task runs to its end."""
    # Long enough to be seen running, also where a busy machine tells of it late.
    task = stage.submit("sh", "-c", "echo working; sleep 4")
    stage.until(task, "running")
    ended = stage.until(task, "completed", "failed", "cancelled")
    stage.promise(
        "it ends completed with exit code 0", (ended["status"], ended["exit_code"]) == ("completed", 0), ended
    )


def fails(stage: Stage) -> None:
    """Play: a task fails, and the record says so."""
    task = stage.submit("sh", "-c", "sleep 0.3; exit 3")
    ended = stage.until(task, "completed", "failed", "cancelled")
    stage.promise(
        "it ends failed with its own exit code", (ended["status"], ended["exit_code"]) == ("failed", 3), ended
    )


def listens(stage: Stage) -> None:
    """Play: SIGTERM is trapped, the task tidies up and leaves."""
    task = stage.submit("sh", "-c", TRAPS, stop_timeout=10)
    stage.until(task, "running")
    stage.cancel(task, 202, reason="wrong input")
    ended = stage.until(task, "cancelled")
    how = ended["termination"]["how"]
    stage.promise("it left by itself within its grace", how == "graceful", how)
    stage.promise("exit 0 after a cancellation is still cancelled", ended["exit_code"] == 0, ended["exit_code"])


def does_not_listen(stage: Stage) -> None:
    """Play: SIGTERM is ignored, so SIGKILL comes when the grace is over."""
    task = stage.submit("sh", "-c", DEAF, stop_timeout=GRACE_S)
    stage.until(task, "running")
    stage.cancel(task, 202)
    ended = stage.until(task, "cancelled")
    how, after = ended["termination"]["how"], stage.outcome.dead_after_s or 0
    stage.promise("it was forced", how == "forced", how)
    stage.promise(f"after its {GRACE_S} s of grace, not before", after >= GRACE_S, f"{after:.2f} s")


def cancelled_while_starting(stage: Stage) -> None:
    """Play: the cancellation overtakes the start."""
    task = stage.submit("sh", "-c", TRAPS)
    stage.cancel(task, 202)
    ended = stage.until(task, "cancelled")
    path = [move["to"] for move in ended["history"]]
    stage.promise("it went from starting to cancelled, never running", "running" not in path, path)


def too_late(stage: Stage) -> None:
    """Play: what has ended cannot be cancelled, and nobody is told otherwise."""
    task = stage.submit("true")
    before = stage.until(task, "completed")
    refusal = stage.cancel(task, 409)
    shown = refusal.document.get("task", {}).get("status")
    stage.promise("the refusal shows the task as it is", shown == "completed", refusal.document)
    stage.promise("the record did not change", stage.until(task, "completed") == before)


def cancelled_thrice(stage: Stage) -> None:
    """Play: repeating a cancellation is safe, before and after the death."""
    task = stage.submit("sh", "-c", SLOW_TO_LEAVE, stop_timeout=10)
    stage.until(task, "running")
    stage.cancel(task, 202)
    repeated = stage.cancel(task, 202)
    requests = repeated.document["cancellation"]["requests"]
    stage.promise("the record counts the requests", requests == 2, requests)  # noqa: PLR2004
    ended = stage.until(task, "cancelled")
    again = stage.cancel(task, 200)
    stage.promise("one end, and it stays", again.document["ended_at"] == ended["ended_at"], again.document)


def runs_out_of_time(stage: Stage) -> None:
    """Play: a task has a time limit, and a timer of Step Functions keeps it."""
    task = stage.submit("sh", "-c", TRAPS, timeout=LIMIT_S)
    stage.until(task, "running", "cancelling", "cancelled")
    ended = stage.until(task, "cancelled")
    cause, ran = ended["cancellation"]["cause"], _seconds(ended, "started_at", "ended_at")
    stage.promise("nobody asked: its time limit did", cause == "timeout", cause)
    stage.promise(f"it had its {LIMIT_S} s", ran >= LIMIT_S, f"{ran:.2f} s")


def cancelled_without_ecs(stage: Stage) -> None:
    """Play: ECS answers nobody when the cancellation comes."""
    task = stage.submit("sh", "-c", TRAPS)
    stage.until(task, "running")
    with stage.without_ecs():
        stage.cancel(task, 202)
        stage.until(task, "cancelling")
    ended = stage.until(task, "cancelled")
    requests = ended["cancellation"]["requests"]
    stage.promise("it was stopped when ECS was back, unasked", requests == 1, f"{requests} requests")


def ends_unheard(stage: Stage) -> None:
    """Play: the event of a task's end is lost."""
    task = stage.submit("sh", "-c", "sleep 4; exit 4")
    stage.until(task, "running")
    stage.lose_events(task)
    stage.until_engine_says_dead(task)
    ended = stage.until(task, "failed")
    proof = ended["termination"]["proof"]
    stage.promise("Calloff asked ECS by itself, and the record is healed", proof == "ecs_describe", proof)
    stage.promise("with its true exit code", ended["exit_code"] == 4, ended["exit_code"])  # noqa: PLR2004


def _seconds(task: dict[str, Any], begin: str, end: str) -> float:
    return (datetime.fromisoformat(task[end]) - datetime.fromisoformat(task[begin])).total_seconds()


SCENES = [
    Scene("It completes", "and nobody interferes", completes),
    Scene("It listens", "SIGTERM is trapped: cancelled gracefully", listens),
    Scene("It does not listen", f"SIGTERM is ignored: killed after {GRACE_S} s of grace", does_not_listen),
    Scene("It fails", "by its own exit code", fails),
    Scene("Cancelled at the start", "the cancellation overtakes the launch", cancelled_while_starting),
    Scene("Too late", "what has ended cannot be cancelled", too_late),
    Scene("Cancelled three times", "twice while it dies, once when it is dead", cancelled_thrice),
    Scene("Out of time", f"it may run for {LIMIT_S} s, and does not know", runs_out_of_time),
    Scene("ECS is away", "a cancellation that nobody can carry out now", cancelled_without_ecs),
    Scene("An event is lost", "the task ends, and nobody is told", ends_unheard),
]
