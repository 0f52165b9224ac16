"""The DynamoDB table: one typed way in front of the client."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.aws.errors import code, outcome_unknown, words
from chalicelib.ports import StoreUnavailableError

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class ConditionFailedError(Exception):
    """A conditional write was refused; `item` is the item as it was, None where none was shown."""

    def __init__(self, item: dict[str, Any] | None) -> None:
        super().__init__()
        self.item = item


class Table:
    """Sends operations for one table."""

    def __init__(self, client: Callable[[], "DynamoDBClient"], name: str) -> None:
        """Take the client at the first call."""
        self._client = client
        self.name = name

    def call(self, operation: str, **parts: object) -> dict[str, Any]:
        """Send an operation on this table.

        Raises:
            ConditionFailedError: the write's condition did not hold.
            StoreUnavailableError: DynamoDB did not answer, or refused for load.
        """
        return self.call_any(operation, TableName=self.name, **parts)

    def call_any(self, operation: str, **parts: object) -> dict[str, Any]:
        """Send an operation that names its tables itself; raises the same."""
        try:
            answer: dict[str, Any] = getattr(self._client(), operation)(**parts)
        except (BotoCoreError, ClientError) as error:
            if isinstance(error, ClientError) and code(error) == "ConditionalCheckFailedException":
                raise ConditionFailedError(cast("dict[str, Any]", error.response).get("Item")) from error
            if outcome_unknown(error):
                raise StoreUnavailableError(words(error)) from error
            raise
        return answer
