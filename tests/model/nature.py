"""Time passes, containers live and die, and what is on its way arrives."""

from collections.abc import Iterator

from chalicelib.fence import legitimate
from tests.model.record import COMING, OVER
from tests.model.state import Box
from tests.model.world import UNKNOWN, Step, World, grown, with_box, without

HOLDING = frozenset({"send", "resend", "save", "defer", "reject"})
"""What a worker does on its lease."""


def time(world: World) -> Iterator[Step]:
    """Instants come."""
    state, record = world.state, world.state.record
    if record.deadline == COMING:
        yield Step("the deadline passes", state._replace(record=record._replace(deadline=OVER)))
    if record.lease_ends_at == COMING:
        yield from _lease_ends(world)
    if record.lease_ends_at == OVER and record.claimed_at == COMING:
        closed = state._replace(record=record._replace(claimed_at=OVER))
        yield Step("the time for sending again is over", closed, 10)
    for number, box in enumerate(state.boxes, 1):
        if not box.alive and not box.forgotten and _may_be_forgotten(world, box):
            forgotten = with_box(state, number, box._replace(forgotten=True))
            yield Step(f"an hour after c{number} ended", forgotten, 5)


def _lease_ends(world: World) -> Iterator[Step]:
    """Nobody acts on a lease that is over: its holder has died by then."""
    state = world.state
    over = state._replace(record=state.record._replace(lease_ends_at=OVER))
    holders = [worker for worker in state.workers if worker.lease and worker.at in HOLDING]
    if not holders:
        yield Step("the lease ends", over, 30)
    elif state.faults and world.rules.lease_binds:
        alone = over._replace(faults=state.faults - 1)
        for holder in holders:
            alone = without(alone, holder)
        yield Step("the lease ends, and its holder with it", alone)
    elif state.faults:
        yield Step("the lease ends, and its holder does not see it", over._replace(faults=state.faults - 1))


def _may_be_forgotten(world: World, box: Box) -> bool:
    """No call takes an hour; and while a launch may be sent again, an hour has not passed since its claim."""
    state, record = world.state, world.state.record
    if box.attempt in state.late or any(worker.attempt == box.attempt for worker in (*state.workers, *state.flying)):
        return False
    may_be_sent = record.attempt == box.attempt and record.ecs_arn is None and record.claimed_at == COMING
    return world.rules.resends_forever or not (may_be_sent and record.status in UNKNOWN)


def containers(world: World) -> Iterator[Step]:
    """Containers live and die, and ECS tells of it: any version, at any time, again or never."""
    state, record = world.state, world.state.record
    for number, box in enumerate(state.boxes, 1):
        yield from _lives_on(world, number, box)
        for version in range(1, len(box.path) + 1):
            told = f"a report: c{number} at {box.path[:version]}"
            yield Step(told, world.observed(state, number, version))
        if world.rules.hunts and box.path[-1] in "PR" and not world.legitimate(record, number, box):
            yield Step(f"the hunter finds c{number}", world.stop(state, number), 35)


def _lives_on(world: World, number: int, box: Box) -> Iterator[Step]:
    state = world.state
    following = {"P": "RFC", "R": "01", "S": "D", "E": "D"}.get(box.path[-1], "")
    for letter in following:
        by_itself = letter == "D" or (letter == "R" and number not in state.stops)
        yield Step(f"c{number} becomes {letter}", grown(state, number, letter), 25 * by_itself)
    if state.faults and box.path[-1] in "PR":
        stopped = grown(state, number, "E")._replace(faults=state.faults - 1)
        yield Step(f"somebody stops c{number}", stopped)


def calls_on_their_way(world: World) -> Iterator[Step]:
    """StopTasks that are about to be sent, and RunTasks that nobody waits for."""
    state = world.state
    for number in sorted(state.stops):
        sent = state._replace(stops=state.stops - {number})
        bad = "a container was stopped that nobody had cancelled" if _is_innocent(world, number) else ""
        stopped = grown(sent, number, "S") if state.box(number).path[-1] in "PR" else sent
        yield Step(f"StopTask(c{number})", stopped, 70, bad)
        if state.faults:
            yield Step(f"StopTask(c{number}) is lost", sent._replace(faults=state.faults - 1))
    for attempt in sorted(state.late):
        rest = state._replace(late=state.late - {attempt})
        carried_out, _ = world.run_task(rest, attempt)
        yield Step(f"RunTask({attempt}) is carried out late", carried_out or rest)
        yield Step(f"RunTask({attempt}) is lost", rest, 60)


def _is_innocent(world: World, number: int) -> bool:
    return legitimate(world.state.record, number, world.state.box(number).attempt)
