"""Launchers and sweepers look at the record, and begin."""

from collections.abc import Iterator

from chalicelib.lifecycle import TERMINAL, Status
from tests.model import writes
from tests.model.record import COMING, OVER
from tests.model.state import Box, Worker
from tests.model.workers import go_on
from tests.model.world import UNKNOWN, Step, World, joined


def looks(world: World) -> Iterator[Step]:
    """Launchers and sweepers look at the record, and begin."""
    state, record, rules = world.state, world.state.record, world.rules
    yield from _looks_at_container(world)
    if len(state.workers) >= world.bounds.workers:
        return
    if record.status is Status.PENDING:
        attempt = record.attempt + 1
        yield from _at_once(world, "a launcher", Worker("claim", attempt, fresh=True), 50)
        if not rules.claim_first:
            yield Step("a launcher sends without a claim", joined(state, Worker("send", attempt)))
    if record.status in UNKNOWN and record.ecs_arn is None and record.lease_ends_at == OVER:
        yield from _looks_at_launch(world)


def _looks_at_launch(world: World) -> Iterator[Step]:
    state, record, rules = world.state, world.state.record, world.rules
    attempt = record.attempt
    if rules.lease_over_means_nothing_ran:
        change = writes.launch_rejected if record.status is Status.CANCELLING else writes.launch_deferred
        yield Step("a sweeper concludes that nothing ran", world.write(state, change(True)) or state, 50)
    if rules.resends and (record.claimed_at == COMING or rules.resends_forever):
        yield from _at_once(world, "a sweeper", Worker("take", attempt, lease=record.lease_id is not None), 50)
    if rules.searches and record.claimed_at == OVER:
        yield from _searches(world, attempt)


def _at_once(world: World, who: str, worker: Worker, calm: int) -> Iterator[Step]:
    """Write what was looked at: at once, or, as a fault, after lying still."""
    state = world.state
    for step in go_on(world, worker, state):
        yield step._replace(label=f"{who} looks; {step.label}", calm=min(step.calm, calm))
    if state.faults:
        still = joined(state._replace(faults=state.faults - 1), worker)
        yield Step(f"{who} looks (to {worker.at}), and lies still", still)


def _searches(world: World, attempt: int) -> Iterator[Step]:
    """List the launch's containers: the first list may lag, the second comes ten minutes later."""
    state, record = world.state, world.state.record
    second = record.listed_empty_at is not None or world.rules.listings == 1
    listed = [n for n, box in enumerate(state.boxes, 1) if box.attempt == attempt and _is_listed(world, box)]
    if listed:
        after = state
        for number in sorted(listed, key=lambda n: not state.box(n).alive):
            after = world.observed(after, number, len(state.box(number).path))
        yield Step(f"ECS lists c{listed}", after, 45)
    if attempt in state.late and second:
        return
    if not listed or record.listed_empty_at is None:
        writer = Worker("conclude" if second else "note", attempt, lease=record.lease_id is not None)
        yield from _at_once(world, "ECS lists nothing: a sweeper", writer, 40)


def _is_listed(world: World, box: Box) -> bool:
    return not box.forgotten and (world.rules.listings_show_stopping or box.path[-1] in "PR")


def _looks_at_container(world: World) -> Iterator[Step]:
    state, record, rules = world.state, world.state.record, world.rules
    number = record.ecs_arn
    if number is None or record.status not in (Status.STARTING, Status.RUNNING, Status.CANCELLING):
        return
    box = state.box(number)
    if record.status is Status.CANCELLING and rules.sweep_stops and box.path[-1] in "PR":
        again = world.write(state, writes.stop_repeated(True)) or state
        yield Step(f"a sweeper stops c{number} again", world.stop(again, number), 45)
    if rules.sweep_looks and not box.forgotten:
        told = world.observed(state, number, len(box.path))
        if told.record.status not in TERMINAL | {Status.PENDING}:
            told = world.write(told, writes.shown(True)) or told
        news = told.record != record._replace(missing_at=None)
        yield Step(f"a sweeper describes c{number}", told, 45 * news)
    if box.forgotten or (box.alive and record.missing_at is None):
        yield from _missing(world, number, box)


def _missing(world: World, number: int, box: Box) -> Iterator[Step]:
    state, record, rules = world.state, world.state.record, world.rules
    if rules.missing_is_proof and record.missing_at is None:
        state = state._replace(record=record._replace(missing_at=OVER))
        yield Step(f"c{number} is MISSING", world.write(state, writes.gone(number)) or state, 45 * box.forgotten)
    elif record.missing_at is None:
        after = world.write(state, writes.missed(True)) or state
        yield Step(f"c{number} is MISSING", after, 45 * box.forgotten)
    elif rules.missing_ends and box.forgotten and len(state.workers) < world.bounds.workers:
        yield from _at_once(world, f"c{number} is MISSING again: a sweeper", Worker("gone", box=number), 45)
