"""The time of a `check_cancellation()` as a ratio to the cheapest question of its kind: `threading.Event.is_set()`."""

from __future__ import annotations

import subprocess
import sys
from statistics import median

from bench.figure import Figure, Members, Target, in_turn
from localcloud.part import ROOT

ROUNDS, QUICK_ROUNDS = 40, 1
CALLS = 200_000
TIMED = """
import timeit
from calloff import task
import threading
event = threading.Event()
print(min(timeit.repeat({call!r}, globals=globals(), number={calls}, repeat=5)) / {calls})
"""
OURS, THEIRS = "task.check_cancellation()", "event.is_set()"


def measure(quick: bool) -> Members:  # noqa: FBT001
    """Time both in fresh processes, in turn."""
    ours: list[float] = []
    theirs: list[float] = []
    in_turn(
        QUICK_ROUNDS if quick else ROUNDS,
        lambda _: ours.append(_time(OURS)),
        lambda _: theirs.append(_time(THEIRS)),
    )
    check_ns, event_ns = (median(side) * 1e9 for side in (ours, theirs))
    return {
        "check_ratio": round(check_ns / event_ns, 2),
        "details": {"check_ratio": {"check_ns": round(check_ns), "event_ns": round(event_ns), "rounds": len(ours)}},
    }


def _time(call: str) -> float:
    """Seconds of one call. The least of five: what else the machine does only ever adds."""
    argv = [sys.executable, "-c", TIMED.format(call=call, calls=CALLS)]
    return float(subprocess.check_output(argv, cwd=ROOT))  # noqa: S603 - made here


FIGURE = Figure(
    name="check_ratio",
    measure=measure,
    targets=(Target("check_ratio", 3),),
    about="""`task.check_cancellation()` of a program that is not being cancelled against the `is_set()` of a
`threading.Event`, each 200,000 times in a row in a fresh process, the least of five such rows; the ratio is that of the
medians of the processes.""",
)
