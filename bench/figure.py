"""What a figure is: how it is measured, what it is called in `results.json`, and how good it has to be."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Members = dict[str, Any]
"""What a figure adds to `results.json`; below `details` is what helps to understand it."""


@dataclass(frozen=True)
class Target:
    """The `path` of a value in `results.json`, and the `most` that it may be: a number, or another value's path."""

    path: str
    most: float | str
    unit: str = ""


@dataclass(frozen=True)
class Figure:
    """One program that measures. `quick` asks for as little as shows that it works."""

    name: str
    measure: Callable[[bool], Members]
    targets: tuple[Target, ...]
    about: str
    """What is measured, and how: for people."""


def quantile(samples: Sequence[float], share: float) -> float:
    """Answer the sample below which `share` of them lie (nearest rank: a real sample, never one in between)."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def in_turn(rounds: int, *sides: Callable[[int], None], seed: int = 1) -> None:
    """Call each side once a round, in a changing order, so that no side always follows the other."""
    chance = random.Random(seed)  # noqa: S311 - an order, no secret
    for number in range(rounds):
        for side in chance.sample(sides, len(sides)):
            side(number)


def at(results: Mapping[str, Any], path: str) -> Any:
    """Look a value up by its dotted path; None where there is none."""
    value: Any = results
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
