"""What shall happen to the tasks of a held world, and how cruel it shall be: all of it drawn from one seed.

Each world gets its own mixture: half of what could go wrong never does, the rest as often as it is drawn. A mixture of
everything would drown the rare meetings of two.
"""

import random
from dataclasses import dataclass, field
from typing import Any

from localcloud.ecs import Plan, Seconds
from localcloud.ecs.runtimes.simulated import Behaviour

MINUTE, HOUR = 60.0, 3600.0
STOP_TIMEOUT = 30

CALLS = {
    "RunTask:apply_then_500": 0.3,
    "RunTask:apply_then_timeout": 0.3,
    "RunTask:apply_then_500_then_throttle": 0.2,
    "RunTask:apply_late": 0.2,
    "RunTask:refuse_500": 0.2,
    "RunTask:timeout": 0.2,
    "RunTask:throttle": 0.3,
    "RunTask:throttle_disguised": 0.2,
    "RunTask:failures": 0.2,
    "StopTask:apply_then_500": 0.3,
    "StopTask:apply_then_timeout": 0.3,
    "StopTask:apply_late": 0.2,
    "StopTask:refuse_500": 0.3,
    "StopTask:timeout": 0.3,
    "StopTask:throttle": 0.4,
    "StopTask:throttle_disguised": 0.2,
    "StopTask:pretend": 0.4,
    "DescribeTasks:lag": 0.6,
    "DescribeTasks:refuse_500": 0.2,
    "DescribeTasks:throttle": 0.2,
    "DescribeTasks:missing": 0.3,
    "ListTasks:lag": 0.6,
    "ListTasks:timeout": 0.2,
    "ListTasks:missing": 0.3,
    "RegisterTaskDefinition:apply_then_500": 0.3,
    "RegisterTaskDefinition:throttle": 0.3,
}
"""The faults of ECS's calls, and how often at most."""
LIES = ("DescribeTasks:missing", "ListTasks:missing")
"""What no assumption allows beyond an hour: a world that lasts so long is without."""
EVENTS = {"lost": 0.5, "doubled": 0.4, "delayed": 0.5, "reordered": 0.5, "redelivered": 0.3}
OUTAGE = {"RunTask:apply_then_timeout": 0.1, "RunTask:apply_late": 0.1, "RunTask:timeout": 1.0}
"""No RunTask is ever answered."""
LATE_S, LAG_S = 300.0, 120.0
"""A call arrives within minutes, lists lag by minutes (docs/promise.md); here are the worst."""


@dataclass(frozen=True)
class Ask:
    """A cancellation: when, by whom, and how."""

    at: float
    by: str = "alice"
    force: bool = False
    grace: int | None = None
    """Seconds; of supervised tasks only."""


@dataclass(frozen=True)
class Story:
    """What shall happen to one task, in seconds from the world's beginning."""

    key: str
    submit_at: float
    supervised: bool = False
    limits: dict[str, int] = field(default_factory=dict)
    cancels: tuple[Ask, ...] = ()
    patch: tuple[float, int] | None = None
    """When it gets another time limit, and which."""
    interrupt_at: float | None = None
    """When AWS stops its container by itself."""
    stranger_at: float | None = None
    """When somebody stops it who is not Calloff."""


@dataclass(frozen=True)
class Cruelty:
    """How often at each call a worker dies, a write is lost, and others act in between."""

    dies: float
    lost: float
    repeated: float
    on_its_way: float
    meanwhile: float
    stalls: float


@dataclass(frozen=True)
class Script:
    """A whole world: its tasks, its cruelty, and how long it is cruel."""

    seed: str
    stories: tuple[Story, ...]
    cruelty: Cruelty
    plan: Plan
    lasts: float
    sweeps_each: float
    """Seconds."""
    hunts: bool
    """There is an orphan hunt; the promise holds without."""
    hears_all: bool
    """Every event of ECS comes in, not only those that Calloff's rule wants."""


def script(seed: str, tasks: int) -> Script:
    """Draw a world."""
    chance = random.Random(seed)
    lasts = chance.choices((25 * MINUTE, 100 * MINUTE), (0.9, 0.1))[0]
    outage = lasts > HOUR and chance.random() < 0.5
    stories = tuple(_story(chance, number, lasts) for number in range(tasks))
    plan = _plan(chance, lasts, outage=outage)
    sweeps_each = chance.choice((10.0, MINUTE, MINUTE))
    hunts, hears_all = chance.random() < 0.5, chance.random() < 0.2
    return Script(seed, stories, _cruelty(chance), plan, lasts, sweeps_each, hunts, hears_all)


def behaviour(seed: str, started_by: str) -> Behaviour:
    """Draw what the container with this mark does: the same each time that it is asked for."""
    chance = random.Random(f"{seed} {started_by}")
    ends = chance.random() < 0.4
    return Behaviour(
        starts=chance.choice((0.0, 0.0, 2.0, 30.0)),
        runs=chance.uniform(0, 8 * MINUTE) if ends else None,
        code=chance.choice((0, 0, 1, 137, 143)),
        stops=chance.choice((0.0, 0.0, 1.0, 29.0, None)),
        stop_code=chance.choice((143, 143, 0, 1)),
        fails="CannotStartContainerError: no such program" if chance.random() < 0.05 else None,
    )


def _story(chance: random.Random, number: int, lasts: float) -> Story:
    submit_at = chance.uniform(0, 0.7 * lasts)

    def some_time() -> float:
        return submit_at + min(chance.expovariate(1 / 60), 10 * MINUTE) * chance.choice((0.02, 0.3, 1.0, 3.0))

    supervised = chance.random() < 0.3

    def grace() -> int | None:
        return chance.choice((None, 0, 2, 10, 60)) if supervised else None

    cancels = [Ask(some_time(), chance.choice(("alice", "admin")), chance.random() < 0.2, grace())]
    while chance.random() < 0.3:
        at = cancels[-1].at + chance.choice((0.0, 0.1, 6.0, 40.0))
        cancels.append(Ask(at, force=chance.random() < 0.3, grace=grace()))
    limits: dict[str, int] = {}
    if chance.random() < 0.2:
        limits["timeout"] = chance.randint(1, 300)
    if chance.random() < 0.2:
        limits["queue_timeout"] = chance.randint(1, 300)
    return Story(
        key=str(number),
        submit_at=submit_at,
        supervised=supervised,
        limits=limits,
        cancels=tuple(cancels) if chance.random() < 0.93 else (),
        patch=(some_time(), chance.randint(1, 400)) if chance.random() < 0.15 else None,
        interrupt_at=some_time() if chance.random() < 0.05 else None,
        stranger_at=some_time() if chance.random() < 0.05 else None,
    )


def _cruelty(chance: random.Random) -> Cruelty:
    return Cruelty(
        dies=_rate(chance, 0.05),
        lost=_rate(chance, 0.08),
        repeated=_rate(chance, 0.1),
        on_its_way=_rate(chance, 0.05),
        meanwhile=_rate(chance, 0.3),
        stalls=_rate(chance, 0.1),
    )


def _plan(chance: random.Random, lasts: float, *, outage: bool) -> Plan:
    calls = {name: _rate(chance, most) for name, most in CALLS.items() if lasts < HOUR or name not in LIES}
    events: Any = {name: _rate(chance, most) for name, most in EVENTS.items()}
    seconds = Seconds(
        event_delay=chance.uniform(0, 10 * MINUTE),
        event_reorder=chance.uniform(0, 10),
        event_redelivery=chance.uniform(0, HOUR),
        read_lag=chance.uniform(0, LAG_S),
        late=chance.uniform(0, LATE_S),
    )
    return Plan(
        seed=chance.randrange(2**31),
        calls=OUTAGE | calls if outage else calls,
        events=events,
        starts=_rate(chance, 0.2),
        seconds=seconds,
    )


def _rate(chance: random.Random, most: float) -> float:
    return chance.uniform(0, most) if chance.random() < 0.5 else 0.0
