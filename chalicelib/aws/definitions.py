"""Which task definitions are registered, remembered in the table and in this process."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.aws.errors import condition_failed, outcome_unknown, refusing_item, words
from chalicelib.aws.expressions import to_dynamodb
from chalicelib.ports import Busy, Known, Locked, StoreUnavailableError

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class DynamoDBDefinitionStore:
    """Keeps the promises of `DefinitionStore`. One item a definition; its lock is a conditional put."""

    def __init__(self, client: Callable[[], "DynamoDBClient"], table: str) -> None:
        """Take the client at the first call."""
        self._client = client
        self._table = table
        self._known: set[str] = set()

    def lock(self, family: str, now: datetime, until: datetime) -> Known | Locked | Busy:
        """Put the lock; what refuses it says whether the definition is known or being registered."""
        if family in self._known:
            return Known()
        try:
            self._call(
                "put_item",
                Item={**_key(family), "locked_until": to_dynamodb(until)},
                ConditionExpression="attribute_not_exists(pk) OR locked_until < :now",
                ExpressionAttributeValues={":now": to_dynamodb(now)},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as refused:
            # Also the repeat of our own applied lock is refused; then it waits until the lock is over, which is short.
            if not condition_failed(refused):
                raise
            if "locked_until" in (refusing_item(refused) or {}):
                return Busy()
            self._known.add(family)
            return Known()
        return Locked()

    def remember(self, family: str) -> None:
        """Put it without a lock: registered."""
        self._call("put_item", Item=_key(family))
        self._known.add(family)

    def forget(self, family: str) -> None:
        """Delete it, so that the next launch registers it."""
        self._known.discard(family)
        self._call("delete_item", Key=_key(family))

    def _call(self, operation: str, **parts: object) -> None:
        try:
            getattr(self._client(), operation)(TableName=self._table, **parts)
        except (BotoCoreError, ClientError) as error:
            if not condition_failed(error) and outcome_unknown(error):
                raise StoreUnavailableError(words(error)) from error
            raise


def _key(family: str) -> dict[str, Any]:
    return {"pk": {"S": f"definition#{family}"}, "sk": {"S": "definition"}}
