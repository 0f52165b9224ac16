"""What the stores on DynamoDB do beside their port: requests, repeats and faults, on the emulators."""

from types import SimpleNamespace
from typing import Any

import botocore.endpoint
import msgspec
import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from chalicelib.aws.items import key, to_item
from chalicelib.conditions import Plus
from chalicelib.lifecycle import Event, Status
from chalicelib.ports import (
    Applied,
    Created,
    Exists,
    Known,
    Locked,
    Missing,
    Position,
    Refused,
    StoreUnavailableError,
    Unreadable,
)
from chalicelib.task import Entry
from tests.doubles.examples import a_change, a_task, later, whole_task
from tests.doubles.wire import Step, answer, breaks, carried_out_then, fault, tapped

MODEL = "com.amazonaws.dynamodb.v20120810"
SERVER_ERROR = fault(500, f"{MODEL}#InternalServerError", "oops")


class Repeating:
    """A client of which every write is applied, its answer lost, and sent again, as botocore does by itself."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self._client, operation)

        def twice(**parts: object) -> Any:
            call(**parts)
            return call(**parts)

        return twice if operation in ("put_item", "update_item") else call


@pytest.fixture
def store(dynamodb):
    return dynamodb.store()


@pytest.fixture
def repeating(dynamodb):
    return dynamodb.store(through=Repeating)


@pytest.fixture
def wire(on_ministack, monkeypatch):
    """The way to MiniStack. botocore repeats at once: how long it waits is its own business."""
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _: None))
    with tapped(on_ministack.client) as wire:
        yield wire


# -- the item


def test_the_item_has_the_keys_of_table_and_indexes(dynamodb, store):
    task = store.create(whole_task()).task
    item = dynamodb.client.get_item(TableName=dynamodb.table, Key=key(task.id))["Item"]
    assert item["pk"] == {"S": f"task#{task.id}"}
    assert item["sk"] == {"S": "record"}
    assert "id" not in item
    assert item["owner"] == {"S": "alice"}
    assert item["created_at"] == {"S": "2026-01-02T03:04:05.001Z"}
    assert item["due_at"] == {"S": "2026-01-02T03:04:05.001Z"}
    assert item["expires_at"] == {"N": "1800000000"}


def test_what_has_its_default_is_not_stored(dynamodb, store):
    task = store.create(a_task()).task
    item = dynamodb.client.get_item(TableName=dynamodb.table, Key=key(task.id))["Item"]
    assert item.keys().isdisjoint({"cancellation", "termination", "ecs_arn", "on_end", "expires_at"})
    assert {"NULL": True} not in item.values()


# -- writes know themselves


def test_a_creation_that_is_repeated_is_still_a_creation(store, repeating):
    outcome = repeating.create(a_task())
    assert isinstance(outcome, Created)
    assert outcome.task == store.get(outcome.task.id)


def test_a_creation_that_is_repeated_does_not_take_anothers_id(store, repeating):
    first = store.create(a_task()).task
    assert repeating.create(a_task(id=first.id, owner="bob")) == Exists(first)


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (Status.PENDING, Event.CLAIMED),
        (Status.STARTING, Event.STARTED),
        (Status.RUNNING, Event.CANCEL_REQUESTED),
        (Status.CANCELLING, Event.EXITED_ZERO),
    ],
)
def test_an_event_that_is_repeated_is_applied_once(dynamodb, store, repeating, status, event):
    task = a_task(status)
    dynamodb.put(task)
    outcome = repeating.apply(task.id, a_change(event))
    assert isinstance(outcome, Applied)
    assert outcome.task == store.get(task.id)
    assert (outcome.task.rev, len(outcome.task.history)) == (2, 2)


def test_an_unrecorded_event_that_is_repeated_is_applied_once(dynamodb):
    store = dynamodb.store(max_history=8, through=Repeating)
    full = tuple(Entry(at=later(i), event=Event.SUBMITTED, by="alice", write_id=f"w{i}") for i in range(8))
    task = a_task(Status.RUNNING, history=full)
    dynamodb.put(task)
    outcome = store.apply(task.id, a_change(Event.EXITED_ZERO))
    assert isinstance(outcome, Applied)
    assert (outcome.task.status, outcome.task.rev) == (Status.COMPLETED, 2)


def test_an_unrecorded_count_that_is_repeated_is_counted_once(dynamodb):
    full = tuple(Entry(at=later(i), event=Event.SUBMITTED, by="alice", write_id=f"w{i}") for i in range(8))
    task = a_task(Status.CANCELLING, history=full)
    dynamodb.put(task)
    change = a_change(Event.CANCEL_REPEATED, sets={"cancellation.repeats": Plus(1)})
    outcome = dynamodb.store(max_history=8, through=Repeating).apply(task.id, change)
    assert isinstance(outcome, Applied)
    assert (outcome.task.cancellation.repeats, outcome.task.rev, outcome.task.history) == (1, 2, full)


def test_a_count_that_is_repeated_is_counted_once(dynamodb, repeating):
    task = a_task(Status.CANCELLING)
    dynamodb.put(task)
    outcome = repeating.apply(task.id, a_change(Event.CANCEL_REPEATED, sets={"cancellation.repeats": Plus(1)}))
    assert isinstance(outcome, Applied)
    assert (outcome.task.cancellation.repeats, outcome.task.rev, len(outcome.task.history)) == (1, 2, 2)


def test_a_repeat_knows_its_write_in_the_history_when_others_wrote_since(dynamodb, store):
    class Overtaken(Repeating):
        def __getattr__(self, operation):
            call = getattr(self._client, operation)

            def twice(**parts):
                call(**parts)
                assert isinstance(store.apply(task.id, a_change(Event.STARTED)), Applied)
                return call(**parts)

            return twice

    task = a_task(Status.PENDING)
    dynamodb.put(task)
    outcome = dynamodb.store(through=Overtaken).apply(task.id, a_change(Event.CLAIMED))
    assert outcome == Applied(store.get(task.id))
    assert outcome.task.status is Status.RUNNING


# -- one request


def test_an_event_is_one_request_and_no_read(on_ministack, wire):
    task = a_task(Status.RUNNING)
    on_ministack.put(task)
    wire.sent.clear()
    on_ministack.store().apply(task.id, a_change(Event.EXITED_ZERO))
    assert wire.sent == {"UpdateItem": 1}
    on_ministack.store().apply(task.id, a_change(Event.EXITED_ZERO))
    assert wire.sent == {"UpdateItem": 2}


def test_a_page_is_two_requests(on_ministack, wire):
    for seconds in range(5):
        on_ministack.put(a_task(created_at=later(seconds)))
    wire.sent.clear()
    assert len(on_ministack.store().page("alice", 5, None).tasks) == 5
    assert wire.sent == {"Query": 1, "BatchGetItem": 1}


def test_reads_of_records_are_consistent(on_ministack):
    asked: list[Any] = []

    def note(params: dict[str, Any], **_: object) -> None:
        tables = [params, *params.get("RequestItems", {}).values()]
        asked.extend(table["ConsistentRead"] for table in tables if "ConsistentRead" in table)

    events = on_ministack.client.meta.events
    events.register("provide-client-params.dynamodb", note)
    try:
        store = on_ministack.store()
        task = store.create(a_task()).task
        store.get(task.id)
        store.get_many([task.id])
        store.page("alice", 1, None)
    finally:
        events.unregister("provide-client-params.dynamodb", note)
    assert asked == [True, True, True]


def test_an_entry_of_the_index_without_a_record_is_passed_over(on_ministack):
    """The index lags: it may name a record that is gone."""
    store = on_ministack.store()
    kept = store.create(a_task()).task
    entries = [{**key(i), "owner": {"S": "alice"}, "created_at": {"S": "2026"}} for i in ("gone", kept.id)]
    with tapped(on_ministack.client) as wire:
        wire.script(answer(200, {"Items": entries, "Count": 2, "ScannedCount": 2}))
        assert store.page("alice", 2, None).tasks == [kept]


# -- keys that BatchGetItem leaves over


def leaves_over(table: str, *task_ids: str) -> Step:
    left = {table: {"Keys": [key(i) for i in task_ids], "ConsistentRead": True}}
    return answer(200, {"Responses": {table: []}, "UnprocessedKeys": left})


def test_keys_that_are_left_over_are_asked_for_again(on_ministack, wire):
    store = on_ministack.store()
    tasks = [store.create(a_task(created_at=later(s))).task for s in (2, 1)]
    wire.script(leaves_over(on_ministack.table, *(t.id for t in tasks)), leaves_over(on_ministack.table, tasks[0].id))
    assert store.get_many([t.id for t in tasks]) == {tasks[0].id: tasks[0]}
    assert wire.sent["BatchGetItem"] == 3


def test_a_record_that_a_newer_version_wrote_hides_no_other(on_ministack):
    store = on_ministack.store()
    old, new = (store.create(a_task(created_at=later(s))).task for s in (2, 1))
    item = to_item(new) | {"status": {"S": "word_of_tomorrow"}}
    on_ministack.client.put_item(TableName=on_ministack.table, Item=item)
    assert store.get_many([old.id, new.id]) == {old.id: old, new.id: Unreadable()}
    assert store.page(old.owner, 10, None).tasks == [old]


def test_keys_that_are_left_over_for_ever_are_no_answer(on_ministack, wire):
    wire.script(*[leaves_over(on_ministack.table, "a")] * 99)
    with pytest.raises(StoreUnavailableError):
        on_ministack.store().get_many(["a"])


# -- faults

URL = "http://dynamodb.test"
LOST = [
    pytest.param(SERVER_ERROR, id="500"),
    pytest.param(fault(503, "ServiceUnavailable"), id="503"),
    pytest.param(breaks(ReadTimeoutError(endpoint_url=URL)), id="timed out"),
    pytest.param(breaks(ConnectionClosedError(endpoint_url=URL)), id="hung up"),
]
NOT_TAKEN = [
    pytest.param(fault(400, f"{MODEL}#ProvisionedThroughputExceededException", "slow down"), id="throughput"),
    pytest.param(fault(400, "com.amazon.coral.availability#ThrottlingException", "Rate exceeded"), id="throttled"),
    pytest.param(fault(400, f"{MODEL}#RequestLimitExceeded"), id="limit"),
    pytest.param(breaks(ConnectTimeoutError(endpoint_url=URL)), id="not connected"),
    pytest.param(breaks(EndpointConnectionError(endpoint_url=URL)), id="refused"),
]


@pytest.mark.parametrize("lost", LOST)
def test_a_write_that_happened_and_was_answered_with_an_error_is_applied(on_ministack, wire, lost):
    """botocore's own repeat finds it; the store says the truth."""
    store, task = on_ministack.store(), a_task(Status.RUNNING)
    on_ministack.put(task)
    wire.sent.clear()
    wire.script(carried_out_then(lost))
    outcome = store.apply(task.id, a_change(Event.CANCEL_REQUESTED))
    assert isinstance(outcome, Applied)
    assert (outcome.task.status, outcome.task.rev, len(outcome.task.history)) == (Status.CANCELLING, 2, 2)
    assert wire.sent == {"UpdateItem": 2}


def test_a_creation_that_happened_and_was_answered_with_an_error_is_new(on_ministack, wire):
    wire.script(carried_out_then(SERVER_ERROR))
    assert isinstance(on_ministack.store().create(a_task()), Created)


@pytest.mark.parametrize("trouble", [*LOST, *NOT_TAKEN])
def test_without_an_answer_the_outcome_is_not_known(on_ministack, wire, trouble):
    store, task = on_ministack.store(), a_task(Status.RUNNING)
    on_ministack.put(task)
    wire.script(*[trouble] * 9)
    with pytest.raises(StoreUnavailableError):
        store.apply(task.id, a_change(Event.EXITED_ZERO))
    wire.steps.clear()
    assert store.get(task.id) == task


def test_a_write_that_happened_and_never_was_answered_is_not_done_again_by_the_next(on_ministack, wire):
    store, task = on_ministack.store(), a_task(Status.RUNNING)
    on_ministack.put(task)
    wire.script(carried_out_then(SERVER_ERROR), *[SERVER_ERROR] * 9)
    with pytest.raises(StoreUnavailableError):
        store.apply(task.id, a_change(Event.EXITED_ZERO))
    wire.steps.clear()
    again = store.apply(task.id, a_change(Event.EXITED_ZERO))
    assert isinstance(again, Refused)
    assert (again.current.status, again.current.rev) == (Status.COMPLETED, 2)


@pytest.mark.parametrize("read", ["get", "get_many", "page", "due", "lock", "remember", "forget"])
def test_no_answer_to_the_others_is_said_too(on_ministack, wire, read):
    calls = {
        "get": lambda: on_ministack.store().get("a"),
        "get_many": lambda: on_ministack.store().get_many(["a"]),
        "page": lambda: on_ministack.store().page("alice", 1, None),
        "due": lambda: on_ministack.store().due(later(0), 1),
        "lock": lambda: on_ministack.definitions().lock("f", later(0), later(1)),
        "remember": lambda: on_ministack.definitions().remember("f"),
        "forget": lambda: on_ministack.definitions().forget("f"),
    }
    wire.script(*[SERVER_ERROR] * 9)
    with pytest.raises(StoreUnavailableError):
        calls[read]()


def test_a_refusal_of_what_we_sent_is_a_defect_and_raised(on_ministack, wire):
    wire.script(fault(400, "com.amazon.coral.validate#ValidationException", "Invalid UpdateExpression"))
    with pytest.raises(on_ministack.client.exceptions.ClientError, match="Invalid UpdateExpression"):
        on_ministack.store().apply("a", a_change(Event.EXITED_ZERO))


def test_a_refused_creation_that_does_not_show_the_record_is_no_answer(on_ministack, wire):
    wire.script(fault(400, f"{MODEL}#ConditionalCheckFailedException", "no"))
    with pytest.raises(StoreUnavailableError):
        on_ministack.store().create(a_task())


def test_a_refused_event_that_does_not_show_the_record_has_none(on_ministack, wire):
    wire.script(fault(400, f"{MODEL}#ConditionalCheckFailedException", "no"))
    assert on_ministack.store().apply("a", a_change(Event.EXITED_ZERO)) == Missing()


# -- definitions


def test_a_lock_whose_answer_was_lost_is_held_by_nobody_else(on_ministack, wire):
    """The repeat is refused by our own lock. It is over soon; until then nobody registers twice."""
    ours, theirs = on_ministack.definitions(), on_ministack.definitions()
    wire.script(carried_out_then(SERVER_ERROR))
    assert ours.lock("f", later(0), later(30)) != Locked()
    assert theirs.lock("f", later(0), later(30)) != Locked()
    assert ours.lock("f", later(31), later(61)) == Locked()


def test_what_is_known_costs_no_request(on_ministack, wire):
    definitions = on_ministack.definitions()
    definitions.remember("f")
    wire.sent.clear()
    assert definitions.lock("f", later(0), later(30)) == Known()
    assert wire.sent == {}


def test_what_another_process_registered_costs_one_request_once(on_ministack, wire):
    on_ministack.definitions().remember("f")
    ours = on_ministack.definitions()
    wire.sent.clear()
    assert [ours.lock("f", later(0), later(30)) for _ in range(3)] == [Known()] * 3
    assert wire.sent == {"PutItem": 1}


def test_a_position_is_of_the_index(dynamodb, store):
    tasks = [store.create(a_task(created_at=later(s))).task for s in (3, 2, 1)]
    page = store.page("alice", 1, None)
    assert page.next == Position(tasks[0].id, tasks[0].created_at)
    assert msgspec.json.decode(msgspec.json.encode(page.next), type=Position) == page.next
