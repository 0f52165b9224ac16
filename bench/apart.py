"""Measures a figure in a process of its own: Calloff is wired once a process."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.figure import Members


def measured(name: str, *, quick: bool) -> Members:
    """Measure the figure of this name; `quick`: as little as shows that its program works."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(_measure, name, quick).result()


def _measure(name: str, quick: bool) -> Members:  # noqa: FBT001 - across processes
    members: Members = import_module(f"bench.{name}").FIGURE.measure(quick)
    return members
