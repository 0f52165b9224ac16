"""The store on DynamoDB: one conditional UpdateItem an event, no read before it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from chalicelib import log
from chalicelib.aws.expressions import Expressions
from chalicelib.aws.items import key, new_write_id, task_id, to_item, to_task
from chalicelib.aws.table import ConditionFailedError, Table
from chalicelib.batches import batches
from chalicelib.conditions import Absent, Change
from chalicelib.instants import instant_text
from chalicelib.ports import (
    Applied,
    Created,
    Exists,
    Missing,
    Page,
    Position,
    Refused,
    StoreUnavailableError,
    Unreadable,
)
from chalicelib.statement import newborn, room, statement
from chalicelib.task import Task

BATCH = 100
"""Keys that BatchGetItem takes (Amazon DynamoDB API Reference)."""

BATCH_TRIES = 5
"""How often what BatchGetItem left over is asked for again."""


class DynamoDBTaskStore:
    """Keeps the promises of `TaskStore`."""

    def __init__(self, table: Table, max_history: int, shards: int) -> None:
        """Keep at most `max_history` entries in a record; the index of due tasks has so many `shards`."""
        self._table = table
        self._max_history = max_history
        self._shards = shards

    def create(self, task: Task) -> Created | Exists:
        """Put the record, with its first entry of history."""
        write_id = new_write_id()
        record = newborn(task, write_id)
        expressions = Expressions()
        condition = expressions.condition(Absent("pk"))
        try:
            self._write("put_item", expressions, Item=to_item(record), ConditionExpression=condition)
        except ConditionFailedError as refused:
            current = _current(refused)
            return Created(current) if _wrote(write_id, current) else Exists(current)
        return Created(record)

    def apply(self, task_id: str, change: Change) -> Applied | Refused | Missing:
        """Write the event; where the history is full, write it without an entry."""
        outcome = self._update(task_id, change, recorded=True)
        full = room(change.event, self._max_history)
        if isinstance(outcome, Refused) and len(outcome.current.history) >= full:
            return self._update(task_id, change, recorded=False)
        return outcome

    def get(self, task_id: str) -> Task | Missing:
        """Read the record, consistently."""
        answer = self._table.call("get_item", Key=key(task_id), ConsistentRead=True)
        return to_task(answer["Item"]) if "Item" in answer else Missing()

    def get_many(self, task_ids: Sequence[str]) -> Mapping[str, Task | Unreadable]:
        """Read records in batches, consistently."""
        found: dict[str, Task | Unreadable] = {}
        for batch in batches(task_ids, BATCH):
            found |= self._records(batch)
        return found

    def due(self, now: datetime, most: int) -> Sequence[str]:
        """Query each shard of the index, the longest due first."""
        found: list[tuple[str, str]] = []
        for shard in range(self._shards):
            answer = self._table.call(
                "query",
                IndexName="by_due",
                KeyConditionExpression="due_shard = :shard AND due_at <= :now",
                ExpressionAttributeValues={":shard": {"S": str(shard)}, ":now": {"S": instant_text(now)}},
                Limit=max(1, most // self._shards),
            )
            found += [(entry["due_at"]["S"], task_id(entry)) for entry in answer["Items"]]
        return [i for _, i in sorted(found)]

    def page(self, owner: str, limit: int, after: Position | None) -> Page:
        """Read a page of the owner's index, and the records that it names."""
        start = {"ExclusiveStartKey": _index_key(owner, after)} if after else {}
        answer = self._table.call(
            "query",
            IndexName="by_owner",
            KeyConditionExpression="#owner = :owner",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues={":owner": {"S": owner}},
            ScanIndexForward=False,
            Limit=limit,
            **start,
        )
        ids = [task_id(entry) for entry in answer["Items"]]
        records = self._records(ids)
        tasks = [task for i in ids if isinstance(task := records.get(i), Task)]
        last = answer.get("LastEvaluatedKey")
        return Page(tasks, _position(last) if last else None)

    def _records(self, ids: Sequence[str]) -> dict[str, Task | Unreadable]:
        """Read records in one batch; what is left over (throttled, or over the answer's 16 MB) is asked for again."""
        found: dict[str, Task | Unreadable] = {}
        # BatchGetItem refuses a key that is asked for twice; an index that lags may show one so.
        keys = [key(i) for i in dict.fromkeys(ids)]
        for _ in range(BATCH_TRIES):
            if not keys:
                return found
            answer = self._table.call_any(
                "batch_get_item", RequestItems={self._table.name: {"Keys": keys, "ConsistentRead": True}}
            )
            found |= {task_id(item): _readable(item) for item in answer["Responses"].get(self._table.name, [])}
            keys = answer.get("UnprocessedKeys", {}).get(self._table.name, {}).get("Keys", [])
        message = "BatchGetItem kept leaving keys over"
        raise StoreUnavailableError(message)

    def _update(self, task_id: str, change: Change, *, recorded: bool) -> Applied | Refused | Missing:
        write_id = new_write_id()
        said = statement(change, write_id, self._max_history, recorded=recorded)
        expressions = Expressions()
        condition, update = expressions.all_of(said.conditions), expressions.update(said.sets, said.removes)
        try:
            answer = self._write(
                "update_item",
                expressions,
                Key=key(task_id),
                ConditionExpression=condition,
                UpdateExpression=update,
                ReturnValues="ALL_NEW",
            )
        except ConditionFailedError as refused:
            if refused.item is None:
                return Missing()
            current = _current(refused)
            return Applied(current) if _wrote(write_id, current) else Refused(current)
        return Applied(to_task(answer["Attributes"]))

    def _write(self, operation: str, expressions: Expressions, **parts: object) -> dict[str, Any]:
        return self._table.call(
            operation,
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **expressions.request(),
            **parts,
        )


def _readable(item: dict[str, Any]) -> Task | Unreadable:
    try:
        return to_task(item)
    except (msgspec.ValidationError, LookupError, TypeError, ValueError) as error:
        log.error("record_unreadable", task_id=task_id(item), error=str(error))
        return Unreadable()


def _current(refused: ConditionFailedError) -> Task:
    """Read the record that refused a write which only a record can refuse."""
    if refused.item is None:
        message = "a record that exists was not shown"
        raise StoreUnavailableError(message)
    return to_task(refused.item)


def _wrote(write_id: str, current: Task) -> bool:
    """Tell whether the record holds this write: it was applied, answered with an error, and repeated."""
    return current.write_id == write_id or any(entry.write_id == write_id for entry in current.history)


def _index_key(owner: str, position: Position) -> dict[str, Any]:
    created_at = instant_text(position.created_at)
    return {**key(position.task_id), "owner": {"S": owner}, "created_at": {"S": created_at}}


def _position(last: dict[str, Any]) -> Position:
    return Position(task_id(last), datetime.fromisoformat(last["created_at"]["S"]))
