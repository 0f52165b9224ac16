"""One command, from its settings to its exit code."""

import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from calloff.aio import AsyncClient
from calloff.carrying import Retry
from calloff.cli import settings, trouble
from calloff.cli.connecting import connect, connect_async
from calloff.cli.exits import Exit
from calloff.cli.output import output
from calloff.cli.view import View
from calloff.client import Client
from calloff.errors import CalloffError


class Session:
    """What a command has at hand."""

    def __init__(self, options: Mapping[str, str | None], command: str, task_id: str | None, *, json: bool) -> None:
        self.options = options
        self.command = command
        self.task_id = task_id
        self.output = output(json=json)
        self._said_retry = False

    def carry(self, work: "Callable[[Session], Exit]") -> int:
        """Do the work, and answer the exit code; what went wrong is told."""
        try:
            return int(work(self))
        except CalloffError as error:
            return trouble.tell(error, self.output, self.command, self.task_id)
        except BrokenPipeError:
            # Whoever read is gone. What is still in the buffer has nowhere to go, and Python would complain of it.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return Exit.UNREAD
        except KeyboardInterrupt:
            return Exit.INTERRUPTED

    @property
    def settings(self) -> settings.Settings:
        """The settings of this command."""
        return settings.read(self.options)

    def client(self) -> Client:
        """Make a client."""
        return connect(self.settings, self._retrying)

    def follower(self, view: View) -> AsyncClient:
        """Make a client for following."""
        return connect_async(self.settings, view.retry)

    def view(self) -> View:
        """Make what is shown while a task is followed."""
        return View(self.output, now)

    def _retrying(self, retry: Retry) -> None:
        """Say once why it takes longer, to a person."""
        if self.output.lively and not self._said_retry:
            self.output.note(f"Trying again: {retry.why}", "dim")
            self._said_retry = True


def now() -> datetime:
    """Tell the time on the user's machine."""
    return datetime.now(UTC)
