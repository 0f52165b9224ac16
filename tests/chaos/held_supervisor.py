"""Simulated containers, some under a supervisor: what `calloff-init` does for them, on the held clock.

It asks Calloff from the first SIGTERM on, and is not always answered; it kills when the grace that it knows is over.
"""

from collections.abc import Callable

from localcloud.ecs.clock import Clock
from localcloud.ecs.runtimes.port import Key, Launch
from localcloud.ecs.runtimes.simulated import Behaviour, SimulatedRuntime

ASKS_EACH_S = 2.0
KILLED = 137


class SupervisedRuntime(SimulatedRuntime):
    """`grace` answers how many seconds a container has, counted from its SIGTERM; None if nothing is heard of it."""

    def __init__(
        self, clock: Clock, script: Callable[[Launch], Behaviour], grace: Callable[[Key], float | None]
    ) -> None:
        super().__init__(clock, script)
        self._time = clock
        self._grace = grace
        self._supervised: dict[Key, float] = {}
        """What is under a supervisor, and the grace that this knows of."""
        self._dying: set[Key] = set()

    def supervise(self, key: Key, grace: float) -> None:
        """Have a supervisor in this container; `grace` is what its environment says."""
        self._supervised[key] = grace

    def terminate(self, key: Key) -> None:
        """Send the stop signal; the supervisor's work begins with the first."""
        super().terminate(key)
        if key in self._supervised and key not in self._dying:
            self._dying.add(key)
            self._ask(key, self._time.now())

    def _ask(self, key: Key, began: float) -> None:
        if not self.truths([key])[key].alive:
            return
        if (heard := self._grace(key)) is not None:
            self._supervised[key] = heard
        left = self._supervised[key] - (self._time.now() - began)
        if left <= 0:
            self.exit(key, KILLED)
        else:
            self._time.call_at(self._time.now() + min(left, ASKS_EACH_S), lambda: self._ask(key, began))
