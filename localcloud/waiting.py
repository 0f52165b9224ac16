"""Waiting for a condition of the real world, with a deadline."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

#: Seconds between two looks: short against what is waited for (a start, a death), long against the look.
EVERY_S = 0.02


def until(look: Callable[[], T | None], what: str, within_s: float, every_s: float = EVERY_S) -> T:
    """Look again and again until ``look`` returns something true, and return that.

    Raises ``TimeoutError`` that names ``what`` when it has not come within ``within_s`` seconds.
    """
    deadline = time.monotonic() + within_s
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {within_s:g} s")
        time.sleep(every_s)
    return found


def holds(look: Callable[[], object], within_s: float) -> bool:
    """Say whether ``look`` becomes true within ``within_s`` seconds."""
    try:
        until(lambda: bool(look()), "", within_s)
    except TimeoutError:
        return False
    return True
