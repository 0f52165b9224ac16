"""What users and timers do."""

from collections.abc import Iterator

from chalicelib.lifecycle import Status
from tests.model import writes
from tests.model.record import COMING, OVER
from tests.model.state import State, Worker
from tests.model.world import CANCELLABLE, Step, World, joined, overtaken_by_a_write


def callers(world: World) -> Iterator[Step]:
    """What users and timers do, at any moment, any number of times."""
    state, record = world.state, world.state.record
    if world.rules.cancel_reads_first and record.status in CANCELLABLE:
        pending = int(record.status is Status.PENDING)
        yield Step("user cancels: looks", joined(state, Worker("cancel", box=pending)))
    elif record.status in CANCELLABLE | {Status.CANCELLING}:
        yield Step("user cancels", _cancelled(world, overdue=False)._replace(acknowledged=True))
    if record.status in CANCELLABLE and world.bounds.limits:
        running = record.status is Status.RUNNING
        moved = world.write(state, writes.timeout_moved(True, COMING if running else record.deadline))
        yield Step("user moves the time limit", moved or state)
    if record.status in CANCELLABLE and record.deadline == OVER:
        yield Step("the timer cancels", _cancelled(world, overdue=True), 60)
    if record.status in CANCELLABLE and record.deadline == COMING:
        late = _cancelled(world, overdue=True)
        yield Step("a late timer", late, 0, "" if late == state else "a timeout hit a task whose deadline was moved")


def _cancelled(world: World, *, overdue: bool) -> State:
    state = world.state
    arn = state.record.ecs_arn
    if world.rules.cancels_at_once:
        after: State | None = overtaken_by_a_write(
            state._replace(record=state.record._replace(status=Status.CANCELLED))
        )
    else:
        after = world.write(state, writes.cancel_requested(overdue, world.rules.binds_the_end))
        after = after or world.write(state, writes.cancelled_unlaunched(overdue))
    if after is None:
        after = state
    return world.stop(after, arn) if arn and after.record.status in (Status.CANCELLING, Status.CANCELLED) else after
