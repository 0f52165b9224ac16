"""AWS throttles, refuses, times out, answers 500 for what it did: nothing is lost or doubled, the answer is honest."""

from types import SimpleNamespace

import botocore.endpoint
import pytest

from chalicelib.lifecycle import Event, Status
from chalicelib.sweep import sweep
from chalicelib.task import Task
from localcloud.ecs import CallFault, Once
from tests.contract.account import BODY, Account
from tests.doubles.api import Answer, request
from tests.doubles.wire import Step, carried_out_then, fault, passes

LOST = fault(500, "com.amazonaws.dynamodb.v20120810#InternalServerError", "oops")
THROTTLED = fault(400, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException", "slow down")
SENDS = 3
"""How often our DynamoDB client sends a request in all."""
DONE_AND_LOST: list[Step] = [carried_out_then(LOST), *[LOST] * (SENDS - 1)]
REFUSED = (400, "ClusterNotFoundException", "Cluster not found.")
KEY = {"Idempotency-Key": "once"}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _: None))


def unknown(answer: Answer) -> bool:
    """Tell that the answer admits not to know."""
    return answer.problem == (503, "unavailable", None) and int(answer.headers["Retry-After"]) > 0


def events(task: Task) -> list[Event]:
    return [entry.event for entry in task.history]


def submitted_again(account: Account) -> Task:
    """Submit with the key, as often as it takes."""
    answer = request("POST", "/tasks", BODY, headers=KEY)
    assert answer.status == 201
    return account.task(answer)


# -- DynamoDB, at a submit


def test_a_creation_whose_answer_was_lost_is_a_creation(account):
    account.dynamodb.script(carried_out_then(LOST))
    answer = request("POST", "/tasks", BODY, headers=KEY)
    assert answer.status == 201
    assert "Idempotency-Replayed" not in answer.headers
    assert len(account.engine.tasks()) == 1


@pytest.mark.parametrize("trouble", [LOST, THROTTLED], ids=["500", "throttled"])
def test_a_creation_that_is_not_answered_launches_nothing(account, trouble):
    account.dynamodb.script(*[trouble] * SENDS)
    assert unknown(request("POST", "/tasks", BODY, headers=KEY))
    assert account.engine.tasks() == []
    task = submitted_again(account)
    assert task.ecs_arn == account.launched


@pytest.mark.parametrize("known", [True, False], ids=["registered", "not registered"])
def test_a_creation_that_happened_and_never_was_answered_is_found_by_the_repeat(account, known):
    if known:
        account.warm_up()
    account.dynamodb.script(*DONE_AND_LOST)
    assert unknown(request("POST", "/tasks", BODY, headers=KEY))
    task = submitted_again(account)
    assert (task.status, task.ecs_arn) == (Status.STARTING, None)
    account.ports.clock.advance(account.ports.settings.launch_lease_s + 1)
    sweep(account.ports)
    assert submitted_again(account).ecs_arn == account.launched


@pytest.mark.parametrize("trouble", [[LOST] * SENDS, DONE_AND_LOST], ids=["not done", "done"])
def test_a_container_that_could_not_be_saved_is_not_launched_twice(account, trouble):
    account.warm_up()
    account.dynamodb.script(passes, *trouble)
    request("POST", "/tasks", BODY, headers=KEY)
    task = submitted_again(account)
    account.ports.clock.advance(account.ports.settings.launch_lease_s + 1)
    sweep(account.ports)
    assert account.again(task).ecs_arn == account.launched


def test_a_container_that_could_not_be_saved_is_a_submitted_task(account):
    account.warm_up()
    account.dynamodb.script(passes, *[LOST] * SENDS)
    answer = request("POST", "/tasks", BODY)
    assert answer.status == 201
    assert answer.json["status"] == "starting"


# -- DynamoDB, at a cancel


def test_a_cancellation_whose_answer_was_lost_is_one(account):
    task = account.running()
    account.dynamodb.script(carried_out_then(LOST))
    assert request("POST", f"/tasks/{task.id}/cancel").status == 202
    assert account.calls() == {"UpdateItem": 2, "StopTask": 1}
    assert events(account.again(task)).count(Event.CANCEL_REQUESTED) == 1


@pytest.mark.parametrize("trouble", [LOST, THROTTLED], ids=["500", "throttled"])
def test_a_cancellation_that_is_not_answered_is_not_claimed(account, trouble):
    task = account.running()
    account.dynamodb.script(*[trouble] * SENDS)
    assert unknown(request("POST", f"/tasks/{task.id}/cancel"))
    assert account.calls() == {"UpdateItem": SENDS}
    assert account.again(task).status is Status.RUNNING


def test_a_cancellation_that_happened_and_never_was_answered_is_carried_on(account):
    """Nobody sent the stop: the repeat or, at the latest, the sweep does."""
    task = account.running()
    account.dynamodb.script(*DONE_AND_LOST)
    assert unknown(request("POST", f"/tasks/{task.id}/cancel"))
    assert request("POST", f"/tasks/{task.id}/cancel").status == 202
    account.ports.clock.advance(account.ports.settings.stop_check_s)
    account.calls()
    sweep(account.ports)
    assert account.calls()["StopTask"] == 1
    assert events(account.again(task)).count(Event.CANCEL_REQUESTED) == 1


def test_a_report_that_could_not_be_written_is_raised_so_that_it_comes_again(account):
    task = account.running()
    account.dynamodb.script(*DONE_AND_LOST)
    with pytest.raises(Exception, match="InternalServerError"):
        account.report(task, "exited-0", 7)
    account.report(task, "exited-0", 7)
    now = account.again(task)
    assert (now.status, events(now).count(Event.EXITED_ZERO)) == (Status.COMPLETED, 1)


@pytest.mark.parametrize("target", ["/tasks", "/tasks/5f0c8b1e-3a57-4b8e-9d1c-2f6a7e4b9c03"])
def test_a_look_that_is_not_answered_says_so(account, target):
    account.dynamodb.script(*[LOST] * SENDS)
    assert unknown(request("GET", target))


# -- ECS, at a launch


@pytest.mark.parametrize("trouble", [CallFault.THROTTLE, CallFault.THROTTLE_DISGUISED, CallFault.FAILURES])
def test_a_launch_refused_for_now_waits(account, trouble):
    account.engine.add_faults(Once("RunTask", trouble))
    task = account.submitted()
    assert task.status is Status.PENDING
    assert task.due_at == task.retry_at
    assert task.refusal
    assert account.engine.tasks() == []


@pytest.mark.parametrize(
    "trouble",
    [
        CallFault.APPLY_THEN_500,
        CallFault.APPLY_THEN_TIMEOUT,
        CallFault.REFUSE_500,
        CallFault.TIMEOUT,
    ],
)
def test_a_launch_without_an_answer_is_sent_again_and_found(account, trouble):
    account.engine.add_faults(Once("RunTask", trouble))
    task = account.submitted()
    assert task.ecs_arn == account.launched


def test_a_throttle_of_the_second_send_is_no_refusal(account):
    """The first send launched it."""
    account.engine.add_faults(Once("RunTask", CallFault.APPLY_THEN_500_THEN_THROTTLE))
    task = account.submitted()
    assert (task.status, task.ecs_arn) == (Status.STARTING, None)
    account.ports.clock.advance(account.ports.settings.launch_lease_s + 1)
    sweep(account.ports)
    assert account.again(task).ecs_arn == account.launched


def test_a_launch_refused_for_good_fails_the_task_in_ecs_words(account):
    account.warm_up()
    account.ecs.script(fault(*REFUSED))
    answer = request("POST", "/tasks", BODY)
    assert (answer.status, answer.json["status"]) == (201, "failed")
    assert answer.json["termination"]["stopped_reason"] == "ClusterNotFoundException: Cluster not found."
    assert answer.json["termination"]["how"] == "never_started"


@pytest.mark.parametrize("trouble", [CallFault.REFUSE_500, CallFault.APPLY_THEN_500, CallFault.THROTTLE])
def test_a_definition_that_was_not_registered_is_registered_later(account, trouble):
    account.engine.add_faults(Once("RegisterTaskDefinition", trouble))
    task = account.submitted()
    assert (task.status, account.engine.tasks()) == (Status.PENDING, [])
    assert request("POST", "/tasks", BODY).json["status"] == "starting"


# -- ECS, at a cancel


@pytest.mark.parametrize(
    "trouble", [CallFault.THROTTLE, CallFault.THROTTLE_DISGUISED, CallFault.REFUSE_500, CallFault.TIMEOUT]
)
def test_a_stop_that_was_not_taken_does_not_take_the_cancellation_back(account, trouble):
    task = account.running()
    account.engine.add_faults(Once("StopTask", trouble))
    assert request("POST", f"/tasks/{task.id}/cancel").status == 202
    now = account.again(task)
    assert now.status is Status.CANCELLING
    assert now.due_at is not None
    account.ports.clock.advance(account.ports.settings.stop_check_s)
    account.calls()
    sweep(account.ports)
    assert account.calls()["StopTask"] == 1
