"""The time of `calloff --help` as a ratio to what Python takes to do nothing: each time in a fresh process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from statistics import median

from bench.figure import Figure, Members, Target, in_turn
from localcloud.part import ROOT

ROUNDS, QUICK_ROUNDS = 100, 1
HELP = "from calloff.cli import main; main()"
"""What the installed command does."""


def measure(quick: bool) -> Members:  # noqa: FBT001
    """Time fresh processes in turn."""
    ours: list[float] = []
    theirs: list[float] = []
    # The first round is not counted: it compiles, and brings the files into memory.
    in_turn(
        1 + (QUICK_ROUNDS if quick else ROUNDS),
        lambda _: ours.append(_time(HELP, "--help")),
        lambda _: theirs.append(_time("pass")),
    )
    help_ms, pass_ms = (median(side[1:]) * 1000 for side in (ours, theirs))
    return {
        "cli_help_ratio": round(help_ms / pass_ms, 2),
        "details": {
            "cli_help_ratio": {"help_ms": round(help_ms, 1), "pass_ms": round(pass_ms, 1), "rounds": len(ours) - 1}
        },
    }


def _time(work: str, *words: str) -> float:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    began = time.perf_counter()
    subprocess.check_output([sys.executable, "-c", work, *words], env=environment, cwd=ROOT)  # noqa: S603 - made here
    return time.perf_counter() - began


FIGURE = Figure(
    name="cli_help_ratio",
    measure=measure,
    targets=(Target("cli_help_ratio", 3),),
    about="""`calloff --help` against `python -c pass`, each from the start of its process to the end, in turn. The page
is made from a table that imports nothing; the commands, and their help, import typer and httpx.""",
)
