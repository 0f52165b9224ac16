"""What must hold in every state of the model, and where it may rest."""

from chalicelib.lifecycle import TERMINAL, Status
from tests.model.record import OVER
from tests.model.state import State

NOTHING_ALIVE = TERMINAL | {Status.PENDING}


def wrong(before: State, after: State) -> str:
    """Say what is wrong with a step; nothing, when all is well."""
    if before.record is after.record and before.boxes is after.boxes and before.acknowledged is after.acknowledged:
        return ""
    status = after.record.status
    if before.record.status in TERMINAL and status is not before.record.status:
        return f"{before.record.status} became {status}"
    if after.acknowledged and status not in (Status.CANCELLING, Status.CANCELLED):
        return f"an acknowledged cancel, and it is {status}"
    living = sum(box.alive for box in after.boxes)
    if living and status in NOTHING_ALIVE:
        return f"{status}, and a container is alive"
    if living > 1:
        return "two containers are alive"
    if len({box.attempt for box in after.boxes}) < len(after.boxes):
        return "one attempt launched two containers"
    return ""


def at_rest(state: State) -> bool:
    """Tell whether it may stay so for ever: it has ended, or it truly runs."""
    record = state.record
    if state.workers or state.late or state.stops:
        return False
    if record.status in TERMINAL:
        return not any(box.alive for box in state.boxes)
    if record.status is not Status.RUNNING or record.ecs_arn is None or record.deadline == OVER:
        return False
    return state.box(record.ecs_arn).path[-1] == "R" and sum(box.alive for box in state.boxes) == 1
