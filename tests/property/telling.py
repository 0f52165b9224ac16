"""What tasks told of themselves, and what of it may be shown: a small model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Order = tuple[int, int]
"""The attempt, and the number that its report carried."""
NEVER: Order = (0, 0)
KINDS = ("progress", "checkpoint", "result")


@dataclass
class News:
    """All that was told of one kind; each by a number of its own."""

    sent: dict[int, Order] = field(default_factory=dict)
    least: Order = NEVER
    """Of the newest that was acknowledged: nothing older may be shown any more."""

    def holds(self, number: int | None) -> None:
        """Hold what is shown to what was told."""
        order = NEVER if number is None else self.sent[number]
        assert order >= self.least, f"{number} is shown, and something newer was acknowledged"


@dataclass
class Told:
    """What one task told."""

    news: Mapping[str, News] = field(default_factory=lambda: {kind: News() for kind in KINDS})
    dying: set[int] = field(default_factory=set)
    """Told after a cancellation was accepted."""

    def tells(self, kinds: tuple[str, ...], number: int, order: Order, *, dying: bool) -> dict[str, Any]:
        """Remember what is sent; answer the report."""
        for kind in kinds:
            self.news[kind].sent[number] = order
        if dying:
            self.dying.add(number)
        said = {"progress": {"done": number}, "checkpoint": {"data": "x" * number}, "result": {"data": number}}
        return {"sequence": order[1], **{kind: said[kind] for kind in kinds}}

    def acknowledged(self, kinds: tuple[str, ...], order: Order) -> None:
        for kind in kinds:
            self.news[kind].least = max(self.news[kind].least, order)

    def shown(self, document: Mapping[str, Any]) -> None:
        """Hold the whole document of the task to it."""
        progress, mark, result = (document[kind] for kind in KINDS)
        self.news["progress"].holds(progress and int(progress["done"]))
        self.news["checkpoint"].holds(mark and mark["size"] - len('""'))
        self.news["result"].holds(result and result["data"])
        if result and result["partial"]:
            assert document["cancellation"] is not None
        elif result:
            assert result["data"] not in self.dying, "a result of a dying task is shown as a whole one"

    def resumed(self, checkpoint: Mapping[str, Any] | None) -> None:
        """Hold to it what another task goes on from."""
        self.news["checkpoint"].holds(checkpoint and len(checkpoint["data"]))
