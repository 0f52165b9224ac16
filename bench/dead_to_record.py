"""From the word of a container's death to the record that says `cancelled`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.figure import Figure, Members, Target, quantile
from bench.stage import WITHIN_S, Death, Stage, on_stage
from localcloud import waiting

if TYPE_CHECKING:
    from collections.abc import Iterable

CANCELS, QUICK_CANCELS, WARM_UP = 300, 1, 1
LOOK_S = 0.004
"""Between two looks: each keeps the table, which is about to be written, busy for milliseconds."""


@dataclass(frozen=True)
class Sample:
    """One cancellation: moments in milliseconds since its container's first process died."""

    told: float
    """The engine's own word of the death."""
    recorded: float
    """The record says `cancelled`."""

    @property
    def handed_over(self) -> float:
        """What it took from one to the other."""
        return self.recorded - self.told


def measure(quick: bool) -> Members:  # noqa: FBT001
    """Cancel one task after the other."""
    with on_stage() as stage:
        samples = [_sample(stage) for _ in range(WARM_UP + (QUICK_CANCELS if quick else CANCELS))][WARM_UP:]
    return {
        "dead_to_record_ms": _quantiles(each.handed_over for each in samples),
        "details": {
            "dead_to_record_ms": {
                "cancels": len(samples),
                "slowest": round(max(each.handed_over for each in samples), 1),
                "process_dead_to_told": _quantiles(each.told for each in samples),
                "process_dead_to_record": _quantiles(each.recorded for each in samples),
            }
        },
    }


def _quantiles(values: Iterable[float]) -> dict[str, float]:
    found = list(values)
    return {name: round(quantile(found, share), 1) for name, share in (("p50", 0.5), ("p99", 0.99))}


def _sample(stage: Stage) -> Sample:
    task = stage.running()
    death = Death(task.pid)
    with stage.told_of_deaths(task) as deaths:
        stage.cancel(task)
        # Looks that come before its word would only keep the table from being written.
        word = next(deaths)
    died = death.wait()
    waiting.until(lambda: stage.status(task.task_id) == "cancelled", "the record says cancelled", WITHIN_S, LOOK_S)
    recorded = time.perf_counter()
    told = recorded - (time.time() - word["timeNano"] / 1e9)
    return Sample((told - died) * 1000, (recorded - died) * 1000)


FIGURE = Figure(
    name="dead_to_record",
    measure=measure,
    targets=(Target("dead_to_record_ms.p99", 100, "ms"),),
    about="""From the engine's own word that the container died (the stamp of its event) until a consistent read of
the table shows `cancelled`: the endpoint, the receiver, the function, one write. That is the local hand-over. It begins
with the engine's word, because a record that said `cancelled` before it would be false by that word. The engine clears
up before it speaks: `process_dead_to_told` is that lag of its own, since the kernel's notice of the first process's
death, and `process_dead_to_record` is both together. On AWS the lag of ECS and of EventBridge comes on top, which no
code of Calloff's can shorten. Sweep and hunt rest meanwhile.""",
)
