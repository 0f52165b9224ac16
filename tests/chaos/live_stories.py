"""What shall happen to each task of a live run, and what shall go wrong: all choices from the seed.

The kernel decides the rest: which process runs first is not ours to choose, so a run is repeated in its choices only.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.engine import IMAGE

MARK = "CHAOS_TASK"
"""The variable by which the kernel's word of a task is found: whatever a task starts inherits it."""

SETTINGS = {
    "CALLOFF_CONNECT_TIMEOUT_S": "1",
    "CALLOFF_READ_TIMEOUT_S": "2",
    "CALLOFF_LAUNCH_LEASE_S": "8",
    "CALLOFF_LAUNCH_BACKOFF_S": "1",
    "CALLOFF_LAUNCH_BACKOFF_MAX_S": "2",
    "CALLOFF_DEFINITION_LOCK_S": "3",
    "CALLOFF_LOOK_AFTER_S": "4",
    "CALLOFF_MISSING_AGAIN_S": "2",
    "CALLOFF_STOP_REPEAT_S": "1",
    "CALLOFF_STOP_CHECK_S": "1",
    "CALLOFF_STOP_CHECK_MAX_S": "4",
    "CALLOFF_REQUEUE_S": "4",
    "CALLOFF_HUNT_MAX_STOPS": "1000",
    "CALLOFF_MAX_HISTORY": "400",
}
"""Waits for people's patience. What is an hour because ECS remembers for an hour stays one."""
DELAYS = "provisioning=0.05,pending=0.05,activating=0.05,deactivating=0.02,deprovisioning=0.3"

CALLS = {
    "RunTask:apply_then_500": 0.2,
    "RunTask:apply_then_timeout": 0.2,
    "RunTask:apply_then_500_then_throttle": 0.1,
    "RunTask:apply_late": 0.2,
    "RunTask:refuse_500": 0.1,
    "RunTask:timeout": 0.1,
    "RunTask:throttle": 0.2,
    "RunTask:throttle_disguised": 0.1,
    "RunTask:failures": 0.1,
    "StopTask:apply_then_500": 0.2,
    "StopTask:apply_then_timeout": 0.2,
    "StopTask:apply_late": 0.2,
    "StopTask:refuse_500": 0.2,
    "StopTask:timeout": 0.2,
    "StopTask:throttle": 0.3,
    "StopTask:pretend": 0.3,
    "DescribeTasks:lag": 0.5,
    "DescribeTasks:missing": 0.2,
    "DescribeTasks:refuse_500": 0.2,
    "ListTasks:lag": 0.5,
    "ListTasks:missing": 0.2,
}
EVENTS = {"lost": 0.4, "doubled": 0.3, "delayed": 0.4, "reordered": 0.4, "redelivered": 0.2}
SECONDS = {"event_delay": 3.0, "event_reorder": 0.5, "event_redelivery": 10.0, "read_lag": 2.0, "late": 3.0}

SCRIPTS = {
    "waits": "exec sleep 600",
    "traps": "trap 'exit 0' TERM; sleep 600 & wait",
    "lingers": "trap 'sleep 0.5; exit 7' TERM; sleep 600 & wait",
    "deaf": "trap '' TERM; sleep 600",
    "scatters": "setsid sleep 600 & sleep 600 & exec sleep 600",
    "completes": "sleep {runs}",
    "fails": "sleep {runs}; exit 3",
    "dies": "sleep {runs}; kill -9 $$",
}
"""What a task does when it runs."""
GRACES = (None, 0, 1, 5)


@dataclass(frozen=True)
class Ask:
    """A cancellation: how many seconds after the submit, and on which way."""

    after_s: float
    way: str
    grace: int | None = None
    """Seconds; of supervised tasks only."""


@dataclass(frozen=True)
class Story:
    """What shall happen to one task."""

    number: int
    body: dict[str, Any]
    asks: tuple[Ask, ...]
    patch: tuple[float, int] | None
    last_ask_s: float
    """When it is cancelled in any case, so that the run ends."""


def story(seed: int, number: int, supervisor: Path | None) -> Story:
    """Draw one task's. A third have the supervisor as their first process, if there is one that can run here."""
    chance = random.Random(f"{seed} {number}")
    script = chance.choice(list(SCRIPTS.values())).format(runs=round(chance.uniform(0.05, 2.5), 2))
    body: dict[str, Any] = {
        "image": IMAGE,
        "command": ["sh", "-c", script],
        "environment": {MARK: f"{seed}-{number}-"},
        "stop_timeout": 2,
    }
    if chance.random() < 0.15:
        body["timeout"] = chance.randint(1, 3)
    if chance.random() < 0.1:
        body["queue_timeout"] = chance.randint(1, 4)
    supervised = chance.random() < 0.33 and supervisor is not None
    if supervised:
        body |= {"supervised": True, "command": [str(supervisor), "--", *body["command"]]}
    asks = _asks(chance, GRACES if supervised else (None,)) if chance.random() < 0.9 else ()
    patch = (chance.uniform(0, 2), chance.randint(1, 5)) if chance.random() < 0.1 else None
    return Story(number, body, asks, patch, last_ask_s=chance.uniform(6, 12))


def _asks(chance: random.Random, graces: Sequence[int | None]) -> tuple[Ask, ...]:
    """Some come before the container is there, some when it runs, some too late."""
    after = chance.choice((0.0, chance.uniform(0, 0.3), chance.uniform(0.2, 3), chance.uniform(2, 6)))
    asks = [Ask(after, _way(chance), chance.choice(graces))]
    while chance.random() < 0.35:
        after += chance.choice((0.0, 0.05, 1.5))
        asks.append(Ask(after, _way(chance), chance.choice(graces)))
    return tuple(asks)


def _way(chance: random.Random) -> str:
    return chance.choice(("cancel", "cancel", "delete", "kill"))


def faults(chance: random.Random) -> dict[str, Any]:
    """Draw a mixture: half of what could go wrong does not."""
    return {
        "seed": chance.randrange(2**31),
        "calls": {name: _rate(chance, most) for name, most in CALLS.items()},
        "events": {name: _rate(chance, most) for name, most in EVENTS.items()},
        "starts": _rate(chance, 0.1),
        "seconds": SECONDS,
    }


def _rate(chance: random.Random, most: float) -> float:
    return round(chance.uniform(0, most), 3) if chance.random() < 0.5 else 0.0
