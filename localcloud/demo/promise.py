"""What was promised, and whether it was kept."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Promise:
    """One checked sentence. ``found`` says what was there instead, if it was not kept."""

    sentence: str
    kept: bool
    found: str


@dataclass
class Outcome:
    """What came of a scene, for the table at the end."""

    title: str
    status: str = "?"
    how: str = ""
    exit_code: int | None = None
    dead_after_s: float | None = None
    engine: str = ""
    promises: list[Promise] = field(default_factory=list)

    @property
    def kept(self) -> bool:
        """Whether all was as promised, and something was."""
        return bool(self.promises) and all(promise.kept for promise in self.promises)
