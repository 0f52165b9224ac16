"""From the container's death to the record that says `cancelled`."""

from __future__ import annotations

import time

from bench.figure import Figure, Members, Target, quantile
from bench.stage import WITHIN_S, Death, Stage, on_stage
from localcloud import waiting

CANCELS, QUICK_CANCELS, WARM_UP = 300, 1, 1
LOOK_S = 0.004
"""Between two looks: each keeps the table, which is about to be written, busy for milliseconds."""


def measure(quick: bool) -> Members:  # noqa: FBT001
    """Cancel one task after the other."""
    with on_stage() as stage:
        samples = [_dead_to_record_ms(stage) for _ in range(WARM_UP + (QUICK_CANCELS if quick else CANCELS))][WARM_UP:]
    quantiles = {name: round(quantile(samples, share), 1) for name, share in (("p50", 0.5), ("p99", 0.99))}
    slowest = round(max(samples), 1)
    return {
        "dead_to_record_ms": quantiles,
        "details": {"dead_to_record_ms": {"cancels": len(samples), "slowest": slowest}},
    }


def _dead_to_record_ms(stage: Stage) -> float:
    task = stage.running()
    death = Death(task.pid)
    stage.cancel(task)
    died = death.wait()
    waiting.until(lambda: stage.status(task.task_id) == "cancelled", "the record says cancelled", WITHIN_S, LOOK_S)
    return (time.perf_counter() - died) * 1000


FIGURE = Figure(
    name="dead_to_record",
    measure=measure,
    targets=(Target("dead_to_record_ms.p99", 100, "ms"),),
    about="""From the death of the container's first process, by the kernel's notice, until a consistent read of the
table shows `cancelled`: the engine's event, the endpoint, the receiver, the function, one write. That is the local
hand-over, the engine's own lag included: it first clears up, and tells of the death then. On AWS the lag of ECS and of
EventBridge comes on top, which no code of Calloff's can shorten. Sweep and hunt rest meanwhile.""",
)
