"""The list of `calloff ps`."""

from collections.abc import Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from calloff.answers import TaskDocument
from calloff.cli.output import Output
from calloff.cli.words import STYLES, since, span

HEAD = ("TASK", "STATUS", "AGE", "IMAGE", "COMMAND", "LABELS")
MEDIUM, WIDE = 80, 110
"""Columns of a terminal from which on the command, and the labels, are shown."""


def show(tasks: Sequence[TaskDocument], output: Output, now: datetime) -> None:
    """Print tasks: fitted to a terminal, or a line each with tabs for programs, nothing left out."""
    rows = [_row(task, now) for task in tasks]
    if not output.out.is_terminal:
        for row in (HEAD, *rows):
            output.plain("\t".join(row))
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    shown = HEAD[: 3 if output.out.width < MEDIUM else 5 if output.out.width < WIDE else 6]
    for name in shown:
        fixed = name in HEAD[:3]
        # An id that is cut could not be copied: rather let it have lines of its own.
        table.add_column(
            name, no_wrap=name != "TASK", overflow="fold" if fixed else "ellipsis", ratio=None if fixed else 1
        )
    for row in rows:
        table.add_row(row[0], Text(row[1], style=STYLES.get(row[1], "")), *row[2 : len(shown)])
    output.out.print(table)


def _row(task: TaskDocument, now: datetime) -> tuple[str, ...]:
    labels = " ".join(f"{name}={value}" for name, value in task.labels.items())
    words = (task.id, task.status, span(since(task.created_at, now)), task.image, " ".join(task.command), labels)
    return tuple(" ".join(word.split()) for word in words)
