"""How far a run looked: what its explorations counted, gathered from all processes that ran them."""

from collections import Counter, defaultdict
from collections.abc import Mapping

COUNTED: defaultdict[str, Counter[str]] = defaultdict(Counter)


def count(what: str, **numbers: int) -> None:
    """Add to what is told of `what` at the end of the run."""
    COUNTED[what].update(numbers)


def merge(counted: Mapping[str, Mapping[str, int]]) -> None:
    """Add what another process counted."""
    for what, numbers in counted.items():
        count(what, **numbers)


def lines() -> list[str]:
    """Tell it: `interleavings: 18,488,102 schedules, 10,662 explorations`."""
    return [
        f"{what}: " + ", ".join(f"{n:,} {name}" for name, n in numbers.items()) for what, numbers in COUNTED.items()
    ]
