"""From a cancellation to the container's death, against `docker stop` on the same kind of container, in pairs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench.figure import Figure, Members, Target, in_turn, quantile
from bench.stage import Death, Running, Stage, on_stage

if TYPE_CHECKING:
    from collections.abc import Callable

PAIRS, QUICK_PAIRS, WARM_UP = 150, 1, 1


def measure(quick: bool) -> Members:  # noqa: FBT001
    """Kill pairs of containers, one of each by Calloff."""
    cancels: list[float] = []
    stops: list[float] = []
    with on_stage() as stage:
        in_turn(
            WARM_UP + (QUICK_PAIRS if quick else PAIRS),
            lambda _: cancels.append(_to_death_ms(stage, stage.cancel)),
            lambda _: stops.append(_to_death_ms(stage, stage.stop)),
        )
    cancels, stops = cancels[WARM_UP:], stops[WARM_UP:]
    differences = [ours - theirs for ours, theirs in zip(cancels, stops, strict=True)]
    return {
        "cancel_minus_docker_stop_ms": _quantiles(differences),
        "details": {
            "cancel_minus_docker_stop_ms": {
                "cancel_to_dead_ms": _quantiles(cancels),
                "docker_stop_to_dead_ms": _quantiles(stops),
                "pairs": len(differences),
            }
        },
    }


def _to_death_ms(stage: Stage, kill: Callable[[Running], None]) -> float:
    task = stage.running()
    death = Death(task.pid)
    began = time.perf_counter()
    kill(task)
    return (death.wait() - began) * 1000


def _quantiles(samples: list[float]) -> dict[str, float]:
    return {"p50": round(quantile(samples, 0.5), 1), "p99": round(quantile(samples, 0.99), 1)}


FIGURE = Figure(
    name="cancel_to_dead",
    measure=measure,
    targets=(Target("cancel_minus_docker_stop_ms.p50", 50, "ms"),),
    about="""Two tasks of the whole local cloud on Docker, both running and both alike. One is cancelled by HTTP, the
other's container gets the engine's own `stop` over its socket (no program is started for it). The clock runs from the
request until the kernel says that the container's first process is dead (pidfd). Quantiles of the differences.""",
)
