"""What is shown while a task is followed: one line that changes, for a person; a line for each status, in a pipe."""

from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from calloff.answers import LogLine, TaskDocument
from calloff.carrying import Retry
from calloff.cli.output import Output
from calloff.cli.words import STYLES, progress
from calloff.watching import TERMINAL

REFRESH_S = 0.1


class View:
    """The line below, and what scrolls above it."""

    def __init__(self, output: Output, now: Callable[[], datetime]) -> None:
        self._output = output
        self._now = now
        self._task: TaskDocument | None = None
        self._note = ""
        self._spinner = Spinner("dots")
        self._live = Live(console=output.err, transient=True, auto_refresh=False, redirect_stdout=False)

    def __enter__(self) -> Self:
        if self._output.lively:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def task(self, task: TaskDocument) -> None:
        """Show the task as it is now."""
        changed = self._task is None or self._task.status != task.status
        self._task, self._note = task, ""
        if changed and not self._output.lively and task.status not in TERMINAL:
            self._output.note(f"calloff: {task.status}")
        self.refresh()

    def line(self, line: LogLine) -> None:
        """Show a line of the task's log: a result, above the line that changes."""
        if self._output.lively and self._output.out.is_terminal:
            self._live.console.print(Text(line.text), soft_wrap=True)
        else:
            self._output.plain(line.text)

    def say(self, text: str) -> None:
        """Tell something that stays."""
        self._output.note(text, "yellow")

    def retry(self, retry: Retry) -> None:
        """Show that a request is sent again, until there is news."""
        self._note = f"  (trying again: {retry.why})"
        self.refresh()

    def refresh(self) -> None:
        """Bring the line up to date."""
        if self._output.lively and self._task is not None:
            self._spinner.update(text=self._text(self._task), style=STYLES.get(self._task.status, ""))
            self._live.update(self._spinner, refresh=True)

    def _text(self, task: TaskDocument) -> Text:
        """One line, however narrow the terminal."""
        text = Text(progress(task, self._now()), style=STYLES.get(task.status, ""))
        text.append(self._note, style="dim")
        text.truncate(max(self._output.err.width - 3, 1), overflow="ellipsis")
        return text
