"""The gate of a held world: what becomes of each call of a worker is drawn, and others act between two calls."""

import random
from collections.abc import Callable
from typing import Any

from chalicelib.ports import StoreUnavailableError
from tests.chaos.stories import Cruelty
from tests.doubles.containers import Act
from tests.fence.gate import WRITES, Died, lose

TIME_LIMIT_S = 30.0
"""Of a function; then it is no more."""
DEPTH = 3
"""Workers that lie still between two of their calls while another works."""
SOON_S = 20.0
ON_ITS_WAY_S = 120.0


class CruelGate:
    """Draws the fate of each call. `meanwhile` lets others act, `later` has something happen after some seconds."""

    def __init__(
        self,
        chance: random.Random,
        cruelty: Cruelty,
        now: Callable[[], float],
        meanwhile: Act,
        pass_time: Callable[[float], None],
        later: Callable[[float, Act], None],
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

    def call(self, name: str, act: Act, _: tuple[Any, ...]) -> Any:
        """Let a call pass, or not."""
        self.calls += 1
        if not self.cruel:
            return act()
        self._between()
        outcome = self._carried_out(act, writes=name in WRITES or _is_event(name))
        self._between()
        return outcome

    def _carried_out(self, act: Act, *, writes: bool) -> Any:
        cruelty = self._cruelty
        if self._happens(cruelty.dies):
            return self._die(act)
        if self._happens(cruelty.on_its_way):
            self._later(self._chance.uniform(0, ON_ITS_WAY_S), act)
            raise Died
        if writes and self._happens(cruelty.lost):
            return self._lose(act)
        if writes and self._happens(cruelty.repeated):
            return self._repeat(act)
        return act()

    def _die(self, act: Act) -> None:
        if self._chance.random() < 0.5:
            act()
        raise Died

    def _lose(self, act: Act) -> None:
        if self._chance.random() < 0.5:
            act()
        lose()

    def _repeat(self, act: Act) -> Any:
        """Answer an applied write with 500; whoever sent it sends it again."""
        act()
        self._between()
        if self._chance.random() < 0.5:
            return act()
        self._later(self._chance.uniform(0, SOON_S), act)
        raise StoreUnavailableError("InternalServerError")

    def _between(self) -> None:
        if self._happens(self._cruelty.stalls):
            self._pass_time(self._chance.uniform(0, SOON_S))
        if len(self._begun) < DEPTH and self._happens(self._cruelty.meanwhile):
            self._meanwhile()
        if self._begun and self._now() - self._begun[-1] > TIME_LIMIT_S:
            raise Died

    def _happens(self, rate: float) -> bool:
        return rate > 0 and self._chance.random() < rate


def _is_event(name: str) -> bool:
    """Tell a write of the store, which is named after its event, from the calls of other ports."""
    from chalicelib.lifecycle import Event

    return name in Event.__members__.values()
