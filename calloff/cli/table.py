"""The list of `calloff ps`."""

from collections.abc import Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from calloff.answers import TaskDocument
from calloff.cli.output import Output
from calloff.cli.words import STYLES, since, span

HEAD = ("TASK", "STATUS", "AGE", "IMAGE", "COMMAND", "LABELS")
COLUMNS_BY_WIDTH = ((120, 6), (84, 5), (60, 3), (0, 2))
"""From how many letters of a terminal on how many columns are shown."""
ID = 36
"""Letters of an id. One that is cut could not be copied: where there is no room it is rather broken."""


def show(tasks: Sequence[TaskDocument], output: Output, now: datetime) -> None:
    """Print tasks: fitted to a terminal, or a line each with tabs for programs, nothing left out."""
    rows = [_row(task, now) for task in tasks]
    if not output.out.is_terminal:
        for row in (HEAD, *rows):
            output.plain("\t".join(row))
        return
    shown = next(number for width, number in COLUMNS_BY_WIDTH if output.out.width >= width)
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(HEAD[0], overflow="fold", min_width=min(ID, output.out.width - 14))
    for name in HEAD[1:3]:
        table.add_column(name, no_wrap=True)
    for name in HEAD[3:]:
        table.add_column(name, no_wrap=True, overflow="ellipsis", ratio=1)
    del table.columns[shown:]
    for row in rows:
        table.add_row(row[0], Text(row[1], style=STYLES.get(row[1], "")), *row[2:shown])
    output.out.print(table)


def _row(task: TaskDocument, now: datetime) -> tuple[str, ...]:
    labels = " ".join(f"{name}={value}" for name, value in task.labels.items())
    words = (task.id, task.status, span(since(task.created_at, now)), task.image, " ".join(task.command), labels)
    return tuple(" ".join(word.split()) for word in words)
