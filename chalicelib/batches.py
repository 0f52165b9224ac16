"""Cut a sequence into pieces that a service takes in one call."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut `items` into pieces of at most `size`."""
    return (items[i : i + size] for i in range(0, len(items), size))
