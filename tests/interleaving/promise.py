"""The promise, as what must hold at each step, whatever the schedule. It looks past Calloff, at the containers."""

from collections import Counter

from chalicelib.due import epoch
from chalicelib.lifecycle import TERMINAL, TRANSITIONS, Status
from chalicelib.task import Cause, Proof, Task, moves
from tests.interleaving.ecs import EXIT_CODES, RUNNING, STOPPING, Box, arn
from tests.interleaving.world import State

NOTHING_ALIVE = TERMINAL | {Status.PENDING}
TARGETS = {s: {t for (_, source), t in TRANSITIONS.items() if source is s} for s in Status}
MAY_LIVE = (Status.STARTING, Status.RUNNING)
IN_TIME = (Cause.TIMEOUT, Cause.QUEUE_TIMEOUT)


def wrong(before: State, after: State) -> str:
    """Say what is wrong with this step; nothing, when all is well."""
    if before.cloud is not after.cloud and (why := _innocent(before, after)):
        return why
    for record in after.records:
        was = before.record(record.task.id)
        if was is record and before.cloud is after.cloud and before.acknowledged is after.acknowledged:
            continue
        if why := _now(record.task, after) or (_moved(was.task, record.task, before) if was else ""):
            return why
    return ""


def _now(task: Task, state: State) -> str:
    """What must hold of a task at any moment."""
    own = [(n, box) for n, box in enumerate(state.cloud.boxes) if concerns(box, task.id)]
    living = [box for _, box in own if box.alive]
    if living and task.status in NOTHING_ALIVE:
        return f"{task.status}, and a container is alive"
    if len(living) > 1:
        return "two containers are alive"
    if any(several > 1 for several in Counter(box.token for _, box in own).values()):
        return "one attempt launched two containers"
    if task.id in state.acknowledged and task.status not in (Status.CANCELLING, Status.CANCELLED):
        return f"an acknowledged cancel, and it is {task.status}"
    if task.termination is not None and task.status in TERMINAL:
        return _termination(task, own)
    return ""


def _termination(task: Task, own: list[tuple[int, Box]]) -> str:
    """What is told of the end is what happened."""
    said = task.termination
    if said.proof is Proof.NEVER_LAUNCHED and any(RUNNING in box.path for _, box in own):
        return "never_launched, and a container of it ran"
    if said.proof in (Proof.GONE, Proof.NEVER_LAUNCHED):
        return ""
    [box] = [box for number, box in own if arn(number) == task.ecs_arn]
    if said.exit_code != EXIT_CODES.get(box.path.rstrip("S")[-1]):
        return f"exit code {said.exit_code}, and the container's path is {box.path}"
    if (task.status is Status.COMPLETED) != (box.path[-2:] == "R0") and task.status is not Status.CANCELLED:
        return f"{task.status}, and the container's path is {box.path}"
    return ""


def _moved(was: Task, task: Task, before: State) -> str:
    """What must hold of each change of a record."""
    if was.status is not task.status:
        if was.status in TERMINAL:
            return f"{was.status} became {task.status}"
        if task.status not in TARGETS[was.status]:
            return f"{was.status} became {task.status}, which the table does not know"
    elif was.status in TERMINAL and was.termination != task.termination:
        return f"the end of a {was.status} task was told anew"
    if task.cancellation and not was.cancellation and task.cancellation.cause in IN_TIME:
        overdue = was.deadline is not None and was.deadline <= epoch(before.now)
        return "" if overdue else "a timeout hit a task whose deadline had been moved"
    return ""


def _innocent(before: State, after: State) -> str:
    """Nobody is stopped whom nobody cancelled."""
    for number, (was, box) in enumerate(zip(before.cloud.boxes, after.cloud.boxes, strict=False)):
        if was.path == box.path or box.path[-1] != STOPPING:
            continue
        for task in before.tasks:
            mine = task.ecs_arn == arn(number) if task.ecs_arn else attempt(box) == task.attempt
            if concerns(box, task.id) and task.status in MAY_LIVE and mine:
                return "a container was stopped that nobody had cancelled"
    return ""


def wrong_at_rest(state: State) -> str:
    """Say what is wrong with a world in which nothing is left to do."""
    for task in state.tasks:
        names = [entry.write_id for entry in task.history]
        if len(set(names)) < len(names):
            return f"the history holds a write twice: {names}"
        path = list(moves(task.history))
        if None in [move.target for move in path] or path[-1].target is not task.status:
            return f"the history is no path to {task.status}: {[str(entry.event) for entry in task.history]}"
        if task.id in state.acknowledged and task.status is not Status.CANCELLED:
            return f"an acknowledged cancel ended {task.status}"
    return ""


def concerns(box: Box, task_id: str) -> bool:
    """Tell whether it is a container of this task's; read apart from what Calloff reads."""
    return box.started_by.split("/")[2] == task_id


def attempt(box: Box) -> int:
    """Of which attempt it is."""
    return int(box.started_by.split("/")[3])
