"""What programs in real containers tell of themselves, and do to themselves: their records show it."""

from datetime import datetime

import pytest

from localcloud import engine, waiting
from localcloud.witness import DockerEyes
from tests.in_task.cloud import PATIENCE_S, runs, says, submits

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("python_image")]


def test_what_a_task_tells_is_in_its_record_and_another_goes_on_from_it(alice, ecs):
    first = runs(
        alice,
        """
        task.progress(3, 10, "on its way")
        task.checkpoint({"page": 7})
        task.result({"found": 3})
        print("told")
        task.sleep(600)
        """,
    )
    says(ecs, first, "told")
    told = waiting.until(lambda: (shown := alice.show(first))["progress"] and shown, "its progress", PATIENCE_S)
    assert told["progress"].items() >= {"done": 3.0, "total": 10.0, "message": "on its way"}.items()
    assert told["checkpoint"]["size"] == len('{"page": 7}')
    assert (told["result"]["data"], told["result"]["partial"]) == ({"found": 3}, False)
    second = submits(alice, "kept = task.resume(); task.result([kept.task_id, kept.data])", resume_from=first)
    assert alice.until(second, "completed")["result"]["data"] == [first, {"page": 7}]


def test_a_task_cancels_itself(alice, ecs):
    task_id = runs(
        alice,
        """
        task.on_cleanup(lambda: print("tidied up"))
        print("ready")
        task.cancel_self("nothing left to do")
        while True:
            task.check_cancellation()
        """,
    )
    ended = alice.until(task_id, "cancelled")
    cancellation = ended["cancellation"]
    assert (cancellation["cause"], cancellation["requested_by"]) == ("self", "task")
    assert cancellation["reason"] == "nothing left to do"
    assert (ended["exit_code"], ended["termination"]["how"]) == (143, "graceful")
    assert ecs.wrote(task_id).splitlines() == ["ready", "tidied up"]


def test_a_task_that_falls_silent_is_cancelled_and_not_before(alice, ecs):
    # It beats for longer than it may be silent; if it were cancelled meanwhile, it would never say that it stops.
    task_id = runs(
        alice,
        """
        for _ in range(60):
            task.heartbeat()
            task.sleep(0.2)
        print("silent now")
        task.cancelled.wait()
        print("told to end")
        """,
        heartbeat_timeout=10,
    )
    says(ecs, task_id, "silent now")
    beaten = alice.show(task_id)
    assert (beaten["status"], beaten["cancellation"]) == ("running", None)
    ended = alice.until(task_id, "cancelled")
    assert (ended["cancellation"]["cause"], ended["cancellation"]["requested_by"]) == ("heartbeat", "sweep")
    assert ended["heartbeat_at"] >= beaten["heartbeat_at"] > beaten["started_at"]
    assert ecs.wrote(task_id).splitlines() == ["silent now", "told to end"]


def test_what_a_task_keeps_late_in_its_grace_is_kept(alice, ecs):
    task_id = runs(
        alice,
        """
        import time
        print("ready")
        task.cancelled.wait()
        time.sleep(max(0, task.grace_left() - 5))
        print("kept" if task.checkpoint({"last": True}) and task.result("half") else "lost")
        time.sleep(60)
        """,
        stop_timeout=10,
    )
    says(ecs, task_id, "ready")
    alice.cancel(task_id)
    ended = alice.until(task_id, "cancelled")
    assert (ended["exit_code"], ended["termination"]["how"]) == (137, "forced")
    assert ecs.wrote(task_id).split() == ["ready", "kept"]
    assert (ended["checkpoint"]["size"], ended["result"]["data"]) == (len('{"last": true}'), "half")
    assert ended["result"]["partial"]
    told, asked = (
        datetime.fromisoformat(at) for at in (ended["checkpoint"]["at"], ended["cancellation"]["requested_at"])
    )
    # SIGTERM comes after the request; so the first half of the grace was over.
    assert (told - asked).total_seconds() > 4.9


HOOKS = """
import time
for name in ("first", "second", "third"):
    task.on_cleanup(lambda name=name: print(name, task.grace_left() > 0) or time.sleep(0.2))
print("ready")
"""
THEIR_WORDS = ["ready", "third True", "second True", "first True"]


def test_a_stuck_program_is_cleaned_up_within_the_grace_of_the_request(alice, ecs):
    task_id = runs(alice, HOOKS + "while True: time.sleep(0.05)", stop_timeout=60)
    says(ecs, task_id, "ready")
    # Half of what the definition gives would be too late by far.
    alice.cancel(task_id, grace=10)
    ended = alice.until(task_id, "cancelled")
    assert (ended["exit_code"], ended["termination"]["how"]) == (137, "forced")
    assert ecs.wrote(task_id).splitlines() == THEIR_WORDS


def test_the_hooks_run_once_in_a_storm_of_signals_and_cancels(alice, ecs):
    # Slow hooks, so that it still dies when all signals and cancels have come.
    task_id = runs(alice, HOOKS.replace("sleep(0.2)", "sleep(1)") + "while True: task.check_cancellation()")
    says(ecs, task_id, "ready")
    [name] = DockerEyes().find(task_id)
    container = engine.docker_client().containers.get(name)
    for _ in range(5):
        assert alice.cancel(task_id).status_code in {200, 202}
        for _ in range(10):
            waiting.holds(lambda: _signalled(container), 0)
    ended = alice.until(task_id, "cancelled")
    assert (ended["exit_code"], ended["termination"]["how"]) == (143, "graceful")
    assert ended["cancellation"]["requests"] > 1
    assert ecs.wrote(task_id).splitlines() == THEIR_WORDS


def _signalled(container):
    """It may be dead by now, or gone."""
    from docker.errors import APIError

    try:
        container.kill(signal="SIGTERM")
    except APIError:
        return False
    return True
