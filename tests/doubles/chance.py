"""What is drawn by lot, the same in each run."""

import random
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def repeatable(seed: int) -> Iterator[None]:
    """Let what is drawn from `random` itself depend on the seed alone; whoever comes after draws as if nobody had."""
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)
