"""The two files: `results.json` for programs, and `RESULTS.md`, which is made from it, for people."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from bench.figure import Figure, Members, Target, at
from bench.figures import FIGURES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD = """# The figures

Written by `make bench`; `results.json` beside this file holds the same for programs. A single figure is repeated by the
command that stands with it. They were measured on {machine}.

| figure | measured | target | |
| --- | --- | --- | --- |
{rows}
"""
CHAOS = """## Chaos

`make chaos SEED=7 TASKS=500` is the whole local cloud with real processes: ECS lies, loses and repeats, handlers are
killed, the engine is paused. `--simulated` is the same verbs on simulated containers and a held clock, which plays an
hour in a second. `--record` keeps a run's last line here; what its members mean stands in `tests/chaos/README.md`.
Two runs are left out, both `--seed 23 --tasks 2500`. At ed7ad91 it left a task in `cancelling` for good, because the
ECS endpoint, killed in the wrong moment, had lost a start that was to fail. It begins it again since 82f8156. At
ccc77c9 two tasks were not over in the two minutes that they had, eight and nine of their launches in a row having come
to nothing under torture. Since then what never ends is judged once all is calm.
Rows without a commit are from before it was kept.

| run | commit | tasks | cancels accepted | `cancelled` while alive | orphans | contradictions | p50 ms | p99 ms |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
{rows}
"""
COUNTED = ("tasks", "accepted", "false_cancelled", "orphans", "contradictions")


@dataclass
class Results:
    """What is written down: the figures of the last time that each was measured."""

    found: Members

    @classmethod
    def read(cls, folder: Path) -> Results:
        """Read the file; nothing is known where there is none."""
        file = folder / "results.json"
        return cls(json.loads(file.read_text()) if file.exists() else {})

    def add(self, members: Members) -> None:
        """Take the members of one figure in, in place of the ones before."""
        details = {**self.found.get("details", {}), **members.get("details", {})}
        self.found = {**self.found, **members, "details": details, "machine": machine()}

    def write(self, folder: Path) -> None:
        """Write both files."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "results.json").write_text(json.dumps(self.found, indent=2, sort_keys=True) + "\n")
        (folder / "RESULTS.md").write_text(self._for_people(folder))

    def on_target(self) -> bool:
        """Tell whether every figure that was measured is as good as it has to be."""
        return all(self._holds(target) for figure in _figures() for target in figure.targets)

    def _holds(self, target: Target) -> bool:
        value, most = at(self.found, target.path), self._most(target)
        return value is None or most is None or value <= most

    def _most(self, target: Target) -> Any:
        return at(self.found, target.most) if isinstance(target.most, str) else target.most

    def _for_people(self, folder: Path) -> str:
        figures = [figure for figure in _figures() if at(self.found, figure.targets[0].path) is not None]
        rows = "\n".join(row for figure in figures for row in self._rows(figure))
        head = HEAD.format(machine=self.found.get("machine", "an unknown machine"), rows=rows)
        return "\n".join([head, *map(self._section, figures), _chaos(folder)])

    def _rows(self, figure: Figure) -> Iterator[str]:
        for target in figure.targets:
            value, word = at(self.found, target.path), "met" if self._holds(target) else "**missed**"
            unit = f" {target.unit}" if target.unit else ""
            yield f"| `{target.path}` | {value}{unit} | ≤ {self._most(target):g}{unit} | {word} |"

    def _section(self, figure: Figure) -> str:
        members = dict.fromkeys(target.path.partition(".")[0] for target in figure.targets)
        shown = {name: self.found[name] for name in members}
        details = {name: self.found["details"].get(name) for name in members}
        lines = [f"## {figure.name}", "", figure.about, "", f"Repeat it: `python -m bench {figure.name}`", ""]
        return "\n".join([*lines, "```json", _json(shown), "```", "", *_more(details), ""])


def machine() -> str:
    """Say on what machine it is measured."""
    cpus = os.cpu_count()
    return f"{platform.system()} {platform.machine()}, {cpus} CPUs, Python {platform.python_version()}"


def _figures() -> list[Figure]:
    return [import_module(f"bench.{name}").FIGURE for name in FIGURES]


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True)


def _more(details: dict[str, Any]) -> list[str]:
    """Show the details, folded away where they are long."""
    text = json.dumps(details, indent=1, sort_keys=True)
    if all(detail is None for detail in details.values()):
        return []
    return ["<details><summary>more</summary>", "", "```json", text, "```", "", "</details>"]


def _chaos(folder: Path) -> str:
    file = folder / "chaos.jsonl"
    if not file.exists():
        return ""
    runs = [json.loads(line) for line in file.read_text().splitlines()]
    return CHAOS.format(rows="\n".join([*map(_run, runs), *_together(runs)]))


def _together(runs: list[dict[str, Any]]) -> Iterator[str]:
    for kind, simulated in (("on real processes", False), ("simulated", True)):
        mine = [run for run in runs if ("--simulated" in run["command"]) is simulated]
        sums = " | ".join(f"**{sum(run[name] for run in mine):,}**" for name in COUNTED)
        yield f"| **all {kind}** | | {sums} | | |"


def _run(run: dict[str, Any]) -> str:
    values = " | ".join([*(f"{run[name]:,}" for name in COUNTED), str(run["p50_ms"]), str(run["p99_ms"])])
    return f"| `{run['command']}` | {run.get('commit', '')} | {values} |"
