"""The gate of a held world: what becomes of each call of a worker is drawn, and others act between two calls."""

import random
from collections.abc import Callable
from typing import Any

from chalicelib.lifecycle import Event
from chalicelib.ports import StoreUnavailableError
from tests.chaos.stories import Cruelty
from tests.doubles.containers import Act
from tests.fence.gate import WRITES, Died, lose

EVENTS = frozenset(map(str, Event))
"""A write of the store is named after its event."""
TIME_LIMIT_S = 30.0
"""Of a function; then it is no more."""
DEPTH = 3
"""Workers that lie still between two of their calls while another works."""
SOON_S = 20.0
ON_ITS_WAY_S = 120.0
WRITE_ON_ITS_WAY_S = 300.0
"""No assumption bounds a late write: its condition has to."""


class CruelGate:
    """Draws the fate of each call.

    `meanwhile` lets others act, best of all on the task that it is told; `later` has a call arrive after some seconds.
    """

    def __init__(
        self,
        chance: random.Random,
        cruelty: Cruelty,
        now: Callable[[], float],
        meanwhile: Callable[[str | None], None],
        pass_time: Callable[[float], None],
        later: Callable[[float, Act, str | None], None],
    ) -> None:
        self.cruel = True
        self.calls = 0
        self._chance = chance
        self._cruelty = cruelty
        self._now = now
        self._meanwhile = meanwhile
        self._pass_time = pass_time
        self._later = later
        self._begun: list[float] = []

    def work(self, verb: Act) -> Any:
        """Let a worker work; it may die of what it meets, or of its time limit."""
        self._begun.append(self._now())
        try:
            return verb()
        finally:
            self._begun.pop()

    def call(self, name: str, act: Act, args: tuple[Any, ...]) -> Any:
        """Let a call pass, or not."""
        self.calls += 1
        if not self.cruel:
            return act()
        about = _about(name, args)
        self._between(about)
        outcome = self._carried_out(act, about, writes=name in WRITES or name in EVENTS)
        self._between(about)
        return outcome

    def _carried_out(self, act: Act, about: str | None, *, writes: bool) -> Any:
        cruelty = self._cruelty
        if self._happens(cruelty.dies):
            return self._die(act)
        if self._happens(cruelty.on_its_way):
            self._later(self._chance.uniform(0, WRITE_ON_ITS_WAY_S if writes else ON_ITS_WAY_S), act, about)
            raise Died
        if writes and self._happens(cruelty.lost):
            return self._lose(act)
        if writes and self._happens(cruelty.repeated):
            return self._repeat(act, about)
        return act()

    def _die(self, act: Act) -> None:
        if self._chance.random() < 0.5:
            act()
        raise Died

    def _lose(self, act: Act) -> None:
        if self._chance.random() < 0.5:
            act()
        lose()

    def _repeat(self, act: Act, about: str | None) -> Any:
        """Answer an applied write with 500; whoever sent it sends it again, at once or when its worker is no more."""
        act()
        self._between(about)
        if self._chance.random() < 0.5:
            return act()
        self._later(self._chance.uniform(0, WRITE_ON_ITS_WAY_S), act, about)
        raise StoreUnavailableError("InternalServerError")

    def _between(self, about: str | None) -> None:
        if self._happens(self._cruelty.stalls):
            self._pass_time(self._chance.uniform(0, SOON_S))
        if len(self._begun) < DEPTH and self._happens(self._cruelty.meanwhile):
            self._meanwhile(about)
        if self._begun and self._now() - self._begun[-1] > TIME_LIMIT_S:
            raise Died

    def _happens(self, rate: float) -> bool:
        return rate > 0 and self._chance.random() < rate


def _about(name: str, args: tuple[Any, ...]) -> str | None:
    """Which task a call is about, where that can be seen."""
    match name, args:
        case "create", (task,):
            return str(task.id)
        case "run", (request,):
            return str(request["startedBy"].split("/")[2])
        case _, (str() as first, *_):
            return first
        case _:
            return None
