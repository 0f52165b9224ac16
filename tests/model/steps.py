"""Everything that may happen next, whoever does it. Each call of the store, and each of ECS, is one step."""

from collections.abc import Iterator

from tests.model.callers import callers
from tests.model.nature import calls_on_their_way, containers, time
from tests.model.state import Bounds, Rules, State
from tests.model.sweeps import looks
from tests.model.workers import works
from tests.model.world import Applied, Step, World

PARTS = (callers, looks, works, time, containers, calls_on_their_way)


def steps(state: State, rules: Rules, bounds: Bounds, applied: Applied) -> Iterator[Step]:
    """Everything that may happen next."""
    world = World(state, rules, bounds, applied)
    for part in PARTS:
        for step in part(world):
            if step.bad or step.after != state:
                yield step
