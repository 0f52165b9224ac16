"""What the supervisor adds to Fargate: a grace for one request, an immediate kill; in rounds with ECS and Docker."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

from bench.figure import Figure, Members, Target, in_turn, quantile
from bench.stage import Death, Running, Stage, on_stage
from localcloud.engine import IMAGE
from supervisor import image

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS, WARM_UP = 10, 1
GRACE_S = 2
"""The least stopTimeout that Fargate takes (Amazon ECS API Reference, ContainerDefinition)."""
DEAF = {"command": ["sh", "-c", "trap '' TERM; while :; do sleep 0.2; done"]}
PLAIN = DEAF | {"stop_timeout": GRACE_S}
SUPERVISED = DEAF | {"supervised": True, "stop_timeout": 30, "image": "calloff/bench-supervised:latest"}


def measure(quick: bool) -> Members:  # noqa: FBT001
    """Kill the deaf in each of the ways, in turn."""
    found: dict[str, list[float]] = {name: [] for name in WAYS}
    warm_up, rounds = (0, 1) if quick else (WARM_UP, ROUNDS)
    with on_stage() as stage:
        image.make(stage.docker, SUPERVISED["image"], IMAGE, {})
        sides = [_side(stage, name, found[name]) for name in WAYS]
        in_turn(warm_up + rounds, *sides)
    found = {name: samples[warm_up:] for name, samples in found.items()}
    return {
        "supervised_to_dead_ms": {
            "grace_minus_stop_task": _difference(found, "grace", "stop_task"),
            "force_minus_docker_kill": _difference(found, "force", "docker_kill"),
            "force_midway_minus_docker_kill": _difference(found, "force_midway", "docker_kill"),
        },
        "details": {
            "supervised_to_dead_ms": {
                "rounds": len(found["grace"]),
                "to_dead": {name: _of(samples) for name, samples in found.items()},
            }
        },
    }


def _side(stage: Stage, name: str, samples: list[float]) -> Callable[[int], None]:
    fields, kill = WAYS[name]

    def side(_: int) -> None:
        task = stage.running(**fields)
        death = Death(task.pid)
        began = kill(stage, task)
        samples.append((death.wait() - began) * 1000)

    return side


def _asked(ask: Callable[[Stage, Running], None]) -> Callable[[Stage, Running], float]:
    """Ask for the end; answer when that began."""

    def kill(stage: Stage, task: Running) -> float:
        began = time.perf_counter()
        ask(stage, task)
        return began

    return kill


def _force_midway(stage: Stage, task: Running) -> float:
    stage.cancel(task, grace=120)
    # Not in step with the supervisor's questions, which come each 250 ms.
    time.sleep(random.uniform(1.0, 1.25))  # noqa: S311 - a time, no secret
    began = time.perf_counter()
    stage.cancel(task, mode="force")
    return began


WAYS: dict[str, tuple[dict[str, Any], Callable[[Stage, Running], float]]] = {
    "stop_task": (PLAIN, _asked(Stage.stop_task)),
    "grace": (SUPERVISED, _asked(lambda stage, task: stage.cancel(task, grace=GRACE_S))),
    "docker_kill": (PLAIN, _asked(Stage.kill)),
    "force": (SUPERVISED, _asked(lambda stage, task: stage.cancel(task, mode="force"))),
    "force_midway": (SUPERVISED, _force_midway),
}
"""Each way to end a deaf task: what is submitted, and how it is killed."""


def _difference(found: dict[str, list[float]], ours: str, theirs: str) -> float:
    differences = [our - their for our, their in zip(found[ours], found[theirs], strict=True)]
    return round(quantile(differences, 0.5), 1)


def _of(samples: list[float]) -> dict[str, float]:
    return {"p50": round(quantile(samples, 0.5), 1), "slowest": round(max(samples), 1)}


FIGURE = Figure(
    name="supervised_to_dead",
    measure=measure,
    targets=(
        Target("supervised_to_dead_ms.grace_minus_stop_task", 250, "ms"),
        Target("supervised_to_dead_ms.force_minus_docker_kill", 250, "ms"),
        Target("supervised_to_dead_ms.force_midway_minus_docker_kill", 500, "ms"),
    ),
    about=f"""Tasks that ignore SIGTERM, on Docker in the whole local cloud. `grace`: a supervised one, whose definition
says 120 s and whose own grace is 30 s, is cancelled with `{{"grace": {GRACE_S}}}`; `stop_task`: one without a
supervisor, whose definition says {GRACE_S} s, gets a plain StopTask. `force` and `force_midway`: a supervised one is
cancelled with `mode: force`, at first, or about a second after a cancellation with a grace of 120 s; `docker_kill`:
one without a supervisor is killed by the engine. Fargate has no call for that: StopTask takes {GRACE_S} s at least.
All five in changing order, round by round; the clock runs from the request until the kernel says that the container's
first process is dead (pidfd). The medians of the differences within a round. Locally, ECS hands SIGTERM on at once;
on AWS its own lag comes on top, for all of them but the engine's.""",
)
