"""Timers, the launch queue and the switches on AWS, read from the wire."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ReadTimeoutError

from chalicelib.aws import clients
from chalicelib.aws.sqs import SQSLaunchQueue
from chalicelib.aws.stepfunctions import StepFunctionsTimers
from chalicelib.aws.switches import DynamoDBSwitches
from chalicelib.aws.table import Table
from chalicelib.ports import Handed, StoreUnavailableError, Unclear
from tests.doubles.clock import HeldClock
from tests.doubles.examples import later
from tests.doubles.wire import answer, breaks, fault, tapped
from tests.doubles.world import settings

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse

    from tests.doubles.wire import Step

ID = "5f0c8b1e-3a57-4b8e-9d1c-2f6a7e4b9c03"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:calloff-timer"
QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/calloff-launches"
USED = settings(deployment="no-aws")
TIMED_OUT = breaks(ReadTimeoutError(endpoint_url="http://test"))


@pytest.fixture
def bodies() -> list[dict[str, Any]]:
    return []


def noting(bodies: list[dict[str, Any]], step: Step) -> Step:
    """Note what was sent, and go on with `step`."""

    def noted(request: AWSPreparedRequest) -> AWSResponse | None:
        bodies.append(json.loads(request.body))
        return step(request)

    return noted


# -- timers


@pytest.fixture
def timers(no_account):
    client = clients.stepfunctions(USED)
    with tapped(client) as wire:
        yield StepFunctionsTimers(lambda: client, MACHINE), wire


def test_a_timer_is_an_execution_with_a_name(timers, bodies):
    port, wire = timers
    wire.script(noting(bodies, answer(200, {"executionArn": "x", "startDate": 1.0})))
    assert port.start(ID, 2, later(60)) == Handed()
    [sent] = bodies
    assert (sent["stateMachineArn"], sent["name"]) == (MACHINE, f"{ID}-2")
    assert len(sent["name"]) <= 80
    assert json.loads(sent["input"]) == {"task_id": ID, "at": "2026-01-02T03:05:05.000Z"}


def test_a_timer_that_is_there_is_the_same(timers):
    port, wire = timers
    wire.script(fault(400, "ExecutionAlreadyExists", "there"))
    assert port.start(ID, 1, later(0)) == Handed()


@pytest.mark.parametrize(
    "step", [fault(400, "ThrottlingException", "Rate exceeded"), fault(500, "ServiceUnavailable"), TIMED_OUT]
)
def test_a_timer_that_was_not_started_is_unclear(timers, step, monkeypatch):
    port, wire = timers
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    wire.script(*[step] * 9)
    assert isinstance(port.start(ID, 1, later(0)), Unclear)


# -- the queue


@pytest.fixture
def queue(no_account):
    client = clients.sqs(USED)
    with tapped(client) as wire:
        yield SQSLaunchQueue(lambda: client, QUEUE), wire


def test_tasks_are_sent_ten_at_once(queue, bodies):
    port, wire = queue
    wire.script(*[noting(bodies, answer(200, {"Successful": [], "Failed": []}))] * 3)
    assert port.send([f"task-{n}" for n in range(21)]) == Handed()
    sent = [[entry["MessageBody"] for entry in body["Entries"]] for body in bodies]
    assert [len(each) for each in sent] == [10, 10, 1]
    assert [body for each in sent for body in each] == [f"task-{n}" for n in range(21)]
    assert {len({entry["Id"] for entry in body["Entries"]}) for body in bodies} == {10, 1}


def test_nothing_is_sent_for_nobody(queue):
    port, wire = queue
    assert port.send([]) == Handed()
    assert wire.sent == {}


def test_a_part_that_was_not_taken_is_said(queue):
    port, wire = queue
    failed = {"Id": "1", "Code": "InternalError", "Message": "oops", "SenderFault": False}
    wire.script(answer(200, {"Successful": [], "Failed": [failed]}))
    assert port.send(["a", "b"]) == Unclear("InternalError oops")


@pytest.mark.parametrize("step", [fault(400, "ThrottlingException", "Rate exceeded"), fault(500, "oops"), TIMED_OUT])
def test_a_queue_that_does_not_answer_is_unclear(queue, step, monkeypatch):
    port, wire = queue
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    wire.script(*[step] * 9)
    assert isinstance(port.send(["a"]), Unclear)


# -- the switches

CACHE_S = 10


@pytest.fixture
def switches(no_account):
    client, clock = clients.dynamodb(USED), HeldClock()
    with tapped(client) as wire:
        yield DynamoDBSwitches(Table(lambda: client, "calloff"), clock, CACHE_S), wire, clock


def item(**attributes: dict[str, Any]) -> Step:
    return answer(200, {"Item": attributes} if attributes else {})


FROZEN = item(frozen={"BOOL": True})
TABLE = answer(200, {"Table": {"TableId": "this-table"}})
UPDATED = answer(200, {})


@pytest.mark.parametrize(("step", "frozen"), [(item(), False), (item(frozen={"BOOL": False}), False), (FROZEN, True)])
def test_frozen_is_a_switch(switches, step, frozen):
    port, wire, _ = switches
    wire.script(step)
    assert port.frozen() is frozen


def test_the_switch_is_read_now_and_then(switches):
    port, wire, clock = switches
    wire.script(item(), FROZEN)
    assert [port.frozen() for _ in range(5)] == [False] * 5
    clock.advance(CACHE_S - 0.001)
    assert not port.frozen()
    clock.advance(0.001)
    assert port.frozen()
    assert wire.sent == {"GetItem": 2}


def test_a_switch_that_cannot_be_read_stays_as_it_was(switches, monkeypatch):
    port, wire, clock = switches
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    wire.script(FROZEN)
    assert port.frozen()
    clock.advance(CACHE_S)
    wire.script(*[fault(500, "InternalServerError")] * 3)
    assert port.frozen()


def test_the_hunt_is_armed_for_its_table(switches, bodies):
    port, wire, _ = switches
    wire.script(TABLE, noting(bodies, UPDATED), item(hunt_table={"S": "this-table"}))
    assert port.hunting()
    [sent] = bodies
    assert sent["ExpressionAttributeValues"] == {":id": {"S": "this-table"}}


def test_the_hunt_is_not_armed_for_a_restored_table(switches):
    port, wire, _ = switches
    wire.script(TABLE, fault(400, "ConditionalCheckFailedException", "no"))
    assert not port.hunting()


def test_a_paused_hunt_waits_for_an_operator(switches, bodies):
    port, wire, _ = switches
    wire.script(noting(bodies, UPDATED))
    port.pause_hunt("21 orphans")
    assert bodies[0]["ExpressionAttributeValues"] == {":reason": {"S": "21 orphans"}}
    wire.script(TABLE, UPDATED, item(hunt_paused={"S": "21 orphans"}))
    assert not port.hunting()


def test_without_an_answer_nobody_hunts(switches, monkeypatch):
    port, wire, _ = switches
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    wire.script(*[fault(500, "InternalServerError")] * 3)
    with pytest.raises(StoreUnavailableError):
        port.hunting()
