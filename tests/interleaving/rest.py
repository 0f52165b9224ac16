"""Coming to rest: faults cease, no event ever comes again, and time passes. Only the sweep and its like work on."""

from datetime import datetime, timedelta
from functools import cache

from chalicelib.due import deadline_at
from chalicelib.lifecycle import TERMINAL, Status
from chalicelib.observe import observe
from chalicelib.relaunch import relaunch_by_id
from chalicelib.report import Report
from chalicelib.task import Proof, Task
from tests.interleaving.actors import DEADLINE, HUNT, SWEEP, end_of
from tests.interleaving.carry import choices
from tests.interleaving.ecs import PROVISIONING, RUNNING, STOPPED_BY_OTHERS, STOPPING
from tests.interleaving.promise import wrong, wrong_at_rest
from tests.interleaving.replay import Lab
from tests.interleaving.world import Actor, State, Waiting

ROUNDS = 60
"""A world that has not come to rest after so many sweeps never does: the longest way has about thirty."""
A_WHILE = timedelta(minutes=5)
"""To the next look at what is overdue and could not be helped."""
TOLD = 20
"""Steps of a coming to rest that are told; if it never does, the rest is more of the same."""
NO_FATES = frozenset()


class BrokenError(Exception):
    """The promise does not hold: what is wrong, and the steps that led there."""

    def __init__(self, why: str, schedule: tuple[str, ...]) -> None:
        super().__init__("\n  ".join([why, *schedule]))
        self.why, self.schedule = why, schedule


def rest(lab: Lab, state: State) -> State:
    """Let the world come to rest, and tell of everything once more; answer it as it is then.

    Raises:
        BrokenError: it never comes to rest, or something is wrong on the way.
    """
    state = state._replace(workers=(), flying=(), faults=0, cloud=state.cloud.without_late())
    if state not in lab.rests:
        lab.rests[state] = Resting(lab).run(state)
    return lab.rests[state]


class Resting:
    """One coming to rest."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._schedule: list[str] = []

    def run(self, state: State) -> State:
        if not state.records:
            return state
        for number in range(ROUNDS):
            state = self._round(_lived_on(state), number)
            if at_rest(state):
                return self._settled(state)
            state = state._replace(now=_next_instant(state))
        raise BrokenError(f"never comes to rest: {_words(state)}", tuple(self._schedule[:TOLD]))

    def _round(self, state: State, number: int) -> State:
        state = self._work(state, SWEEP, f"rest: sweep {number}")
        for task_id in state.queue:
            state = state._replace(queue=state.queue[1:])
            state = self._work(state, _relaunching(task_id), f"rest: relaunch {number}")
        for timer in sorted(timer for timer in state.timers if timer[2] <= state.now):
            state = self._work(state._replace(timers=state.timers - {timer}), DEADLINE, f"rest: timer {number}")
        return state

    def _settled(self, state: State) -> State:
        """Hand every event in again, the newest first, and hunt: nothing changes any more."""
        statuses = [task.status for task in state.tasks]
        for number, box in enumerate(state.cloud.boxes):
            for version in range(len(box.path), 0, -1):
                teller = _telling(state.cloud.report(number, version, Proof.ECS_EVENT))
                state = self._work(state, teller, f"rest: {box.path[:version]} is told of {number}")
        cloud = state.cloud
        state = self._work(state, HUNT, "rest: hunt")
        why = wrong_at_rest(state)
        if statuses != [task.status for task in state.tasks] or state.cloud.boxes != cloud.boxes:
            why = "what came late changed a world at rest"
        if why:
            raise BrokenError(why, tuple(self._schedule[:TOLD]))
        return state

    def _work(self, state: State, actor: Actor, name: str) -> State:
        """Let a worker do its work, undisturbed."""
        state = state._replace(workers=(Waiting(actor, name),))
        while state.workers:
            [(label, after)] = choices(self._lab, state, 0, NO_FATES)
            self._schedule.append(label)
            if why := wrong(state, after):
                raise BrokenError(why, tuple(self._schedule[:TOLD]))
            state = after
        return state


@cache
def _telling(report: Report) -> Actor:
    return Actor("tell", lambda ports, _: observe(ports, report))


@cache
def _relaunching(task_id: str) -> Actor:
    return Actor("relaunch", lambda ports, _: relaunch_by_id(ports, task_id))


def at_rest(state: State) -> bool:
    """Tell whether nothing is left to do: each task has ended, or runs in its container for as long as it may."""
    return not state.queue and all(_at_rest(task, state) for task in state.tasks)


def _at_rest(task: Task, state: State) -> bool:
    if task.status in TERMINAL:
        return True
    container = next((r for r in state.cloud.find(None, state.now).reports if r.arn == task.ecs_arn), None)
    runs = container is not None and container.last_status == "RUNNING" and not container.dead
    deadline = deadline_at(task)
    return task.status is Status.RUNNING and runs and (deadline is None or deadline > state.now)


def _lived_on(state: State) -> State:
    """What ECS comes to by itself: what starts runs, what was stopped is dead."""
    cloud = state.cloud
    for number, box in enumerate(cloud.boxes):
        if box.path[-1] == PROVISIONING:
            cloud = cloud.grown(number, RUNNING, state.now)
        elif box.path[-1] in (STOPPING, STOPPED_BY_OTHERS):
            cloud = cloud.grown(number, end_of(box, "T"), state.now)
    return state._replace(cloud=cloud)


def _next_instant(state: State) -> datetime:
    """When something is due next, but for a second: what is late is late."""
    instants = [task.due_at for task in state.tasks if task.due_at is not None] + [at for *_, at in state.timers]
    coming = [instant for instant in instants if instant > state.now]
    return min(coming, default=state.now + A_WHILE) + timedelta(seconds=1)


def _words(state: State) -> str:
    tasks = [(str(t.status), t.attempt, t.ecs_arn, t.due_at, [str(e.event) for e in t.history]) for t in state.tasks]
    return f"{tasks}, {[box.path for box in state.cloud.boxes]}, at {state.now}"
