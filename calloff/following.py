"""Read what a task's container wrote, and go on reading while it writes."""

from typing import TypeVar

from calloff import calls
from calloff.answers import LogPage, TaskDocument
from calloff.bearing import Outages
from calloff.carrying import Patience
from calloff.errors import APIError, NoAnswerError
from calloff.operations import ask
from calloff.steps import Call, Give, Pause, Steps
from calloff.watching import TERMINAL

T = TypeVar("T")

FIRST_LOOK_S, LONGEST_LOOK_S = 0.3, 3.0
"""Between two looks at a log that has nothing new. CloudWatch Logs takes 25 readings a second from a whole account."""
SETTLE_S = 1.0
"""After a task's end: what was written last may show a moment late."""


def lines(task_id: str, patience: Patience, *, follow: bool) -> Steps[None]:
    """Give each line, oldest first. `follow`: go on until the task has ended and all is read.

    Raises:
        APIError: the API refused to show it.
        NoAnswerError: the API could not be had; of a log that is followed, for a minute.
    """
    outages = Outages(patience) if follow else None
    cursor, pause_s, ended = None, FIRST_LOOK_S, not follow
    while True:
        again_s = SETTLE_S if ended else pause_s
        page = yield from _look(calls.logs(task_id, cursor), LogPage, patience, outages, again_s)
        if page is not None:
            for line in page.lines:
                yield Give(line)
            if page.cursor != cursor:
                cursor, pause_s = page.cursor, FIRST_LOOK_S
                continue
            if ended:
                return
            task = yield from _look(calls.get(task_id), TaskDocument, patience, outages, again_s)
            ended = task is not None and task.status in TERMINAL
        yield Pause(SETTLE_S if ended else pause_s)
        pause_s = min(pause_s * 1.5, LONGEST_LOOK_S)


def _look(call: Call, into: type[T], patience: Patience, outages: Outages | None, again_s: float) -> Steps[T | None]:
    """Ask; None if nothing was heard and that is borne."""
    try:
        answer = yield from ask(call, patience, into)
    except (NoAnswerError, APIError) as error:
        if outages is None:
            raise
        outages.bear(error, again_s)
        return None
    if outages is not None:
        outages.heard()
    return answer
