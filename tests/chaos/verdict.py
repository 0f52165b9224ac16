"""What came of a run: the three zeros, and how long the dead took to be told."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Verdict:
    """The sum of what was judged. `latencies_ms`: from each accepted cancellation to its record's `cancelled`."""

    tasks: int = 0
    accepted: int = 0
    false_cancelled: int = 0
    orphans: int = 0
    contradictions: int = 0
    latencies_ms: list[float] = field(default_factory=list)
    wrongs: list[str] = field(default_factory=list)
    """Each of the three in words, with what is needed to look at it again."""

    def add(self, other: "Verdict") -> None:
        """Take in what came of another part of the run."""
        self.tasks += other.tasks
        self.accepted += other.accepted
        self.false_cancelled += other.false_cancelled
        self.orphans += other.orphans
        self.contradictions += other.contradictions
        self.latencies_ms += other.latencies_ms
        self.wrongs += other.wrongs

    @property
    def kept(self) -> bool:
        """Tell whether the promise was kept."""
        return not (self.false_cancelled or self.orphans or self.contradictions)

    def line(self, seed: int) -> str:
        """Write it as the run's last line."""
        return json.dumps(self.members(seed))

    def members(self, seed: int) -> dict[str, Any]:
        """The members of that line."""
        return {
            "seed": seed,
            "tasks": self.tasks,
            "accepted": self.accepted,
            "false_cancelled": self.false_cancelled,
            "orphans": self.orphans,
            "contradictions": self.contradictions,
            "p50_ms": self._quantile(0.5),
            "p99_ms": self._quantile(0.99),
        }

    def _quantile(self, share: float) -> float | None:
        ordered = sorted(self.latencies_ms)
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1) if ordered else None
