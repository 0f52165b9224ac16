"""Looks at every state that can be reached, the nearest first: so what is found first has a shortest schedule."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests import counted
from tests.model.promise import at_rest, wrong
from tests.model.state import Bounds, Rules, State, beginnings
from tests.model.steps import steps
from tests.model.world import Applied


@dataclass(frozen=True)
class Verdict:
    """What a search came to."""

    found: str
    """What is wrong; nothing, where all holds."""
    schedule: tuple[str, ...]
    """The steps that lead there."""
    states: int
    edges: int
    seconds: float

    def __str__(self) -> str:
        """Tell it to people."""
        figures = f"({self.states:,} states, {self.edges:,} steps, {self.seconds:.1f} s)"
        return "\n".join(
            [f"{self.found or 'holds'} {figures}", *(f"  {n}. {s}" for n, s in enumerate(self.schedule, 1))]
        )


class Search:
    """One search."""

    def __init__(self, rules: Rules, bounds: Bounds) -> None:
        self._rules, self._bounds = rules, bounds
        self._from: dict[State, tuple[State, str] | None] = {}
        self._calmly: dict[State, tuple[State | None, str]] = {}
        """What each state comes to by itself, when nothing goes wrong and nobody is told anything."""
        self._applied: Applied = {}
        self._edges = 0
        self._began = time.perf_counter()

    def run(self) -> Verdict:
        """Search; first for a state that must not be, then for one that never comes to rest."""
        for state in beginnings(self._bounds):
            self._from[state] = None
        level = list(self._from)
        while level:
            following: list[State] = []
            for state in level:
                if found := self._look(state, following):
                    return found
            level = following
        return self._restless() or self._verdict("", None)

    def _look(self, state: State, following: list[State]) -> Verdict | None:
        best = 0
        self._calmly[state] = None, ""
        for label, after, calm, bad in steps(state, self._rules, self._bounds, self._applied):
            self._edges += 1
            if why := bad or wrong(state, after):
                return self._verdict(why, state, label)
            if after not in self._from:
                self._from[after] = (state, label)
                following.append(after)
            if calm > best:
                best, self._calmly[state] = calm, (after, label)
        return None

    def _restless(self) -> Verdict | None:
        """Follow what happens by itself from every state; it must come to rest."""
        good: set[State] = set()
        for state in self._from:
            trail: dict[State, str] = {}
            at: State | None = state
            while at not in good and at is not None and not at_rest(at):
                if at in trail:
                    return self._verdict(
                        f"goes round in circles, and never to rest: {words(at)}", state, *trail.values()
                    )
                following, trail[at] = self._calmly[at]
                at = following
            if at is None:
                *calm, _ = trail.values()
                return self._verdict(f"never comes to rest: {words(next(reversed(trail)))}", state, *calm)
            good.update(trail)
        return None

    def _verdict(self, found: str, state: State | None, *last: str) -> Verdict:
        schedule = (*reversed(list(self._back(state))), *last)
        return Verdict(found, schedule, len(self._from), self._edges, time.perf_counter() - self._began)

    def _back(self, state: State | None) -> Iterator[str]:
        while state is not None and (before := self._from[state]):
            state, label = before
            yield label


def search(rules: Rules | None = None, bounds: Bounds | None = None) -> Verdict:
    """Look at every state within the bounds."""
    verdict = Search(rules or Rules(), bounds or Bounds()).run()
    counted.count("model", searches=1, states=verdict.states, steps=verdict.edges)
    return verdict


def words(state: State) -> str:
    """Tell a state to people."""
    record = {name: value for name, value in state.record._asdict().items() if value is not None}
    return f"{record}, containers {[box.path for box in state.boxes]}, workers {[w.at for w in state.workers]}"
