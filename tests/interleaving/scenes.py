"""Where schedules begin: a task in each situation that its life may bring it into, made by the verbs themselves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chalicelib import fargate
from chalicelib.task import Task
from tests.doubles.clock import START
from tests.doubles.examples import SPEC
from tests.doubles.world import settings
from tests.interleaving.actors import (
    CANCEL,
    EXIT_UNTOLD,
    EXITS_0,
    LEASE_S,
    NO_CAPACITY,
    RELAUNCH,
    RUNS,
    SUBMIT,
    SWEEP,
    WINDOW_S,
    passing,
    submitting,
)
from tests.interleaving.carry import Fate, choices
from tests.interleaving.replay import Lab
from tests.interleaving.world import Actor, State, Waiting


@dataclass
class Scene:
    """A world in the making."""

    lab: Lab
    state: State
    played: int = 0

    def play(self, actor: Actor, **goes_wrong: Fate | tuple[Fate, ...]) -> "Scene":
        """Let an actor do its work undisturbed; a call that is named goes wrong as it says, once or so often."""
        self.played += 1
        script = {call: [fates] if isinstance(fates, Fate) else list(fates) for call, fates in goes_wrong.items()}
        state = self.state._replace(workers=(Waiting(actor, f"before: {actor} {self.played}"),), faults=99)
        while state.workers:
            ways = dict(choices(self.lab, state, 0, frozenset(Fate)))
            calm, *_ = ways
            due = script.get(calm.rpartition(": ")[2])
            state = ways[f"{calm}: {due.pop(0)}" if due else calm]
        assert not any(script.values()), f"not called so often: {script}"
        self.state = state._replace(faults=0)
        return self

    @property
    def only(self) -> Task:
        """The record of the one task."""
        [task] = self.state.tasks
        return task

    def after(self, seconds: float) -> "Scene":
        """Let time pass."""
        return self.play(passing(seconds))


def begin(*, cold: bool = False) -> Scene:
    """A world in which nothing has happened yet."""
    lab = Lab(settings(), cold=cold)
    known = fargate.task_definition(SPEC, 30, lab.settings)["family"]
    return Scene(lab, State(START, families=frozenset() if cold else frozenset({known})))


def starting() -> Scene:
    return begin().play(SUBMIT)


def running(**limits: int) -> Scene:
    return begin().play(submitting(**limits)).play(RUNS)


def waiting(**limits: int) -> Scene:
    return begin().play(submitting(**limits), run=Fate.THROTTLED).after(10)


def launch_lost() -> Scene:
    """The launcher died when RunTask was carried out; nobody has its answer."""
    return begin().play(SUBMIT, run=Fate.DIES_AFTER)


def never_sent() -> Scene:
    """It died before RunTask."""
    return begin().play(SUBMIT, run=Fate.DIES_BEFORE)


def on_its_way() -> Scene:
    """It died, and its RunTask is on its way."""
    return begin().play(SUBMIT, run=Fate.DIES_LATE)


def second_attempt() -> Scene:
    return begin().play(SUBMIT).play(NO_CAPACITY).after(10).play(RELAUNCH)


SCENES: Mapping[str, Callable[[], Scene]] = {
    "new": begin,
    "waits": waiting,
    "waits, overdue": lambda: waiting(queue_timeout=5),
    "starting": starting,
    "starting, overdue": lambda: begin().play(submitting(queue_timeout=5)).after(10),
    "launch lost": lambda: launch_lost().after(LEASE_S),
    "launch never sent": lambda: never_sent().after(LEASE_S),
    "launch on its way": lambda: on_its_way().after(LEASE_S),
    "launch lost, can be sent no more": lambda: launch_lost().after(WINDOW_S),
    "never sent, listed empty once": lambda: never_sent().after(WINDOW_S).play(SWEEP).after(600),
    "running": running,
    "running, overdue": lambda: running(timeout=5).after(10),
    "running, exit untold": lambda: running().play(EXIT_UNTOLD).after(900),
    "running, forgotten": lambda: running().play(EXIT_UNTOLD).after(3700).play(SWEEP).after(300),
    "second attempt": second_attempt,
    "second attempt, running": lambda: second_attempt().play(RUNS),
    "cancelling": lambda: running().play(CANCEL).after(20),
    "cancelling, stop lost": lambda: running().play(CANCEL, stop=Fate.LOST_BEFORE).after(20),
    "cancelling, never told": lambda: starting().play(CANCEL, stop=Fate.LOST_BEFORE).after(20),
    "cancelling, launch lost": lambda: launch_lost().play(CANCEL).after(LEASE_S),
    "cancelling, launch never sent": lambda: never_sent().play(CANCEL).after(LEASE_S),
    "cancelling, launch on its way": lambda: on_its_way().play(CANCEL).after(LEASE_S),
    "cancelling, launch lost, can be sent no more": lambda: launch_lost().play(CANCEL).after(WINDOW_S),
    "cancelling, never sent, listed empty once": lambda: (
        never_sent().play(CANCEL).after(WINDOW_S).play(SWEEP).after(600)
    ),
    "cancelled": lambda: waiting().play(CANCEL),
    "completed": lambda: running().play(EXITS_0),
}
