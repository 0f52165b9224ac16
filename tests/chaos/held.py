"""A run of held worlds: as many as its tasks need, each from a seed of its own, over some processes."""

import gc
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context

from tests.chaos.held_world import World
from tests.chaos.stories import script
from tests.chaos.verdict import Verdict

TASKS_A_WORLD = 100
TOLD_EACH = 200
"""Worlds between two lines of progress."""


def run(seed: int, tasks: int, jobs: int) -> Verdict:
    """Play all worlds; which process plays one makes no difference."""
    total = Verdict()
    worlds = list(_worlds(seed, tasks))
    for number, verdict in enumerate(_played(worlds, jobs), 1):
        total.add(verdict)
        if number % TOLD_EACH == 0:
            sys.stderr.write(f"{number} of {len(worlds)} worlds: {total.line(seed)}\n")
    return total


def play(seed: str, tasks: int) -> Verdict:
    """Play one world."""
    return World(script(seed, tasks)).play()


def _worlds(seed: int, tasks: int) -> Iterator[tuple[str, int]]:
    for number, first in enumerate(range(0, tasks, TASKS_A_WORLD)):
        yield f"{seed}.{number}", min(TASKS_A_WORLD, tasks - first)


def _played(worlds: list[tuple[str, int]], jobs: int) -> Iterator[Verdict]:
    if jobs == 1:
        yield from (play(*world) for world in worlds)
        return
    # Worlds are small and many: looking for garbage as seldom as this makes them a tenth faster.
    with ProcessPoolExecutor(jobs, get_context("spawn"), gc.set_threshold, (100_000,)) as pool:
        # A portion at a time: who has played a million worlds does not keep them.
        left = iter(worlds)
        while portion := list(islice(left, jobs * 50)):
            yield from pool.map(play, *zip(*portion, strict=True), chunksize=5)
