"""Who and what may meet: each verb as somebody calls it, and each thing that happens in ECS with what it leads to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from msgspec import structs

from chalicelib.cancel import Cancel, cancel
from chalicelib.deadline import wake
from chalicelib.hunt import hunt
from chalicelib.ids import task_id
from chalicelib.observe import observe
from chalicelib.patch import Patch, patch
from chalicelib.ports import Ports
from chalicelib.relaunch import relaunch_by_id
from chalicelib.report import Report
from chalicelib.submit import Submission, submit
from chalicelib.sweep import sweep
from chalicelib.task import Proof
from tests.doubles.examples import SPEC
from tests.doubles.world import DEPLOYMENT
from tests.interleaving.carry import TIME_PASSES
from tests.interleaving.ecs import NO_START, PROVISIONING, RUNNING, STOPPED_BY_OTHERS, UNBORN, Box
from tests.interleaving.world import Actor, State

KEY = "one"
TASK = task_id(DEPLOYMENT, "alice", KEY)
TOO_LATE_TO_ARRIVE_S = 600
"""A call that is on its way for so long is lost."""


def has_record(state: State) -> bool:
    return bool(state.records)


# -- callers


def submitting(**limits: int) -> Actor:
    """Submit the task, with these limits."""
    submission = Submission("alice", SPEC, 30, "f" * 32, KEY, **limits)
    return Actor("submit", lambda ports, _: submit(ports, submission))


def _cancelling(name: str, **parts: Any) -> Actor:
    request = Cancel(TASK, **({"by": "alice", "owner": "alice"} | parts))
    return Actor(name, lambda ports, _: cancel(ports, request), has_record)


def _patching(name: str, timeout: int) -> Actor:
    request = Patch(TASK, "alice", "alice", timeout)
    return Actor(name, lambda ports, _: patch(ports, request), has_record)


SUBMIT = submitting()
CANCEL = _cancelling("cancel")
KILL = _cancelling("kill", force=True)
SECOND_CANCEL = _cancelling("second cancel", by="admin", owner=None, reason="again")
PATCH_LATER = _patching("patch later", 10**6)
PATCH_SOONER = _patching("patch sooner", 1)
DEADLINE = Actor("deadline", lambda ports, _: wake(ports, TASK), has_record)
SWEEP = Actor("sweep", lambda ports, _: sweep(ports), has_record)
HUNT = Actor("hunt", lambda ports, _: hunt(ports), has_record)
RELAUNCH = Actor("relaunch", lambda ports, _: relaunch_by_id(ports, TASK), has_record)

# -- what happens in ECS, and is told


def _newest(state: State) -> int:
    return len(state.cloud.boxes) - 1


def _is_at(letters: str) -> Callable[[State], bool]:
    return lambda state: bool(state.cloud.boxes) and state.cloud.boxes[-1].path[-1] in letters


def _happens(name: str, letters: str, *steps: Callable[[State], tuple[State, Report]], told: bool = True) -> Actor:
    """Let the newest container, when it is at one of `letters`, go through steps; tell of each, if that is not lost."""

    def program(ports: Ports, ecs: Any) -> None:
        for step in steps:
            report = getattr(ecs, name)(step)
            if told:
                observe(ports, report)

    return Actor(name, program, _is_at(letters))


def _becomes(letter: str) -> Callable[[State], tuple[State, Report]]:
    def step(state: State) -> tuple[State, Report]:
        number = _newest(state)
        cloud = state.cloud.grown(number, letter, state.now)
        return state._replace(cloud=cloud), cloud.report(number, proof=Proof.ECS_EVENT)

    return step


def _ends(letter: str) -> Callable[[State], tuple[State, Report]]:
    """End the newest container, so if it ran, and unborn if it did not; if it has ended before, it only tells again."""

    def step(state: State) -> tuple[State, Report]:
        number = _newest(state)
        box = state.cloud.boxes[number]
        cloud = state.cloud.grown(number, end_of(box, letter), state.now) if box.alive else state.cloud
        return state._replace(cloud=cloud), cloud.report(number, proof=Proof.ECS_EVENT)

    return step


def end_of(box: Box, letter: str) -> str:
    """How a container ends that is to end by `letter`."""
    return letter if RUNNING in box.path or letter in NO_START else UNBORN


def _told(version: int | None, **parts: Any) -> Callable[[State], tuple[State, Report]]:
    """Tell of the newest container at a version (again); `parts` are of another container."""

    def step(state: State) -> tuple[State, Report]:
        report = state.cloud.report(_newest(state), version, Proof.ECS_EVENT)
        return state, structs.replace(report, **parts)

    return step


ANY = "PRSE01KTFCX"
LIVING = "RSE"
RUNS = _happens("RUNNING", PROVISIONING, _becomes(RUNNING))
EXITS_0 = _happens("exit 0", LIVING, _ends("0"))
EXITS_1 = _happens("exit 1", LIVING, _ends("1"))
EXITS_137 = _happens("exit 137", LIVING, _ends("K"))
EXITS_143 = _happens("exit 143", LIVING, _ends("T"))
FAILS_TO_START = _happens("fails to start", PROVISIONING, _ends("F"))
NO_CAPACITY = _happens("no capacity", PROVISIONING, _ends("C"))
EXIT_UNTOLD = _happens("exit 0, untold", LIVING, _ends("0"), told=False)
DIES = _happens("dies of its stop", "SE", _ends("T"))
STALE = _happens("stale event", ANY, _told(1))
DOUBLED = _happens("doubled event", ANY, _told(None), _told(None))
FOREIGN = _happens("foreign event", ANY, _told(None, started_by=f"calloff/other/{TASK}/1"))
EXTERNAL_STOP = _happens("external stop", "PR", _becomes(STOPPED_BY_OTHERS), _ends("T"))


def _told_of_the_first(version: int | None) -> Callable[[State], tuple[State, Report]]:
    """Tell of the first attempt's container."""
    return lambda state: (state, state.cloud.report(0, version, Proof.ECS_EVENT))


def _told_that_it_ran(state: State) -> tuple[State, Report]:
    number = _newest(state)
    version = state.cloud.boxes[number].path.index(RUNNING) + 1
    return state, state.cloud.report(number, version, Proof.ECS_EVENT)


STALE_RUNNING = replace(
    _happens("stale RUNNING", ANY, _told_that_it_ran),
    enabled=lambda state: bool(state.cloud.boxes) and RUNNING in state.cloud.boxes[-1].path,
)
OLDER = replace(
    _happens("older attempt's event", ANY, _told_of_the_first(1), _told_of_the_first(None)),
    enabled=lambda state: len(state.cloud.boxes) > 1,
)

# -- time


def passing(seconds: float) -> Actor:
    """Let time pass: longer than a worker lives; and perhaps than a call is on its way."""

    def step(state: State) -> tuple[State, None]:
        state = state._replace(now=state.now + timedelta(seconds=seconds))
        if seconds > TOO_LATE_TO_ARRIVE_S:
            state = state._replace(cloud=replace(state.cloud, late=()), flying=())
        return state, None

    return Actor(f"{seconds:g} s pass", lambda _, ecs: getattr(ecs, TIME_PASSES)(step))


LEASE_S = 100
"""After so long a launcher is given up."""
WINDOW_S = 3000
"""After so long since the claim nobody sends a launch again."""
LEASE_PASSES = passing(LEASE_S)
WINDOW_PASSES = passing(WINDOW_S)

CALLERS = (CANCEL, KILL, SECOND_CANCEL, PATCH_LATER, PATCH_SOONER)
WAKERS = (DEADLINE, SWEEP, HUNT, RELAUNCH)
EXITS = (EXITS_0, EXITS_1, EXITS_137, EXITS_143)
ENDS = (*EXITS, EXIT_UNTOLD, FAILS_TO_START, NO_CAPACITY, DIES, EXTERNAL_STOP)
TELLERS = (RUNS, STALE, STALE_RUNNING, DOUBLED, FOREIGN, OLDER)
ACTORS = (SUBMIT, *CALLERS, *WAKERS, *ENDS, *TELLERS, LEASE_PASSES, WINDOW_PASSES)
