"""Records of every schema that was ever written, as they lie in the table: what reads them today goes on with them.

A new schema brings a new file of samples, recorded before it; those that are there stay as they are.
"""

import json
from pathlib import Path

import pytest

from chalicelib.aws.items import to_item, to_task
from chalicelib.cancel import Cancelled, Cancelling, TooLate
from chalicelib.hunt import hunt
from chalicelib.lifecycle import TERMINAL, Status
from chalicelib.sweep import sweep
from chalicelib.task import SCHEMA
from tests.doubles.world import World

SAMPLES = {
    int(path.stem.rpartition("-")[2]): path for path in (Path(__file__).parent / "samples").glob("records-*.json")
}
RECORDS = [
    pytest.param(schema, item, id=f"{status}-of-schema-{schema}")
    for schema, path in sorted(SAMPLES.items())
    for status, item in json.loads(path.read_text()).items()
]
AFTER_A_CANCEL = {
    Status.PENDING: Cancelled,
    Status.STARTING: Cancelling,
    Status.RUNNING: Cancelling,
    Status.CANCELLING: Cancelling,
    Status.CANCELLED: Cancelled,
    Status.COMPLETED: TooLate,
    Status.FAILED: TooLate,
}


@pytest.fixture
def world() -> World:
    return World()


def test_there_are_samples_of_every_schema_in_every_status():
    assert SAMPLES.keys() == set(range(1, SCHEMA + 1))
    for path in SAMPLES.values():
        assert json.loads(path.read_text()).keys() == set(Status)


def test_what_is_written_now_says_its_schema(world):
    assert world.submit().schema == SCHEMA
    assert to_item(world.submit())["schema"] == {"N": str(SCHEMA)}


@pytest.mark.parametrize(("schema", "item"), RECORDS)
def test_nothing_of_an_old_record_is_lost(schema, item):
    task = to_task(item)
    assert task.schema == schema
    assert to_item(task) == item


@pytest.mark.parametrize(("schema", "item"), RECORDS)
def test_an_old_record_is_cancelled_like_a_new_one(world, schema, item):
    task = to_task(item)
    world.store.put(task)
    outcome = world.cancel(task)
    assert isinstance(outcome, AFTER_A_CANCEL[task.status])


@pytest.mark.parametrize(("schema", "item"), RECORDS)
def test_an_old_record_is_swept_and_hunted_like_a_new_one(world, schema, item):
    task = to_task(item)
    world.store.put(task)
    # The table finds it by the same attributes.
    assert ("due_at" in item) == (task.status not in TERMINAL)
    world.clock.advance(100_000)
    swept = sweep(world.ports)
    assert (swept.due, swept.failed) == (int(task.status not in TERMINAL), 0)
    hunt(world.ports)


@pytest.mark.parametrize(("schema", "item"), RECORDS)
def test_a_record_from_before_schemas_were_counted_is_read(schema, item):
    older = {name: value for name, value in item.items() if name != "schema"}
    assert to_task(older).schema == 0
    assert to_item(to_task(older)) == older


@pytest.mark.parametrize(("schema", "item"), RECORDS)
def test_what_a_newer_function_wrote_is_read_by_one_that_goes_on_during_its_deployment(schema, item):
    newer = {**item, "schema": {"N": str(SCHEMA + 1)}, "of_tomorrow": {"S": "whatever"}}
    assert to_task(newer).status == item["status"]["S"]
