"""The main job, over HTTP and on real containers: a task is submitted, cancelled, and dead when its record says so."""

from localcloud.witness import Witness
from tests.stack.caller import DEAF, FOREVER, LINGERS, TRAPS, Caller, dying_s
from tests.stack.ecs import Ecs
from tests.stack.nudge import find_bell


def path(task: dict) -> list[str]:
    """The statuses that its history tells of."""
    statuses = [move["to"] for move in task["history"]]
    return [status for status, before in zip(statuses, [None, *statuses], strict=False) if status != before]


def dead(witness: Witness, task: dict) -> bool:
    return not witness.look(task["id"]).alive


def test_a_task_runs_to_its_end(alice, witness):
    task = alice.submit("sleep 0.5")
    assert task["status"] == "starting"
    ended = alice.until(task["id"], "completed")
    assert dead(witness, task)
    assert (ended["exit_code"], path(ended)) == (0, ["starting", "running", "completed"])
    assert (ended["termination"]["how"], ended["termination"]["proof"]) == ("exited_on_its_own", "ecs_event")
    assert ended["created_at"] < ended["started_at"] < ended["ended_at"]


def test_a_task_that_fails_ends_failed_with_its_own_exit_code(alice, witness):
    ended = alice.until(alice.submit("exit 3")["id"], "failed")
    assert dead(witness, ended)
    assert (ended["exit_code"], ended["termination"]["how"]) == (3, "exited_on_its_own")


def test_a_task_that_listens_is_cancelled_within_its_grace(alice, witness):
    task = alice.ready(TRAPS, stop_timeout=20)
    assert not dead(witness, task)
    answer = alice.cancel(task["id"], reason="wrong input", reason_code="wrong_input")
    assert (answer.status_code, answer.json()["status"]) == (202, "cancelling")
    ended = alice.until(task["id"], "cancelled")
    assert dead(witness, task)
    assert (ended["exit_code"], ended["termination"]["how"]) == (0, "graceful")
    wanted = {"cause": "user", "reason": "wrong input", "reason_code": "wrong_input", "requested_by": "alice"}
    assert ended["cancellation"].items() >= wanted.items()
    assert ended["ended_at"] <= ended["cancellation"]["expected_by"]


def test_a_task_that_does_not_listen_is_killed_after_its_grace(alice, witness):
    task = alice.ready(DEAF, stop_timeout=2)
    assert alice.cancel(task["id"]).status_code == 202
    ended = alice.until(task["id"], "cancelled")
    assert dead(witness, task)
    assert (ended["exit_code"], ended["termination"]["how"]) == (137, "forced")
    assert dying_s(ended) >= 2


def test_a_cancellation_overtakes_the_start(alice, witness):
    task = alice.submit(FOREVER)
    assert alice.cancel(task["id"]).status_code in (200, 202)
    alice.until(task["id"], "cancelled")
    assert dead(witness, task)


def test_what_has_ended_cannot_be_cancelled(alice):
    ended = alice.until(alice.submit("true")["id"], "completed")
    refusal = alice.cancel(ended["id"])
    assert (refusal.status_code, refusal.headers["Content-Type"]) == (409, "application/problem+json")
    assert refusal.json()["type"] == "urn:calloff:problem:too-late"
    assert refusal.json()["task"] == ended == alice.show(ended["id"])


def test_a_cancellation_may_be_repeated_before_and_after_the_death(cloud, alice, witness):
    task = alice.ready(LINGERS, stop_timeout=60)
    assert [alice.cancel(task["id"]).status_code for _ in range(3)] == [202, 202, 202]
    find_bell(cloud, task["id"])()
    ended = alice.until(task["id"], "cancelled")
    assert dead(witness, task)
    again = alice.cancel(task["id"])
    assert (again.status_code, again.json()) == (200, ended)
    assert ended["cancellation"]["requests"] == 3


def test_delete_cancels(alice, witness):
    task = alice.ready(TRAPS)
    assert alice.http.delete(f"/tasks/{task['id']}").status_code == 202
    alice.until(task["id"], "cancelled")
    assert dead(witness, task)


def test_kill_is_noted_though_fargate_knows_no_shorter_grace(alice, witness):
    task = alice.ready(TRAPS)
    answer = alice.http.post(f"/tasks/{task['id']}/kill")
    assert (answer.status_code, answer.json()["cancellation"]["force_requested"]) == (202, True)
    alice.until(task["id"], "cancelled")
    assert dead(witness, task)


def test_a_repeated_cancellation_escalates(cloud, alice):
    task = alice.ready(LINGERS, stop_timeout=60)
    assert alice.cancel(task["id"]).json()["cancellation"]["force_requested"] is False
    assert alice.http.post(f"/tasks/{task['id']}/cancel?terminate=true").status_code == 202
    find_bell(cloud, task["id"])()
    assert alice.until(task["id"], "cancelled")["cancellation"]["force_requested"] is True


def test_another_grace_than_the_tasks_own_is_refused_and_nothing_is_stopped(alice):
    task = alice.ready(TRAPS, stop_timeout=7)
    refusal = alice.cancel(task["id"], grace=8)
    assert (refusal.status_code, refusal.json()["field"]) == (422, "grace")
    assert alice.show(task["id"])["status"] == "running"
    assert alice.cancel(task["id"], grace=7).status_code == 202


def test_a_stop_behind_our_back_is_a_cancellation_too(alice: Caller, ecs: Ecs, witness):
    task = alice.ready(TRAPS)
    ecs.stop(task["id"], "by hand")
    ended = alice.until(task["id"], "cancelled")
    assert dead(witness, task)
    assert (ended["cancellation"]["cause"], ended["termination"]["stopped_reason"]) == ("external", "by hand")
    assert path(ended) == ["starting", "running", "cancelled"]
