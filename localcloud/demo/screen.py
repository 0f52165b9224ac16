"""How the demo looks. Lines are printed as things happen, so that it reads the same in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console

    from localcloud.demo.promise import Outcome, Promise
    from localcloud.stack import LocalCloud

COLOURS = {
    "pending": "yellow",
    "starting": "yellow",
    "running": "cyan",
    "cancelling": "magenta",
    "completed": "green",
    "failed": "red",
    "cancelled": "bold magenta",
}
KEPT, BROKEN = ("✔ ", "bold green"), ("✘ ", "bold red")
WHAT = 16


class Screen:
    """Draws the header, the scenes and the verdict."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def header(self, cloud: LocalCloud, up_after_s: float) -> None:
        """Say what is about to be seen."""
        what = "containers" if cloud.engine.runtime == "docker" else "processes"
        words = Text.assemble(
            ("cancelled", COLOURS["cancelled"]),
            " means dead, proven: each record is held against the engine's word.\n",
            (f"Real {what} ({cloud.engine.why}). The local cloud was up in {up_after_s:.1f} s.", "dim"),
        )
        self._console.print(Panel(words, title="[bold]Calloff[/]", title_align="left", border_style="magenta"))

    def scene(self, number: int, title: str, story: str) -> None:
        """Open a scene."""
        self._console.print()
        self._line((f" {number} ", "bold magenta"), (title, "bold"), (f" · {story}", "dim"))

    def call(self, at_s: float, call: str, status: int, words: str) -> None:
        """Tell a request ``at_s`` seconds into the scene, and its answer."""
        self._line(*_began(at_s, call), (f"{status} ", "bold"), (words, COLOURS.get(words, "")))

    def record(self, at_s: float, status: str, words: str) -> None:
        """Tell what the record says."""
        self._line(*_began(at_s, status), words)

    def promise(self, promise: Promise) -> None:
        """Tell whether a promise was kept."""
        mark, colour = (KEPT, "green") if promise.kept else (BROKEN, "red")
        words = promise.sentence if promise.kept else f"{promise.sentence}: {promise.found}"
        self._line(" " * 12, mark, (words, colour))

    def verdict(self, outcomes: list[Outcome], took_s: float) -> None:
        """Draw the table of all scenes, and the verdict."""
        self._console.print()
        self._console.print(_table(outcomes))
        promises = [promise for outcome in outcomes for promise in outcome.promises]
        broken = sum(not promise.kept for promise in promises)
        if broken:
            words, colour = f"{broken} of {len(promises)} promises broken.", "red"
        else:
            words = f"All {len(promises)} promises kept, in {took_s:.0f} s. Nothing is left running."
            colour = "green"
        self._console.print(Panel(Text(words, style=f"bold {colour}"), border_style=colour))

    def _line(self, *parts: str | tuple[str, str]) -> None:
        self._console.print(Text.assemble(*parts), soft_wrap=True)


def _began(at_s: float, what: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (f"{at_s:8.2f} s  ", "dim"), (what.ljust(WHAT), COLOURS.get(what, "bold"))


def _table(outcomes: list[Outcome]) -> Table:
    """One row a scene. It fits 80 columns."""
    table = Table(box=None, header_style="dim", padding=(0, 1, 0, 1))
    for column in ("scene", "record", "how", "exit", "dead in", "engine", ""):
        table.add_column(column, no_wrap=True, justify="right" if column in {"exit", "dead in"} else "left")
    for outcome in outcomes:
        table.add_row(
            outcome.title,
            Text(outcome.status, style=COLOURS.get(outcome.status, "")),
            outcome.how,
            "" if outcome.exit_code is None else str(outcome.exit_code),
            "" if outcome.dead_after_s is None else f"{outcome.dead_after_s:.2f} s",
            Text(outcome.engine, style="cyan"),
            Text.assemble(KEPT if outcome.kept else BROKEN),
        )
    return table
