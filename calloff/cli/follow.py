"""Follow a task to its end, with a person at the keyboard.

Ctrl-C means more each time: the first cancels the task and goes on waiting for the proof of its death, the second asks
for force, the third leaves it alone. Where the task is only watched, the first leaves already.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from calloff.aio import AsyncClient
from calloff.answers import TaskDocument
from calloff.bearing import passing
from calloff.cli.view import REFRESH_S, View
from calloff.errors import CalloffError
from calloff.problems import TooLateError

LAST_LINES_S = 15.0
"""Seconds that a log has, after its task's end, to show what was written last."""
AGAIN_S = 1.0
BY_FORCE, LEAVE = 2, 3


@dataclass(frozen=True)
class Ended:
    """The task has ended."""

    task: TaskDocument


@dataclass(frozen=True)
class Left:
    """The person left; the task goes on."""


@dataclass
class Follower:
    """One task, followed once."""

    client: AsyncClient
    task_id: str
    view: View
    deadline_s: float | None = None
    with_logs: bool = False
    cancels: bool = False
    """Ctrl-C cancels before it leaves."""
    presses: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)
    helpers: set[asyncio.Task[None]] = field(default_factory=set)

    async def follow(self) -> Ended | Left:
        """Follow the task.

        Raises:
            CalloffError: it cannot be watched (any more).
        """
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._pressed)
        logs = self._help(self._logs()) if self.with_logs else None
        self._help(self._refresh())
        watching, leaving = asyncio.ensure_future(self._watch()), asyncio.ensure_future(self.left.wait())
        try:
            await asyncio.wait({watching, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not watching.done():
                return Left()
            ended = watching.result()
            if logs:
                await asyncio.wait({logs, leaving}, timeout=LAST_LINES_S, return_when=asyncio.FIRST_COMPLETED)
            return Ended(ended)
        finally:
            loop.remove_signal_handler(signal.SIGINT)
            await _end({watching, leaving, *self.helpers})

    async def _watch(self) -> TaskDocument:
        task: TaskDocument | None = None
        async for task in self.client.watch(self.task_id, deadline=self.deadline_s):
            self.view.task(task)
        assert task is not None  # noqa: S101 - a watch gives what it ends with
        return task

    async def _logs(self) -> None:
        try:
            async for line in self.client.logs(self.task_id, follow=True):
                self.view.line(line)
        except CalloffError as error:
            self.view.say(f"The log cannot be followed: {error}")

    async def _refresh(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_S)
            self.view.refresh()

    def _pressed(self) -> None:
        self.presses += 1
        if not self.cancels or self.presses >= LEAVE:
            self.left.set()
        elif self.presses == BY_FORCE:
            self.view.say("Asking for force. Ctrl-C once more leaves the task alone.")
            self._help(self._insist(lambda: self.client.kill(self.task_id, reason="Ctrl-C, twice")))
        else:
            self.view.say("Cancelling, and waiting for the proof. Ctrl-C again asks for force, a third one leaves.")
            self._help(self._insist(lambda: self.client.cancel(self.task_id, reason="Ctrl-C")))

    async def _insist(self, ask: Callable[[], Awaitable[TaskDocument]]) -> None:
        """Ask until it is heard: whoever pressed Ctrl-C does not want to type it again for a lost packet."""
        while True:
            try:
                self.view.task(await ask())
            except TooLateError:
                return
            except CalloffError as error:
                if not passing(error):
                    self.view.say(f"It cannot be cancelled: {error}")
                    return
                self.view.say(f"The cancellation did not get through; trying again. ({error})")
                await asyncio.sleep(AGAIN_S)
            else:
                return

    def _help(self, work: Any) -> asyncio.Task[None]:
        helper: asyncio.Task[None] = asyncio.ensure_future(work)
        self.helpers.add(helper)
        return helper


async def _end(tasks: set[Any]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, CalloffError):
            await task
