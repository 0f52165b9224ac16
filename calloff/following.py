"""Read what a task's container wrote, and go on reading while it writes."""

from calloff import calls
from calloff.answers import LogPage, TaskDocument
from calloff.carrying import Patience
from calloff.operations import ask
from calloff.steps import Give, Pause, Steps
from calloff.watching import TERMINAL

FIRST_LOOK_S, LONGEST_LOOK_S = 0.3, 3.0
"""Between two looks at a log that has nothing new. CloudWatch Logs takes 25 readings a second from a whole account."""
SETTLE_S = 1.0
"""After a task's end: what was written last may show a moment late."""


def lines(task_id: str, patience: Patience, *, follow: bool) -> Steps[None]:
    """Give each line, oldest first. `follow`: go on until the task has ended and all is read."""
    cursor, pause_s, ended = None, FIRST_LOOK_S, not follow
    while True:
        page = yield from ask(calls.logs(task_id, cursor), patience, LogPage)
        for line in page.lines:
            yield Give(line)
        if page.cursor != cursor:
            cursor, pause_s = page.cursor, FIRST_LOOK_S
            continue
        if ended:
            return
        ended = (yield from ask(calls.get(task_id), patience, TaskDocument)).status in TERMINAL
        yield Pause(SETTLE_S if ended else pause_s)
        pause_s = min(pause_s * 1.5, LONGEST_LOOK_S)
