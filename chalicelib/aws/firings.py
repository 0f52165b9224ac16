"""How much of its limit each firing of a policy has used: one item a firing, forgotten a day later."""

from chalicelib.aws.table import ConditionFailedError, Table


class DynamoDBFirings:
    """Keeps the promises of `Firings`: the count and its limit are one conditional write."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def take(self, firing: str, limit: int, expires_at: int) -> bool:
        """Count one more. A repeat of an applied write counts twice: less is cancelled then, never more."""
        try:
            self._table.call(
                "update_item",
                Key={"pk": {"S": f"firing#{firing}"}, "sk": {"S": "firing"}},
                UpdateExpression="SET taken = if_not_exists(taken, :zero) + :one, expires_at = :expires_at",
                ConditionExpression="attribute_not_exists(taken) OR taken < :limit",
                ExpressionAttributeValues={
                    ":zero": {"N": "0"},
                    ":one": {"N": "1"},
                    ":limit": {"N": str(limit)},
                    ":expires_at": {"N": str(expires_at)},
                },
            )
        except ConditionFailedError:
            return False
        return True
