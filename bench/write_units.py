"""Write units of a task's whole life, as DynamoDB counts them: by the sizes of the items, index entries included."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from math import ceil
from typing import TYPE_CHECKING, Any

from bench.emulators import Calloff, emulated
from bench.figure import Figure, Members, Target
from localcloud import waiting

if TYPE_CHECKING:
    from collections.abc import Sequence

UNIT = 1024
"""Bytes that one write unit writes."""
INDEXES = {"by_owner": ("owner", "created_at"), "by_due": ("due_shard", "due_at")}
"""Both project keys only (`infra/table.yaml`)."""
TABLE_KEYS = ("pk", "sk")
LEASE_OVER_S = 10.0
REASON = {"reason": "wrong input"}

Item = dict[str, Any]


def size(item: Item) -> int:
    """Answer an item's size in bytes (Amazon DynamoDB Developer Guide, item sizes and formats)."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: dict[str, Any]) -> int:
    [(kind, content)] = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            # One byte for each two significant digits, and one.
            return (len(content.lstrip("-").strip("0").replace(".", "")) + 1) // 2 + 1
        case "BOOL" | "NULL":
            return 1
        case "L":
            return 3 + sum(1 + _size(each) for each in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _size(each) for name, each in content.items())
        case _:
            raise ValueError(f"the record holds no {kind}")


def units_of(old: Item | None, new: Item | None) -> int:
    """Answer what a write costs: by the larger of the item before and after; a refused one by what refused it.

    Source: Amazon DynamoDB Developer Guide, write capacity units, and those of global secondary indexes: an entry that
    comes or goes is one write, one whose key changes is two, an unchanged one is none.
    """
    table = max(1, ceil(max(size(old or {}), size(new or {})) / UNIT))
    return table + sum(_index_units(keys, old, new) for keys in INDEXES.values())


def _index_units(keys: tuple[str, ...], old: Item | None, new: Item | None) -> int:
    before, after = _entry(keys, old), _entry(keys, new)
    if before == after:
        return 0
    return sum(ceil(size(entry) / UNIT) for entry in (before, after) if entry)


def _entry(keys: tuple[str, ...], item: Item | None) -> Item | None:
    if item is None or any(key not in item for key in keys):
        return None
    return {name: item[name] for name in (*TABLE_KEYS, *keys)}


@dataclass
class Meter:
    """Reads the item before and after each write of a client, with another client."""

    reader: Any
    table: str

    def __post_init__(self) -> None:
        self._writes: list[dict[str, Any]] = []

    def of(self, task_id: str) -> list[dict[str, Any]]:
        """The writes of one record so far."""
        own = [write for write in self._writes if write["pk"].endswith(task_id)]
        return [{name: value for name, value in write.items() if name != "pk"} for write in own]

    def attach(self, client: Any) -> None:
        """Follow the client's writes."""
        for operation in ("PutItem", "UpdateItem", "DeleteItem"):
            client.meta.events.register(f"provide-client-params.dynamodb.{operation}", self._before)
            client.meta.events.register(f"after-call.dynamodb.{operation}", self._after)

    def _before(self, params: dict[str, Any], **_: object) -> None:
        source = params.get("Key") or params["Item"]
        self._key = {name: source[name] for name in TABLE_KEYS}
        self._old = self._read()

    def _after(self, parsed: dict[str, Any], model: Any, **_: object) -> None:
        new = self._read()
        refused = "ConditionalCheckFailed" in str(parsed.get("Error", {}))
        larger = max(size(self._old or {}), size(new or {}))
        units = units_of(self._old, new)
        write = {"write": model.name, "bytes": larger, "units": units, "refused": refused}
        self._writes.append({"pk": self._key["pk"]["S"], **write})

    def _read(self) -> Item | None:
        found: Item | None = self.reader.get_item(TableName=self.table, Key=self._key, ConsistentRead=True).get("Item")
        return found


def measure(quick: bool) -> Members:  # noqa: ARG001, FBT001 - counting is quick
    """Let tasks live, and add up their writes."""
    import boto3

    with emulated(CALLOFF_LAUNCH_LEASE_S="1") as calloff:
        calloff.submit()
        meter = Meter(boto3.client("dynamodb"), calloff.settings.table)
        meter.attach(calloff.clients["dynamodb"])
        lives = {
            "cancelled_life": _cancelled(calloff, meter),
            "cancelled_life_with_timeout": _cancelled(calloff, meter, timeout=3600),
            "cancelled_life_beyond_its_lease": _cancelled(calloff, meter, outlives_lease=True),
            "interrupted_life": _interrupted(calloff, meter),
        }
    totals = {name: sum(write["units"] for write in writes) for name, writes in lives.items()}
    return {"write_units": totals, "details": {"write_units": lives}}


def _cancelled(calloff: Calloff, meter: Meter, *, outlives_lease: bool = False, **more: Any) -> list[dict[str, Any]]:
    """Submit, run, cancel; every event of ECS is handed in, and the record ends `cancelled`."""
    task = calloff.running(**more)
    if outlives_lease:
        waiting.until(lambda: task["id"] in _due(calloff), "the lease is over", LEASE_OVER_S)
        calloff.sweep()
    assert calloff.request("POST", f"/tasks/{task['id']}/cancel", REASON).status == HTTPStatus.ACCEPTED
    for status in ("DEPROVISIONING", "STOPPED"):
        calloff.hand_in(task["id"], status)
    assert calloff.request("GET", f"/tasks/{task['id']}").document["status"] == "cancelled"
    return meter.of(task["id"])


def _interrupted(calloff: Calloff, meter: Meter) -> list[dict[str, Any]]:
    """Submit, run, and be ended by ECS itself: written as an end of the container's own is."""
    task = calloff.running()
    calloff.interrupt(task["id"])
    for status in ("DEPROVISIONING", "STOPPED"):
        calloff.hand_in(task["id"], status)
    return meter.of(task["id"])


def _due(calloff: Calloff) -> Sequence[str]:
    from chalicelib import bootstrap

    return bootstrap.ports().store.due(bootstrap.ports().clock.now(), calloff.settings.sweep_most)


FIGURE = Figure(
    name="write_units",
    measure=measure,
    targets=(Target("write_units.cancelled_life", 16),),
    about="""Every write of a task's life on MiniStack, counted as DynamoDB charges it: 1 KB each begun of the larger of
the item before and after, the two indexes' entries that change, and refused writes too. The life: submitted, running,
cancelled, proven dead, and STOPPED told, which is refused. `cancelled_life` is one that is over before its launch lease
is (90 s); the sweep looks at every longer one once, when the lease ends (`…_beyond_its_lease`).""",
)
