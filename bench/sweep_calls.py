"""The calls to AWS of one sweep, with more and more tasks at rest and always the same few that are due."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from bench.emulators import Calloff, emulated
from bench.figure import Figure, Members, Target
from bench.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chalicelib.task import Task

AT_REST, QUICK_AT_REST = (1_000, 10_000, 100_000), (100, 200)
DUE = 10
AT_ONCE = 25
"""Items that BatchWriteItem takes (Amazon DynamoDB API Reference)."""
A_DAY = timedelta(days=1)


def measure(quick: bool) -> Members:  # noqa: FBT001
    """Fill the table step by step, and sweep after each."""
    counts: dict[str, dict[str, int]] = {}
    with emulated() as calloff:
        due, tally = [calloff.running()["id"] for _ in range(DUE)], Tally(*calloff.clients.values())
        filled = 0
        for at_rest in QUICK_AT_REST if quick else AT_REST:
            _fill(calloff, due[0], range(filled, at_rest))
            filled = at_rest
            for task_id in due:
                _let_be_due(task_id)
            tally.new()
            _sweep(calloff)
            counts[str(at_rest)] = tally.new()
    totals = {at_rest: sum(calls.values()) for at_rest, calls in counts.items()}
    return {"sweep_calls": totals, "details": {"sweep_calls": {"due": DUE, "by_operation": counts}}}


def _sweep(calloff: Calloff) -> None:
    """Sweep for real, and see that the due ones were attended to."""
    from chalicelib import bootstrap

    swept = calloff.sweep()
    assert (swept.due, swept.attended, swept.failed) == (DUE, DUE, 0), swept
    assert not bootstrap.ports().store.due(bootstrap.ports().clock.now(), calloff.settings.sweep_most)


def _let_be_due(task_id: str) -> None:
    """Put the record as it is when a task has run for a quarter of an hour without news."""
    record = _record(task_id)
    then = _now() - timedelta(minutes=16)
    _put(msgspec.structs.replace(record, seen_at=then, looked_at=then, due_at=_now() - timedelta(minutes=1)))


def _fill(calloff: Calloff, model_id: str, numbers: range) -> None:
    """Put tasks at rest: half of them have ended, the others run and are due tomorrow."""
    from chalicelib.aws.items import to_item

    items = (to_item(task) for task in _at_rest(_record(model_id), numbers))
    for batch in _batches(items):
        puts = [{"PutRequest": {"Item": item}} for item in batch]
        answer = calloff.clients["dynamodb"].batch_write_item(RequestItems={calloff.settings.table: puts})
        assert not answer["UnprocessedItems"]


def _at_rest(model: Task, numbers: range) -> Iterator[Task]:
    from chalicelib.lifecycle import Status

    shards, now = 8, _now()
    running = msgspec.structs.replace(model, status=Status.RUNNING, due_at=now + A_DAY)
    ended = msgspec.structs.replace(model, status=Status.COMPLETED, due_at=None, ended_at=now)
    for number in numbers:
        one = running if number % 2 else ended
        task_id = f"00000000-0000-4000-8000-{number:012d}"
        yield msgspec.structs.replace(one, id=task_id, due_shard=str(number // 2 % shards))


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(items)
    while batch := list(islice(left, AT_ONCE)):
        yield batch


def _record(task_id: str) -> Task:
    from chalicelib import bootstrap

    record: Any = bootstrap.ports().store.get(task_id)
    task: Task = record
    return task


def _put(task: Task) -> None:
    from chalicelib import bootstrap
    from chalicelib.aws import clients
    from chalicelib.aws.items import to_item

    settings = bootstrap.settings()
    clients.dynamodb(settings).put_item(TableName=settings.table, Item=to_item(task))


def _now() -> datetime:
    from chalicelib import bootstrap

    return bootstrap.ports().clock.now()


FIGURE = Figure(
    name="sweep_calls",
    measure=measure,
    targets=(Target("sweep_calls.100000", "sweep_calls.1000"),),
    about=f"""One sweep on MiniStack with {DUE} tasks due (they run, and nobody heard of them for a quarter of an
hour), and so many others at rest: half have ended, half run and are due tomorrow. Every attempt that botocore sends
counts. It has to be the same number each time: the sweep costs by what is due, not by what rests.""",
)
