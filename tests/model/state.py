"""Everything there is: the record, the containers, the workers, and what is on its way between them.

What keeps it small: a container is the string of the states that it went through, and its version is a letter's place
in it, so every report that it ever caused can be read off it. Reports are not queued: each may be told at any time,
again or never. A worker is its next step and what it knows; where it lies still, or dies, is a step of its own.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from chalicelib.lifecycle import Status
from tests.model.record import COMING, Guard, Record


@dataclass(frozen=True)
class Rules:
    """The rules; each may be taken away. The defaults are what the code does."""

    dropped: frozenset[Guard] = field(default_factory=frozenset)
    """Guards that are missing in their writes."""
    token: bool = True
    """RunTask carries the attempt's client token."""
    token_outlives: bool = True
    """ECS keeps it for an hour after the container's end."""
    claim_first: bool = True
    """RunTask is sent after the claim."""
    refusal_of_resend_counts: bool = False
    lease_over_means_nothing_ran: bool = False
    """A launcher that is given up launched nothing."""
    resends: bool = True
    """The launch of a dead launcher is sent again."""
    resends_forever: bool = False
    """… also when its client token may have died."""
    searches: bool = True
    """Where nobody may send again, ECS's lists are asked."""
    listings: int = 2
    listings_show_stopping: bool = True
    """ECS is asked for what it wants running, and for what it wants stopped."""
    stopping_is_death: bool = False
    cancel_reads_first: bool = False
    """A cancellation looks at the status, and writes what follows from it later, without a condition."""
    cancels_at_once: bool = False
    """A cancellation of a launched task makes it `cancelled`."""
    binds_the_end: bool = True
    """… and sets `on_end`."""
    missing_is_proof: bool = False
    missing_ends: bool = True
    sweep_looks: bool = True
    """A task that runs is looked at, deadline or not."""
    sweep_stops: bool = True
    launcher_looks_back: bool = True
    """Whoever saves a container looks whether it may live."""
    reports_stop: bool = True
    """So does whoever is told of one."""
    hunts: bool = True
    legitimate_by_lease: bool = False
    """A container is legitimate only while its launcher has the lease."""
    lease_binds: bool = True
    """Nobody acts on a lease that is over."""
    repeats_apply: bool = False
    """A write that the SDK sends again may apply twice."""


@dataclass(frozen=True)
class Bounds:
    """How far it is looked."""

    attempts: int = 2
    containers: int = 3
    workers: int = 2
    """At work at once."""
    faults: int = 2
    """In one life: a death, a lost answer, a refusal, a lost stop, a stop by somebody else."""
    late_writes: bool = True
    """A write may arrive after its writer's death."""
    limits: bool = True
    """It has time limits, and they are moved."""


class Box(NamedTuple):
    """A container."""

    attempt: int
    path: str = "P"
    """P provisioning, R running, S stopping (ours), E stopping (somebody's); then its end, a key of `ENDS`, or D: it
    died of its stop."""
    forgotten: bool = False
    """It ended more than an hour ago."""

    @property
    def alive(self) -> bool:
        return self.path[-1] in "PRSE"


class Worker(NamedTuple):
    """Somebody in the middle of a verb."""

    at: str
    """Its next call: claim, send, resend, save, defer, reject, take, note, conclude, gone, cancel."""
    attempt: int = 0
    box: int = 0
    lease: bool = False
    """The record's lease is still the one that it took, or saw."""
    fresh: bool = False
    """Nobody has written since it looked."""


class State(NamedTuple):
    """A world at one moment."""

    record: Record
    boxes: tuple[Box, ...] = ()
    workers: tuple[Worker, ...] = ()
    flying: tuple[Worker, ...] = ()
    """Writes whose writers are no more."""
    late: frozenset[int] = frozenset()
    """Attempts of which a RunTask is on its way that nobody waits for."""
    stops: frozenset[int] = frozenset()
    """Containers that a StopTask is about to be sent to."""
    acknowledged: bool = False
    faults: int = 0

    def box(self, number: int) -> Box:
        """The container of this number; they count from 1."""
        return self.boxes[number - 1]


def beginnings(bounds: Bounds) -> list[State]:
    """A waiting task, without time limits, or with them, too."""
    records = [Record(Status.PENDING)]
    if bounds.limits:
        records.append(Record(Status.PENDING, timeout=0, deadline=COMING))
    return [State(record, faults=bounds.faults) for record in records]
