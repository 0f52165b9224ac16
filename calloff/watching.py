"""Watch a task until it has ended.

Each look names the version that was seen last (`If-None-Match`), so that an answer without news is short. The pauses
between looks grow, and shrink again when something has changed.
"""

from dataclasses import replace

from calloff import calls, reading
from calloff.answers import TaskDocument
from calloff.bearing import Outages
from calloff.carrying import Patience, carry_out
from calloff.errors import APIError, NoAnswerError, WaitTimeoutError
from calloff.steps import Call, Give, Pause, Reply, Steps

TERMINAL = frozenset({"completed", "failed", "cancelled"})
FIRST_LOOK_S, LONGEST_LOOK_S = 0.2, 5.0
NOT_MODIFIED = 304


def watch(task_id: str, patience: Patience, within_s: float | None) -> Steps[TaskDocument]:
    """Give the task as it is, and again whenever it has changed, until it has ended; the result is the last.

    Raises:
        WaitTimeoutError: it has not ended within so many seconds.
        APIError: the API refused to show it.
        NoAnswerError: the API could not be had for a minute.
    """
    look = _Look(task_id, patience, within_s)
    while True:
        task = yield from look.once()
        if task is not None:
            yield Give(task)
            if task.status in TERMINAL:
                return task
        yield from look.pause()


class _Look:
    """The state between looks."""

    def __init__(self, task_id: str, patience: Patience, within_s: float | None) -> None:
        self._call = calls.get(task_id)
        self._patience = patience
        self._ends = None if within_s is None else patience.now() + within_s
        self._within_s = within_s
        self._outages = Outages(patience)
        self._pause_s = FIRST_LOOK_S
        self._etag: str | None = None
        self._last: TaskDocument | None = None

    def once(self) -> Steps[TaskDocument | None]:
        """Look; None if nothing is new, or nothing was heard."""
        try:
            reply = yield from carry_out(self._asking(), self._patience_left())
        except (NoAnswerError, APIError) as error:
            self._outages.bear(error, self._pause_s)
            return None
        self._outages.heard()
        return self._news(reply)

    def pause(self) -> Steps[None]:
        """Let time pass; and see whether there is any left."""
        seconds = self._pause_s
        if self._ends is not None:
            left = self._ends - self._patience.now()
            if left <= 0:
                self._give_up()
            seconds = min(seconds, left)
        yield Pause(seconds)
        self._pause_s = min(self._pause_s * 1.3, LONGEST_LOOK_S)

    def _asking(self) -> Call:
        return replace(self._call, headers={"If-None-Match": self._etag}) if self._etag else self._call

    def _patience_left(self) -> Patience:
        """The last look takes no longer than there is time left."""
        if self._ends is None:
            return self._patience
        left = self._ends - self._patience.now()
        return replace(self._patience, limit_s=max(min(self._patience.limit_s, left), 1.0))

    def _news(self, reply: Reply) -> TaskDocument | None:
        if reply.status == NOT_MODIFIED:
            return None
        task = reading.read(reply, TaskDocument)
        self._etag = reply.headers.get("etag")
        if task == self._last:
            return None
        if self._last is None or task.status != self._last.status:
            self._pause_s = FIRST_LOOK_S
        self._last = task
        return task

    def _give_up(self) -> None:
        task, within_s = self._last, self._within_s
        if task is None:
            raise NoAnswerError(f"nothing was heard of the task within {within_s:g} s")
        raise WaitTimeoutError(f"the task has not ended within {within_s:g} s; it is {task.status}", task)
