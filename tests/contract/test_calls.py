"""What the verbs cost in calls to AWS: counted on the wire of real clients, wired as on AWS."""

import pytest

from chalicelib.lifecycle import Status
from chalicelib.tokens import make_token
from tests.contract.account import BODY, Account
from tests.doubles.api import request
from tests.doubles.examples import a_task


@pytest.fixture
def warm(account) -> Account:
    """A process that has launched such a task before."""
    assert request("POST", "/tasks", BODY).status == 201
    account.calls()
    return account


def test_a_submit_costs_three_calls(warm):
    assert request("POST", "/tasks", BODY).status == 201
    assert warm.calls() == {"PutItem": 1, "RunTask": 1, "UpdateItem": 1}


def test_the_first_submit_of_a_definition_costs_three_more(warm):
    assert request("POST", "/tasks", {**BODY, "image": "another"}).status == 201
    assert warm.calls() == {"PutItem": 3, "RegisterTaskDefinition": 1, "RunTask": 1, "UpdateItem": 1}


def test_a_cancel_from_running_costs_two_calls(warm):
    task = warm.running()
    assert request("POST", f"/tasks/{task.id}/cancel").status == 202
    assert warm.calls() == {"UpdateItem": 1, "StopTask": 1}


def test_a_cancel_from_starting_costs_two_calls(warm):
    task = warm.submitted()
    assert request("DELETE", f"/tasks/{task.id}").status == 202
    assert warm.calls() == {"UpdateItem": 1, "StopTask": 1}


def test_a_cancel_without_a_known_container_costs_one_call(on_ministack, warm):
    task = a_task()
    on_ministack.put(task)
    warm.calls()
    assert request("POST", f"/tasks/{task.id}/cancel").status == 202
    assert warm.calls() == {"UpdateItem": 1}


def test_a_cancel_from_pending_costs_two_writes(on_ministack, warm):
    task = a_task(Status.PENDING)
    on_ministack.put(task)
    warm.calls()
    assert request("POST", f"/tasks/{task.id}/cancel").status == 200
    assert warm.calls() == {"UpdateItem": 2}


def test_a_repeated_cancel_costs_two_writes_and_at_most_each_five_seconds_a_stop(warm):
    task = warm.running()
    request("POST", f"/tasks/{task.id}/cancel")
    warm.calls()
    warm.ports.clock.advance(1)
    assert request("POST", f"/tasks/{task.id}/cancel").status == 202
    assert warm.calls() == {"UpdateItem": 2}
    warm.ports.clock.advance(5)
    assert request("POST", f"/tasks/{task.id}/cancel").status == 202
    assert warm.calls() == {"UpdateItem": 2, "StopTask": 1}


def test_a_cancel_that_is_too_late_costs_one_call(warm):
    task = warm.running()
    warm.report(task, "exited-0", 7)
    assert warm.calls() == {"UpdateItem": 1}
    assert request("POST", f"/tasks/{task.id}/cancel").status == 409
    assert warm.calls() == {"UpdateItem": 1}


def test_a_report_costs_one_call(warm):
    task = warm.submitted()
    warm.report(task, "running", 4)
    assert warm.calls() == {"UpdateItem": 1}


def test_a_look_costs_one_call_and_a_list_two(warm):
    task = warm.submitted()
    assert request("GET", f"/tasks/{task.id}").status == 200
    assert warm.calls() == {"Query": 1}
    assert request("GET", "/tasks").status == 200
    assert warm.calls() == {"Query": 1, "BatchGetItem": 1}


def test_what_a_task_tells_costs_a_look_and_a_write_for_each_kind_and_no_cancel_anything(warm):
    task = warm.submitted()
    warm.report(task, "running", 4)
    token = make_token(warm.ports.keys, warm.ports.settings.deployment, task.id, 1)
    itself = {"caller": None, "headers": {"Authorization": f"Bearer {token}"}}
    warm.calls()
    assert request("POST", "/self/report", {}, **itself).status == 200
    assert warm.calls() == {"GetItem": 1, "UpdateItem": 1}
    told = {"progress": {"done": 1}, "checkpoint": {"data": 1}, "result": {"data": 1}}
    assert request("POST", "/self/report", told, **itself).status == 200
    assert warm.calls() == {"GetItem": 1, "PutItem": 2, "UpdateItem": 1}
    assert request("GET", "/self", **itself).status == 200
    assert warm.calls() == {"GetItem": 1}
    assert request("GET", f"/tasks/{task.id}").json["result"]["data"] == 1
    assert warm.calls() == {"Query": 1}
    assert request("POST", f"/tasks/{task.id}/cancel").status == 202
    assert warm.calls() == {"UpdateItem": 1, "StopTask": 1}


def test_a_wrong_request_costs_nothing(warm):
    for answer in (request("POST", "/tasks", {}), request("GET", "/tasks", caller=None), request("GET", "/tasks/1")):
        assert 400 <= answer.status < 500
    assert warm.calls() == {}
