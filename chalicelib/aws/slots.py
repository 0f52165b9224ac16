"""The slots of an owner: one item with a map, from the task that holds a slot to the instant at which it took it."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from chalicelib.aws.expressions import to_dynamodb
from chalicelib.aws.table import ConditionFailedError, Table
from chalicelib.batches import batches
from chalicelib.ports import Full, StoreUnavailableError, Taken

FREED_AT_ONCE = 100
"""An update expression takes 4 KB, and 300 operators (Amazon DynamoDB Developer Guide, quotas)."""
TRIES = 2
"""An owner's very first task finds no map, and makes an empty one."""


class DynamoDBSlots:
    """Keeps the promises of `Slots`."""

    def __init__(self, table: Table) -> None:
        """Keep the items in this table."""
        self._table = table

    def take(self, owner: str, task_id: str, most: int, now: datetime) -> Taken | Full:
        """Add to the map where it is small enough; what refuses that shows the map."""
        for _ in range(TRIES):
            try:
                self._add(owner, task_id, most, now)
            except ConditionFailedError as refused:
                if refused.item is not None:
                    held = refused.item["held"]["M"]
                    return Full({name: datetime.fromisoformat(at["S"]) for name, at in held.items()})
                self._begin(owner)
            else:
                return Taken()
        message = "an owner's slots cannot be made"
        raise StoreUnavailableError(message)

    def free(self, owner: str, held: Mapping[str, datetime]) -> None:
        """Remove them from the map, a batch as a whole: whoever took one again meanwhile holds it."""
        for batch in batches(list(held), FREED_AT_ONCE):
            with suppress(ConditionFailedError):
                self._remove(owner, {task_id: held[task_id] for task_id in batch})

    def _remove(self, owner: str, held: Mapping[str, datetime]) -> None:
        names = {f"#{number}": task_id for number, task_id in enumerate(held)}
        self._table.call(
            "update_item",
            Key=_key(owner),
            UpdateExpression="REMOVE " + ", ".join(f"held.{name}" for name in names),
            ConditionExpression=" AND ".join(f"held.{name} = :{name[1:]}" for name in names),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={f":{number}": to_dynamodb(since) for number, since in enumerate(held.values())},
        )

    def _add(self, owner: str, task_id: str, most: int, now: datetime) -> None:
        self._table.call(
            "update_item",
            Key=_key(owner),
            UpdateExpression="SET held.#task = :now",
            ConditionExpression="attribute_exists(held) AND (attribute_exists(held.#task) OR size(held) < :most)",
            ExpressionAttributeNames={"#task": task_id},
            ExpressionAttributeValues={":now": to_dynamodb(now), ":most": {"N": str(most)}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    def _begin(self, owner: str) -> None:
        """Make the map, unless somebody just has."""
        try:
            self._table.call(
                "put_item",
                Item={**_key(owner), "held": {"M": {}}},
                ConditionExpression="attribute_not_exists(pk)",
            )
        except ConditionFailedError:
            return


def _key(owner: str) -> dict[str, Any]:
    return {"pk": {"S": f"owner#{owner}"}, "sk": {"S": "slots"}}
