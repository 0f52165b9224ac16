"""The store on DynamoDB: one conditional UpdateItem an event, no read before it."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.aws.errors import condition_failed, outcome_unknown, refusing_item, words
from chalicelib.aws.expressions import Expressions
from chalicelib.aws.items import key, new_write_id, task_id, to_item, to_task
from chalicelib.conditions import Absent, Change
from chalicelib.instants import instant_text
from chalicelib.lifecycle import Event
from chalicelib.ports import Applied, Created, Exists, Missing, Page, Position, Refused, StoreUnavailableError
from chalicelib.statement import room, statement
from chalicelib.task import Entry, Task

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

BATCH_TRIES = 5
"""How often what BatchGetItem left over is asked for again."""


class DynamoDBTaskStore:
    """Keeps the promises of `TaskStore`."""

    def __init__(self, client: Callable[[], "DynamoDBClient"], table: str, max_history: int) -> None:
        """Take the client at the first call; keep at most `max_history` entries in a record."""
        self._client = client
        self._table = table
        self._max_history = max_history

    def create(self, task: Task) -> Created | Exists:
        """Put the record, with its first entry of history."""
        write_id = new_write_id()
        entry = Entry(at=task.created_at, event=Event.SUBMITTED, by=task.owner, write_id=write_id)
        record = msgspec.structs.replace(task, write_id=write_id, history=(entry,))
        expressions = Expressions()
        condition = expressions.condition(Absent("pk"))
        try:
            self._write("put_item", expressions, Item=to_item(record), ConditionExpression=condition)
        except _ConditionFailedError as refused:
            current = refused.current()
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
        answer = self._call("get_item", TableName=self._table, Key=key(task_id), ConsistentRead=True)
        return to_task(answer["Item"]) if "Item" in answer else Missing()

    def page(self, owner: str, limit: int, after: Position | None) -> Page:
        """Read a page of the owner's index, and the records that it names."""
        start = {"ExclusiveStartKey": _index_key(owner, after)} if after else {}
        answer = self._call(
            "query",
            TableName=self._table,
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
        last = answer.get("LastEvaluatedKey")
        return Page([records[i] for i in ids if i in records], _position(last) if last else None)

    def _records(self, ids: list[str]) -> dict[str, Task]:
        """Read records in one batch; what is left over (throttled, or over the answer's 16 MB) is asked for again."""
        found: dict[str, Task] = {}
        keys = [key(i) for i in ids]
        for _ in range(BATCH_TRIES):
            if not keys:
                return found
            answer = self._call("batch_get_item", RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}})
            tasks = [to_task(item) for item in answer["Responses"].get(self._table, [])]
            found |= {task.id: task for task in tasks}
            keys = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
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
        except _ConditionFailedError as refused:
            if refused.item is None:
                return Missing()
            current = refused.current()
            return Applied(current) if _wrote(write_id, current) else Refused(current)
        return Applied(to_task(answer["Attributes"]))

    def _write(self, operation: str, expressions: Expressions, **parts: object) -> dict[str, Any]:
        return self._call(
            operation,
            TableName=self._table,
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **expressions.request(),
            **parts,
        )

    def _call(self, operation: str, **parts: object) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client(), operation)(**parts)
        except (BotoCoreError, ClientError) as error:
            if condition_failed(error):
                raise _ConditionFailedError(refusing_item(error)) from error
            if outcome_unknown(error):
                raise StoreUnavailableError(words(error)) from error
            raise
        return answer


class _ConditionFailedError(Exception):
    """A conditional write was refused; `item` is the item as it was, None where there is none."""

    def __init__(self, item: dict[str, Any] | None) -> None:
        super().__init__()
        self.item = item

    def current(self) -> Task:
        """Read the record that refused."""
        if self.item is None:
            message = "a record that exists was not shown"
            raise StoreUnavailableError(message)
        return to_task(self.item)


def _wrote(write_id: str, current: Task) -> bool:
    """Tell whether the record holds this write: it was applied, answered with an error, and repeated."""
    return current.write_id == write_id or any(entry.write_id == write_id for entry in current.history)


def _index_key(owner: str, position: Position) -> dict[str, Any]:
    created_at = instant_text(position.created_at)
    return {**key(position.task_id), "owner": {"S": owner}, "created_at": {"S": created_at}}


def _position(last: dict[str, Any]) -> Position:
    return Position(task_id(last), datetime.fromisoformat(last["created_at"]["S"]))
