"""Time limits in real time: the state machine of `infra/` runs, and wakes the handler through a Lambda."""

import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from localcloud import waiting
from tests.stack.caller import LINGERS, PATIENCE_S, TRAPS, Caller
from tests.stack.ecs import Ecs
from tests.stack.nudge import find_bell


@pytest.fixture
def cloud(hasty):
    return hasty


@pytest.fixture
def timers_alone(cloud):
    """Keep the sweep from doing the timers' work."""
    cloud.pause("scheduler")
    yield
    cloud.resume("scheduler")


class Timers:
    """The timers of Step Functions."""

    def __init__(self, api: Any, machine: str) -> None:
        self.api = api
        self._machine = machine

    def of(self, task_id: str) -> dict[str, str]:
        """Every execution of a task: its number and its status."""
        found = self.api.list_executions(stateMachineArn=self._machine)["executions"]
        return {e["name"].rpartition("-")[2]: e["status"] for e in found if e["name"].startswith(task_id)}

    def start(self, task_id: str, name: str) -> dict[str, Any]:
        """Start one by hand that fires at once; wait for its end, and tell it."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        started = self.api.start_execution(
            stateMachineArn=self._machine, name=name, input=json.dumps({"task_id": task_id, "at": now})
        )

        def ended() -> dict[str, Any] | None:
            found = self.api.describe_execution(executionArn=started["executionArn"])
            return found if found["status"] != "RUNNING" else None

        return waiting.until(ended, "the timer's end", PATIENCE_S)

    def stop_all(self, task_id: str) -> None:
        for each in self.api.list_executions(stateMachineArn=self._machine)["executions"]:
            if each["name"].startswith(task_id):
                self.api.stop_execution(executionArn=each["executionArn"])

    def waits(self, task_id: str, number: str) -> int:
        """How often a timer has begun to wait."""
        arn = f"{self._machine.replace(':stateMachine:', ':execution:')}:{task_id}-{number}"
        events = self.api.get_execution_history(executionArn=arn)["events"]
        return sum(each["type"] == "WaitStateEntered" for each in events)


@pytest.fixture
def timers(cloud, amazon: Callable[[str], Any]) -> Timers:
    return Timers(amazon("stepfunctions"), cloud.environment["CALLOFF_TIMER_ARN"])


def events_of(task: dict) -> list[str]:
    return [move["event"] for move in task["history"]]


def seconds(task: dict, begin: str, end: str) -> float:
    return (datetime.fromisoformat(task[end]) - datetime.fromisoformat(task[begin])).total_seconds()


def test_a_task_that_runs_too_long_is_cancelled_by_its_timer(alice: Caller, timers, timers_alone, witness):
    task = alice.submit(TRAPS, timeout=1)
    ended = alice.until(task["id"], "cancelled")
    assert not witness.look(task["id"]).alive
    assert (ended["cancellation"]["cause"], ended["termination"]["how"]) == ("timeout", "graceful")
    assert seconds(ended, "started_at", "ended_at") >= 1
    waiting.until(lambda: timers.of(task["id"]) == {"1": "SUCCEEDED"}, "the timer's end", PATIENCE_S)


def test_a_task_that_never_comes_to_run_is_cancelled_by_its_timer(alice: Caller, ecs: Ecs, timers_alone):
    ecs.faults(calls={"RunTask:failures": 1})
    task = alice.submit(TRAPS, queue_timeout=1)
    assert task["status"] == "pending"
    ended = alice.until(task["id"], "cancelled")
    assert (ended["cancellation"]["cause"], ended["termination"]["how"]) == ("queue_timeout", "never_started")
    assert ecs.of(task["id"]) == []


def test_a_task_that_ends_in_time_is_left_alone_by_its_timer(alice: Caller, timers, timers_alone):
    ended = alice.until(alice.submit("true", timeout=1, queue_timeout=60)["id"], "completed")
    waiting.until(lambda: timers.of(ended["id"]) == {"1": "SUCCEEDED"}, "the timer's end", PATIENCE_S)
    assert alice.show(ended["id"]) == ended


def test_a_later_deadline_wins_over_the_timer_which_comes_back(alice: Caller, timers, timers_alone):
    # Long enough to be moved in time, also by a busy machine.
    task = alice.running(TRAPS, timeout=6)
    moved = alice.patch(task["id"], 3600)
    assert (moved.status_code, moved.json()["timeout"]) == (200, 3600)
    assert moved.json()["deadline"] > task["deadline"]
    # It fires at the old deadline, looks, and waits anew.
    waiting.until(lambda: timers.waits(task["id"], "1") >= 2, "the timer to wait again", PATIENCE_S)
    assert alice.show(task["id"])["status"] == "running"
    assert timers.of(task["id"]) == {"1": "RUNNING"}


def test_an_earlier_deadline_starts_another_timer(alice: Caller, timers, timers_alone, witness):
    task = alice.ready(TRAPS, timeout=3600)
    assert alice.patch(task["id"], 1).status_code == 200
    ended = alice.until(task["id"], "cancelled")
    assert not witness.look(task["id"]).alive
    assert ended["cancellation"]["cause"] == "timeout"
    waiting.until(lambda: timers.of(task["id"]).get("2") == "SUCCEEDED", "the second timer's end", PATIENCE_S)
    assert timers.of(task["id"])["1"] == "RUNNING"


def test_a_deadline_cannot_be_moved_once_the_timer_was_first(alice: Caller):
    ended = alice.until(alice.submit(TRAPS, timeout=1)["id"], "cancelled")
    refusal = alice.patch(ended["id"], 3600)
    assert (refusal.status_code, refusal.json()["task"]) == (409, ended)


def test_a_task_without_a_limit_gets_one_while_it_runs(alice: Caller, timers_alone):
    task = alice.ready(TRAPS)
    assert task["deadline"] is None
    assert alice.patch(task["id"], 1).status_code == 200
    assert alice.until(task["id"], "cancelled")["cancellation"]["cause"] == "timeout"


def test_a_timer_that_fires_twice_cancels_once(alice: Caller, cloud, timers, timers_alone):
    task = alice.submit(LINGERS, stop_timeout=60, timeout=1)
    alice.until(task["id"], "cancelling")
    again = timers.start(task["id"], f"{task['id']}-by-hand")
    assert (again["status"], json.loads(again["output"])["done"]) == ("SUCCEEDED", True)
    find_bell(cloud, task["id"])()
    ended = alice.until(task["id"], "cancelled")
    assert ended["cancellation"]["requests"] == 1
    assert events_of(ended).count("cancel_requested") == 1


def test_a_timer_that_fires_too_early_is_told_when_to_come_back(alice: Caller, cloud, timers):
    task = alice.ready(TRAPS, timeout=3600)
    arn = cloud.environment["CALLOFF_TIMER_ARN"]
    body = json.dumps({"task_id": task["id"], "at": "2020-01-01T00:00:00Z"})
    timers.api.start_execution(stateMachineArn=arn, name=f"{task['id']}-early", input=body)
    waiting.until(lambda: timers.waits(task["id"], "early") >= 2, "the timer to wait again", PATIENCE_S)
    assert alice.show(task["id"])["status"] == "running"


def test_a_timer_of_a_task_that_is_gone_ends_quietly(timers):
    nobody = str(uuid.uuid4())
    ended = timers.start(nobody, f"{nobody}-1")
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", {"task_id": nobody, "done": True})


def test_a_deadline_whose_timer_is_gone_is_kept_by_the_sweep(alice: Caller, timers, witness):
    began = time.monotonic()
    task = alice.submit(TRAPS, timeout=2)
    timers.stop_all(task["id"])
    ended = alice.until(task["id"], "cancelled")
    assert time.monotonic() - began > 2
    assert not witness.look(task["id"]).alive
    assert ended["cancellation"]["cause"] == "timeout"
    assert timers.of(task["id"]) == {"1": "ABORTED"}
