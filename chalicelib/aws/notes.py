"""Notes on DynamoDB: items beside the record, under the same `pk`.

Their order by `sk` says what is read together: `notes`, `record` and `result` by one Query, the checkpoint apart.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec

from chalicelib.aws.expressions import Expressions, to_dynamodb
from chalicelib.aws.items import RECORD, key, to_task
from chalicelib.aws.table import ConditionFailedError, Table
from chalicelib.conditions import Absent, AnyOf, AtMost, Condition, Operand
from chalicelib.notes import NOTHING, Checkpoint, Mark, Notes, Progress, Result, Told
from chalicelib.ports import Missing
from chalicelib.task import Task

T = TypeVar("T")

NOTES, RESULT, CHECKPOINT = "notes", "result", "checkpoint"

KEPT_DAYS = 400
"""Without news of its task a note is kept for so long: a task may run for a year, and its record for a month more."""


class DynamoDBNoteStore:
    """Keeps the promises of `NoteStore`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def write(self, task_id: str, told: Told) -> None:
        """Put what is large, and then update the item that says so."""
        if told.checkpoint is not None:
            self._put(task_id, CHECKPOINT, told.checkpoint, told)
        if told.result is not None:
            self._put(task_id, RESULT, told.result, told)
        self._update(task_id, told)

    def read(self, task_id: str) -> tuple[Task, Notes] | Missing:
        """Query the record and its notes, consistently."""
        answer = self._table.call(
            "query",
            KeyConditionExpression="pk = :pk AND sk >= :first",
            ExpressionAttributeValues={":pk": key(task_id)["pk"], ":first": {"S": NOTES}},
            ConsistentRead=True,
        )
        items = {item["sk"]["S"]: item for item in answer["Items"]}
        if RECORD not in items:
            return Missing()
        return to_task(items[RECORD]), _notes(items.get(NOTES, {}), items.get(RESULT, {}))

    def beat_at(self, task_id: str) -> datetime | None:
        """Read the newest heartbeat, consistently."""
        item = self._get(task_id, NOTES)
        return datetime.fromisoformat(item["beat_at"]["S"]) if item else None

    def checkpoint(self, task_id: str) -> Checkpoint | None:
        """Read the checkpoint, consistently."""
        return _decode(self._get(task_id, CHECKPOINT), "note", Checkpoint)

    def _get(self, task_id: str, sk: str) -> dict[str, Any]:
        answer = self._table.call("get_item", Key=_key(task_id, sk), ConsistentRead=True)
        found: dict[str, Any] = answer.get("Item", {})
        return found

    def _put(self, task_id: str, sk: str, note: Checkpoint | Result, told: Told) -> None:
        kept = {"note": _json(note), "order": told.order, "expires_at": _expiry(told)}
        expressions = Expressions()
        condition = expressions.condition(_newer("order", told))
        item = {**_key(task_id, sk), **to_dynamodb(kept)["M"]}
        with suppress(ConditionFailedError):
            self._table.call("put_item", **expressions.request(), Item=item, ConditionExpression=condition)

    def _update(self, task_id: str, told: Told) -> None:
        """One write, as a rule. What was overtaken is still the newest of its kind, where only another kind came."""
        mark = told.checkpoint and Mark(size=told.checkpoint_size, at=told.at)
        given = {name: note for name, note in (("progress", told.progress), ("checkpoint", mark)) if note is not None}
        news = [(f"{name}_order", {name: _json(note), f"{name}_order": told.order}) for name, note in given.items()]
        whole: dict[str, Operand] = {"beat_at": told.at, "order": told.order, "expires_at": _expiry(told)}
        for _, kind in news:
            whole |= kind
        if self._set(task_id, _newer("order", told), whole):
            return
        # Whatever overtook it, it is a heartbeat: each process of a task may count in its own way.
        self._set(task_id, AtMost("beat_at", told.at), {"beat_at": told.at})
        for order, kind in news:
            self._set(task_id, _newer(order, told), kind)

    def _set(self, task_id: str, condition: Condition, sets: Mapping[str, Operand]) -> bool:
        expressions = Expressions()
        asked, update = expressions.condition(condition), expressions.update(sets, ())
        parts = {"Key": _key(task_id, NOTES), "ConditionExpression": asked, "UpdateExpression": update}
        try:
            self._table.call("update_item", **expressions.request(), **parts)
        except ConditionFailedError:
            return False
        return True


def _newer(order: str, told: Told) -> Condition:
    return AnyOf(((Absent(order),), (AtMost(order, told.order),)))


def _key(task_id: str, sk: str) -> dict[str, Any]:
    return {**key(task_id), "sk": {"S": sk}}


def _expiry(told: Told) -> int:
    return int((told.at + timedelta(days=KEPT_DAYS)).timestamp())


def _json(note: object) -> str:
    """As text: DynamoDB has no floating point numbers, and nobody asks for parts of it."""
    return msgspec.json.encode(note).decode()


def _decode(item: dict[str, Any], name: str, into: type[T]) -> T | None:
    return msgspec.json.decode(item[name]["S"], type=into) if name in item else None


def _notes(item: dict[str, Any], result: dict[str, Any]) -> Notes:
    if not item and not result:
        return NOTHING
    return Notes(
        beat_at=datetime.fromisoformat(item["beat_at"]["S"]) if item else None,
        progress=_decode(item, "progress", Progress),
        checkpoint=_decode(item, "checkpoint", Mark),
        result=_decode(result, "note", Result),
    )
