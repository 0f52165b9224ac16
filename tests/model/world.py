"""One state of the model, and what single calls make of it."""

from dataclasses import dataclass
from typing import NamedTuple

from chalicelib.conditions import Change
from chalicelib.fence import concerns, legitimate
from chalicelib.lifecycle import Event, Status
from chalicelib.report import end_of
from chalicelib.transient import transient
from tests.model import record as records
from tests.model import writes
from tests.model.record import COMING, Record
from tests.model.state import Bounds, Box, Rules, State, Worker
from tests.model.writes import ENDS

CANCELLABLE = frozenset({Status.PENDING, Status.STARTING, Status.RUNNING})
UNKNOWN = frozenset({Status.STARTING, Status.CANCELLING})
"""A container may live that the record does not name."""


class Step(NamedTuple):
    """Something that may happen."""

    label: str
    after: State
    calm: int = 0
    """Above 0: it happens by itself once faults cease, the highest first."""
    bad: str = ""


Applied = dict[tuple[Record, int], Record | None]
"""What each write makes of each record."""


@dataclass(frozen=True)
class World:
    """One state, and what may come of it."""

    state: State
    rules: Rules
    bounds: Bounds
    applied: Applied

    # -- parts of steps

    def write(self, state: State, change: Change) -> State | None:
        """Write, and let everybody else be overtaken; None when it is refused."""
        key = (state.record, id(change))
        if key not in self.applied:
            self.applied[key] = records.apply(state.record, change, self.rules.dropped)
        after = self.applied[key]
        if after is None:
            return None
        taken = change.event in (Event.CLAIMED, Event.LEASE_TAKEN)
        return overtaken_by_a_write(state._replace(record=after), taken=taken or after.lease_id is None)

    def stop(self, state: State, number: int) -> State:
        """Be about to send a StopTask."""
        return state._replace(stops=state.stops | {number}) if state.box(number).path[-1] in "PR" else state

    def legitimate(self, record: Record, number: int, box: Box) -> bool:
        """Tell whether this container may live, as the code does."""
        leased = record.ecs_arn is not None or record.lease_ends_at == COMING or not self.rules.legitimate_by_lease
        return leased and legitimate(record, number, box.attempt)

    def observed(self, state: State, number: int, version: int) -> State:
        """Take in what ECS tells of a container at a version."""
        box = state.box(number)
        letter = box.path[version - 1]
        if letter in "PRSE" and not (letter in "SE" and self.rules.stopping_is_death):
            return self._observed_alive(state, number, version, box)
        return self._observed_dead(state, number, version, box)

    def _observed_alive(self, state: State, number: int, version: int, box: Box) -> State:
        event = Event.STARTED if box.path[version - 1] == "R" else Event.SIGHTED
        after = self.write(state, writes.alive(event, number, box.attempt, version))
        cancelling = state.record.status is Status.CANCELLING
        if after is None and cancelling and concerns(state.record, number, box.attempt):
            after = self.write(state, writes.alive(Event.SIGHTED, number, box.attempt, version))
        if after is not None:
            return self.stop(after, number) if after.record.status is Status.CANCELLING else after
        if self.rules.reports_stop and not self.legitimate(state.record, number, box):
            return self.stop(state, number)
        return state

    def _observed_dead(self, state: State, number: int, version: int, box: Box) -> State:
        letter = box.path[version - 1]
        end = ENDS[next(each for each in box.path if each in "SE") if letter == "D" else letter]
        if end_of(end) is Event.START_FAILED and transient(end) and box.attempt < self.bounds.attempts:
            after = self.write(state, writes.start_deferred(number, box.attempt, version))
            if after is not None:
                return after
        return self.write(state, writes.dead(end, number, box.attempt, version)) or state

    def run_task(self, state: State, attempt: int) -> tuple[State | None, int]:
        """Let ECS carry a RunTask out: the container that the token launched before, or a new one, within bounds."""
        for number, box in enumerate(state.boxes, 1):
            lives = box.alive or (self.rules.token_outlives and not box.forgotten)
            if box.attempt == attempt and self.rules.token and lives:
                return state, number
        if len(state.boxes) == self.bounds.containers:
            return None, 0
        return state._replace(boxes=(*state.boxes, Box(attempt))), len(state.boxes) + 1


def overtaken_by_a_write(state: State, *, taken: bool = False) -> State:
    """After a write nobody's look is fresh; after a lease was taken, or given back, nobody holds it but its taker."""
    if not state.workers and not state.flying:
        return state

    def overtaken(workers: tuple[Worker, ...]) -> tuple[Worker, ...]:
        if not any(each.fresh or (taken and each.lease) for each in workers):
            return workers
        return tuple(sorted(each._replace(fresh=False, lease=each.lease and not taken) for each in workers))

    return state._replace(workers=overtaken(state.workers), flying=overtaken(state.flying))


def joined(state: State, worker: Worker) -> State:
    return state._replace(workers=tuple(sorted((*state.workers, worker))))


def without(state: State, worker: Worker) -> State:
    workers = list(state.workers)
    workers.remove(worker)
    return state._replace(workers=tuple(workers))


def with_box(state: State, number: int, box: Box) -> State:
    return state._replace(boxes=(*state.boxes[: number - 1], box, *state.boxes[number:]))


def grown(state: State, number: int, letter: str) -> State:
    box = state.box(number)
    state = with_box(state, number, box._replace(path=box.path + letter))
    return state._replace(stops=state.stops - {number}) if letter != "R" else state


def name_of(worker: Worker) -> str:
    return f"worker at {worker.at} (attempt {worker.attempt})"
