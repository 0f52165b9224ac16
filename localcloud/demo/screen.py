"""How the demo looks. Lines are printed as things happen, so that it reads the same in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
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
LEFT = 18


class Screen:
    """Draws the header, the scenes and the verdict."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def header(self, cloud: LocalCloud, up_after_s: float) -> None:
        """Say what is about to be seen."""
        what = "containers" if cloud.engine.runtime == "docker" else "processes"
        lines = Text.assemble(
            ("cancelled", "bold magenta"),
            " means dead, proven.\n",
            (f"Real {what} ({cloud.engine.why}) · API {cloud.endpoints.api} · up in {up_after_s:.1f} s", "dim"),
        )
        self._console.print(Panel(lines, title="[bold]Calloff[/]", title_align="left", border_style="magenta"))

    def scene(self, number: int, title: str, story: str) -> None:
        """Open a scene."""
        self._console.print()
        self._console.print(Text.assemble((f" {number}  ", "bold magenta"), (title, "bold"), ("  " + story, "dim")))

    def line(self, at_s: float, what: str, words: str, engine: str = "") -> None:
        """Tell what happened ``at_s`` seconds into the scene, and what the engine said to it."""
        text = Text.assemble(
            (f"{at_s:9.2f} s  ", "dim"),
            (what.ljust(LEFT), COLOURS.get(what, "")),
            words,
            (f"  ⟵ {engine}" if engine else "", "dim cyan"),
        )
        self._console.print(text, soft_wrap=True)

    def promise(self, promise: Promise) -> None:
        """Tell whether a promise was kept."""
        if promise.kept:
            text = Text.assemble(("            ✔ ", "bold green"), (promise.sentence, "green"))
        else:
            text = Text.assemble(("            ✘ ", "bold red"), (f"{promise.sentence}: {promise.found}", "red"))
        self._console.print(text, soft_wrap=True)

    def verdict(self, outcomes: list[Outcome], took_s: float) -> None:
        """Draw the table of all scenes, and the verdict."""
        self._console.print()
        self._console.print(Padding(_table(outcomes), (0, 1)))
        checks = [promise for outcome in outcomes for promise in outcome.promises]
        broken = [promise for promise in checks if not promise.kept]
        if broken:
            words, colour = f"{len(broken)} of {len(checks)} promises broken.", "red"
        else:
            words, colour = f"All {len(checks)} promises kept, in {took_s:.0f} s. Nothing is left running.", "green"
        self._console.print(Panel(Text(words, style=f"bold {colour}"), border_style=colour))


def _table(outcomes: list[Outcome]) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in ("scene", "record", "how", "exit", "dead after", "the engine's own word", ""):
        table.add_column(column, justify="right" if column in {"exit", "dead after"} else "left")
    for outcome in outcomes:
        table.add_row(
            outcome.title,
            Text(outcome.status, style=COLOURS.get(outcome.status, "")),
            outcome.how,
            "" if outcome.exit_code is None else str(outcome.exit_code),
            "" if outcome.dead_after_s is None else f"{outcome.dead_after_s:.2f} s",
            Text(outcome.engine, style="dim cyan"),
            Text("✔", style="bold green") if outcome.kept else Text("✘", style="bold red"),
        )
    return table
