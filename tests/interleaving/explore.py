"""Run every schedule: each order of the calls of all workers, and each fault that is to be reckoned with.

Two schedules that lead to the same world go on alike, so what follows is run once and counted twice. A world is the
same when the records, ECS, time, and what each worker has heard are the same.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from chalicelib.lifecycle import TERMINAL
from chalicelib.verdict import how
from tests import counted
from tests.interleaving.carry import Choice, Fate, choices, flown
from tests.interleaving.promise import wrong
from tests.interleaving.replay import Lab
from tests.interleaving.rest import NO_FATES, BrokenError, rest
from tests.interleaving.world import Actor, State, Waiting


class Ending(NamedTuple):
    """How a schedule ends."""

    status: str
    cause: str = ""
    """Of its cancellation."""
    how: str = ""
    """How its container ended."""
    attempts: int = 1
    containers: int = 1
    """How many were ever launched."""
    repeats: int = 0
    """How often the cancellation was asked for again."""
    acknowledged: bool = False
    """Somebody was answered that it is cancelled, or will be."""


@dataclass
class Explored:
    """What an exploration came to."""

    explorations: int = 1
    schedules: int = 0
    steps: int = 0
    worlds: int = 0
    endings: set[Ending] = field(default_factory=set)

    @property
    def statuses(self) -> set[str]:
        """The statuses in which they end."""
        return {ending.status for ending in self.endings}


def explore(
    lab: Lab, state: State, *actors: Actor, fates: Collection[Fate] = (), faults: int = 0, merge: bool = True
) -> Explored:
    """Run every schedule of these actors from this world, with at most so many faults.

    Raises:
        BrokenError: the promise does not hold in one of them; it says in which, and it is one of the shortest.
    """
    state = state._replace(workers=_named(actors), faults=faults)
    search = _Search(lab, frozenset(fates), merge=merge)
    try:
        search.result.schedules, endings = search.run(state)
    except BrokenError as broken:
        raise search.shortest(state) from broken
    search.result.endings |= endings
    found = search.result
    counted.count("interleavings", schedules=found.schedules, explorations=found.explorations, steps=found.steps)
    return search.result


def _named(actors: Collection[Actor]) -> tuple[Waiting, ...]:
    """Give each worker a name of its own."""
    names: list[str] = []
    for actor in actors:
        names.append(next(n for i in count(1) if (n := actor.name + (f" {i}" if i > 1 else "")) not in names))
    return tuple(Waiting(actor, name) for actor, name in zip(actors, names, strict=True))


class _Search:
    def __init__(self, lab: Lab, fates: frozenset[Fate], *, merge: bool) -> None:
        self.result = Explored()
        self._lab, self._fates, self._merge = lab, fates, merge
        # Shared by all that is explored from one scene: a world is the same whoever else had worked in it before.
        self._seen: dict[State, tuple[int, frozenset[Ending]]] = lab.explored.setdefault(fates, {}) if merge else {}

    def run(self, state: State) -> tuple[int, frozenset[Ending]]:
        """Run what follows from here, depth first: how many schedules that are, and how they end."""
        if self._merge and (known := self._seen.get(state)) is not None:
            return known
        self.result.worlds += 1
        schedules, endings = 0, frozenset[Ending]()
        for label, after in self._steps(state):
            self.result.steps += 1
            if why := wrong(state, after):
                raise BrokenError(why, (label,))
            number, ends = self.run(after)
            schedules, endings = schedules + number, endings | ends
        if is_over(state):
            schedules, endings = schedules + 1, endings | {_ending(rest(self._lab, state))}
        if self._merge:
            self._seen[state] = schedules, endings
        return schedules, endings

    def shortest(self, state: State) -> BrokenError:
        """Search breadth first, so that what is found first has the shortest schedule."""
        paths: dict[State, tuple[str, ...]] = {state: ()}
        level = [state]
        while level:
            following: list[State] = []
            for each in level:
                if broken := self._broken(each, paths, following):
                    return broken
            level = following
        raise AssertionError("what broke does not break again")

    def _broken(self, state: State, paths: dict[State, tuple[str, ...]], following: list[State]) -> BrokenError | None:
        for label, after in self._steps(state):
            if why := wrong(state, after):
                return BrokenError(why, (*paths[state], label))
            if after not in paths:
                paths[after] = (*paths[state], label)
                following.append(after)
        if is_over(state):
            try:
                rest(self._lab, state)
            except BrokenError as broken:
                return BrokenError(broken.why, (*paths[state], *broken.schedule))
        return None

    def _steps(self, state: State) -> Iterator[Choice]:
        for number in range(len(state.workers)):
            yield from choices(self._lab, state, number, self._fates if state.faults else NO_FATES)
        for place in state.flying:
            yield f"{place.name}: {place.call} arrives late", flown(self._lab, state, place)
        for request in state.cloud.late:
            arrived = state._replace(cloud=state.cloud.arrived(request, state.now))
            yield f"RunTask {request[1]} is carried out late", arrived


def is_over(state: State) -> bool:
    """Tell whether nobody is at work: what is on its way may still arrive, or never; who has not begun may never."""
    return all(isinstance(each, Waiting) and not each.actor.enabled(state) for each in state.workers)


def _ending(state: State) -> Ending:
    if not state.records:
        return Ending("none", attempts=0, containers=0)
    [task] = state.tasks
    return Ending(
        status=str(task.status),
        cause=str(task.cancellation.cause) if task.cancellation else "",
        how=str(how(task.termination, task.stop_timeout)) if task.termination and task.status in TERMINAL else "",
        attempts=task.attempt,
        containers=len(state.cloud.boxes),
        repeats=task.cancellation.repeats if task.cancellation else 0,
        acknowledged=task.id in state.acknowledged,
    )
