"""The operator's switches: one item of the table."""

from datetime import datetime, timedelta
from typing import Any

from chalicelib import log
from chalicelib.aws.table import ConditionFailedError, Table
from chalicelib.ports import Clock, StoreUnavailableError

KEY = {"pk": {"S": "switches"}, "sk": {"S": "switches"}}


class DynamoDBSwitches:
    """Keeps the promises of `Switches`.

    The hunt is armed for a table by its `TableId`, which a restored copy does not have: there it waits for an operator.
    """

    def __init__(self, table: Table, clock: Clock, cache_s: int) -> None:
        """Keep what was read for `cache_s` seconds."""
        self._table = table
        self._clock = clock
        self._cache = timedelta(seconds=cache_s)
        self._read_at: datetime | None = None
        self._item: dict[str, Any] = {}

    def frozen(self) -> bool:
        """Read the switch `frozen`, if it was not just read. Where it cannot be read, the last reading holds."""
        now = self._clock.now()
        if self._read_at is None or now - self._read_at >= self._cache:
            self._read_at = now
            try:
                self._item = self._read()
            except StoreUnavailableError as error:
                log.warning("switches_unread", error=str(error))
        return bool(self._item.get("frozen", {}).get("BOOL", False))

    def hunting(self) -> bool:
        """Compare the table that the hunt was armed for; a table that never had a hunt arms it by itself."""
        table_id = self._table.call("describe_table")["Table"]["TableId"]
        try:
            self._table.call(
                "update_item",
                Key=KEY,
                UpdateExpression="SET hunt_table = if_not_exists(hunt_table, :id)",
                ConditionExpression="attribute_not_exists(hunt_table) OR hunt_table = :id",
                ExpressionAttributeValues={":id": {"S": table_id}},
            )
        except ConditionFailedError:
            return False
        return "hunt_paused" not in self._read()

    def pause_hunt(self, reason: str) -> None:
        """Set `hunt_paused`, which an operator removes."""
        self._table.call(
            "update_item",
            Key=KEY,
            UpdateExpression="SET hunt_paused = :reason",
            ExpressionAttributeValues={":reason": {"S": reason}},
        )

    def _read(self) -> dict[str, Any]:
        item: dict[str, Any] = self._table.call("get_item", Key=KEY, ConsistentRead=True).get("Item", {})
        return item
