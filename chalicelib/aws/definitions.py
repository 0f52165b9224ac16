"""Which task definitions are registered, remembered in the table and in this process."""

from datetime import datetime
from typing import Any

from chalicelib.aws.expressions import to_dynamodb
from chalicelib.aws.table import ConditionFailedError, Table
from chalicelib.ports import Busy, Known, Locked


class DynamoDBDefinitionStore:
    """Keeps the promises of `DefinitionStore`. One item a definition; its lock is a conditional put."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: set[str] = set()

    def lock(self, family: str, now: datetime, until: datetime) -> Known | Locked | Busy:
        """Put the lock; what refuses it says whether the definition is known or being registered."""
        if family in self._known:
            return Known()
        try:
            self._table.call(
                "put_item",
                Item={**_key(family), "locked_until": to_dynamodb(until)},
                ConditionExpression="attribute_not_exists(pk) OR locked_until < :now",
                ExpressionAttributeValues={":now": to_dynamodb(now)},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ConditionFailedError as refused:
            # Also the repeat of our own applied lock is refused; then it waits until the lock is over, which is short.
            if "locked_until" in (refused.item or {}):
                return Busy()
            self._known.add(family)
            return Known()
        return Locked()

    def remember(self, family: str) -> None:
        """Put it without a lock: registered."""
        self._table.call("put_item", Item=_key(family))
        self._known.add(family)

    def forget(self, family: str) -> None:
        """Delete it, so that the next launch registers it."""
        self._known.discard(family)
        self._table.call("delete_item", Key=_key(family))


def _key(family: str) -> dict[str, Any]:
    return {"pk": {"S": f"definition#{family}"}, "sk": {"S": "definition"}}
