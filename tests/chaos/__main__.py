"""`python -m tests.chaos`: torture Calloff, and see whether the promise holds (`make chaos SEED=7 TASKS=500`).

The last line is JSON: `seed`, `tasks`, `accepted`, `false_cancelled`, `orphans`, `contradictions`, `p50_ms`, `p99_ms`.
Exits with 1 unless `false_cancelled`, `orphans` and `contradictions` are zero.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.chaos import held, live
from tests.chaos.verdict import Verdict

KEPT = Path(__file__).parents[2] / "bench" / "chaos.jsonl"
SHOWN = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, judge, and say what came of it."""
    options = _parser().parse_args(arguments)
    verdict = _run(options)
    for wrong in verdict.wrongs[:SHOWN]:
        sys.stderr.write(f"{wrong}\n")
    if options.record:
        _keep(options, verdict)
    sys.stdout.write(f"{verdict.line(options.seed)}\n")
    return 0 if verdict.kept else 1


def _run(options: argparse.Namespace) -> Verdict:
    if options.world:
        return held.play(options.world, held.TASKS_A_WORLD)
    if options.simulated:
        return held.run(options.seed, options.tasks, options.jobs)
    return live.run(options.seed, options.tasks, options.runtime)


def _keep(options: argparse.Namespace, verdict: Verdict) -> None:
    """Append the run to what `bench/RESULTS.md` shows."""
    kind = "--simulated" if options.simulated else f"--runtime {options.runtime}"
    command = f"python -m tests.chaos --seed {options.seed} --tasks {options.tasks} {kind}"
    with KEPT.open("a") as file:
        file.write(json.dumps({"command": command, "commit": _commit(), **verdict.members(options.seed)}) + "\n")


def _commit() -> str:
    git = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(git, cwd=KEPT.parent, capture_output=True, text=True, check=True).stdout.strip()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__.partition("\n")[0])
    option = parser.add_argument
    option("--seed", type=int, default=7, help="repeats a run")
    option("--tasks", type=int, default=500)
    option("--simulated", action="store_true", help="simulated containers on a held clock, in this process")
    option("--jobs", type=int, default=1, help="simulated: processes that play worlds")
    option("--world", help="simulated: play this one world again, such as 7.12")
    option("--runtime", choices=["process", "docker"], default="process", help="what runs the containers")
    option("--record", action="store_true", help=f"keep the result in {KEPT.parent.name}/{KEPT.name}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
