"""Cancellations past the API: a function invoked, an event with a batch."""

import json

import pytest

import app
from chalicelib.lifecycle import Status
from chalicelib.ports import StoreUnavailableError
from tests.doubles.api import Context


def invoked(event) -> dict:
    answer = app.cancel_invoked(event, Context())
    json.dumps(answer)
    return answer


def put(*cancels, **detail) -> None:
    """Hand in an event as EventBridge does."""
    event = {"version": "0", "account": "1", "region": "r", "time": "t", "id": "e-1", "resources": []}
    event |= {"source": "calloff.request", "detail-type": "Cancel Tasks", "detail": {"cancels": cancels, **detail}}
    app.cancel_requested(event, Context())


def test_whoever_may_invoke_it_cancels_anybodys_task_and_is_noted(api):
    task = api.running()
    answer = invoked({"task_id": task.id, "reason": "wrong", "reason_code": "r", "requested_by": "ops"})
    assert (answer["outcome"], answer["task"]["status"]) == ("cancelling", "cancelling")
    assert answer["task"]["cancellation"]["requested_by"] == "lambda/ops"
    assert answer["task"]["cancellation"]["reason"] == "wrong"
    assert api.of(task).stops


def test_who_does_not_say_who_they_are_is_lambda(api):
    task = api.running()
    assert invoked({"task_id": task.id})["task"]["cancellation"]["requested_by"] == "lambda"


def test_every_outcome_has_a_word(api):
    starting, ended, graceful = api.submit(), api.running(), api.running()
    api.reports(api.of(ended), "exited-0")
    assert invoked({"task_id": ended.id})["outcome"] == "too_late"
    assert invoked({"task_id": "00000000-0000-4000-8000-000000000000"}) == {"outcome": "not_found"}
    assert invoked({"task_id": graceful.id, "grace": 7})["outcome"] == "grace_unsupported"
    assert invoked({"task_id": starting.id})["outcome"] == "cancelling"
    api.reports(api.of(starting), "stopped")
    assert invoked({"task_id": starting.id})["outcome"] == "cancelled"


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({}, "task_id"),
        ({"task_id": "no-id"}, None),
        ({"task_id": "00000000-0000-4000-8000-000000000000", "why": "x"}, "why"),
        ({"task_id": "00000000-0000-4000-8000-000000000000", "requested_by": "a\nb"}, "requested_by"),
        ({"task_id": "00000000-0000-4000-8000-000000000000", "reason": "x" * 513}, "reason"),
        ([], "body"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_problem(api, event, field):
    answer = invoked(event)
    assert answer["outcome"] == "refused"
    assert answer["problem"].get("field") == field


def test_a_batch_cancels_each(api):
    tasks = [api.running() for _ in range(3)]
    put(*({"task_id": task.id, "requested_by": "ops"} for task in tasks))
    assert {api.now(task).status for task in tasks} == {Status.CANCELLING}
    assert api.now(tasks[0]).cancellation.requested_by == "events/ops"


def test_a_bad_entry_is_logged_and_keeps_no_other_from_its_end(api, caplog):
    task = api.running()
    put({"task": "typo"}, 7, None, {"task_id": "x"}, {"task_id": task.id})
    assert api.now(task).status is Status.CANCELLING
    assert caplog.text.count("direct_cancel_refused") == 4


def test_a_batch_may_come_twice(api):
    task = api.running()
    for _ in range(2):
        put({"task_id": task.id})
    assert api.now(task).status is Status.CANCELLING
    assert api.now(task).cancellation.repeats == 1


@pytest.mark.parametrize("detail", [{"cancels": [{}] * 101}, {"cancels": 1}, {}, {"cancels": [], "more": 1}])
def test_a_batch_that_is_none_is_refused_whole(api, caplog, detail):
    event = {"version": "0", "account": "1", "region": "r", "time": "t", "id": "e-1", "resources": []}
    event |= {"source": "calloff.request", "detail-type": "Cancel Tasks", "detail": detail}
    app.cancel_requested(event, Context())
    assert "cancel_batch_refused" in caplog.text


def test_of_which_the_outcome_is_unknown_comes_again_and_the_others_are_done(api, monkeypatch):
    first, second = api.running(), api.running()
    apply = api.store.apply

    def failing(task_id, change):
        if task_id == first.id:
            raise StoreUnavailableError
        return apply(task_id, change)

    monkeypatch.setattr(api.store, "apply", failing)
    with pytest.raises(StoreUnavailableError, match="1 of 2"):
        put({"task_id": first.id}, {"task_id": second.id})
    assert api.now(second).status is Status.CANCELLING
