"""The record as an item of the table, and back."""

import uuid
from typing import Any

import msgspec
from boto3.dynamodb.types import TypeDeserializer

from chalicelib.aws.expressions import to_dynamodb
from chalicelib.task import Task

RECORD = "record"


class _Deserializer(TypeDeserializer):
    """Reads numbers as integers: the record has no others."""

    def _deserialize_n(self, value: str) -> int:
        return int(value)


_deserialize = _Deserializer().deserialize


def key(task_id: str) -> dict[str, Any]:
    """The key of a task's record. Beside it, under the same `pk`, is room for what beats often or is large."""
    return {"pk": {"S": f"task#{task_id}"}, "sk": {"S": RECORD}}


def to_item(task: Task) -> dict[str, Any]:
    """Make the item; the id is in its key."""
    item: dict[str, Any] = to_dynamodb(task)["M"]
    del item["id"]
    return {**key(task.id), **item}


def to_task(item: dict[str, Any]) -> Task:
    """Read the item."""
    values = {name: _deserialize(value) for name, value in item.items()}
    return msgspec.convert({**values, "id": task_id(item)}, Task)


def task_id(item: dict[str, Any]) -> str:
    """Read the id from an item's, or an index entry's, key."""
    pk: str = item["pk"]["S"]
    return pk.removeprefix("task#")


def new_write_id() -> str:
    """Name a write, so that it knows itself when it is repeated."""
    return uuid.uuid4().hex[:12]
