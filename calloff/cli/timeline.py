"""The page of `calloff show`: what a task is, and what became of it, instant by instant."""

from collections.abc import Iterator

import msgspec
from rich.text import Text

from calloff.answers import Move, Progress, TaskDocument
from calloff.cli.words import STYLES, ending, instant

QUIET = frozenset({"attended", "lease_taken", "sighted", "claimed", "queued"})
"""Events that tell of Calloff's work on the task, not of the task."""
INDENT = "  "
SHOWN = 200
"""Characters of a result; `--json` has it whole."""


def page(task: TaskDocument) -> Iterator[Text]:
    """Make the page, a line each."""
    style = STYLES.get(task.status, "")
    yield Text.assemble((task.id, "bold"), "  ", (task.status, style))
    for name, value in _facts(task):
        yield Text.assemble((f"{INDENT}{name:<11}", "dim"), value)
    yield Text()
    yield from _timeline(task)
    if task.ended_at:
        yield Text()
        yield Text(INDENT + ending(task), style=style)


def _facts(task: TaskDocument) -> Iterator[tuple[str, str]]:
    yield "image", task.image
    if task.command:
        yield "command", " ".join(task.command)
    yield "owner", task.owner
    yield "size", f"{task.cpu} CPU units, {task.memory} MiB"
    yield "grace", f"{task.stop_timeout} s"
    if task.timeout:
        yield "timeout", f"{task.timeout} s"
    if task.heartbeat_timeout:
        yield "heartbeat", f"each {task.heartbeat_timeout} s at the latest"
    if task.resume_from:
        yield "resumes", task.resume_from
    if task.labels:
        yield "labels", " ".join(f"{name}={value}" for name, value in task.labels.items())
    if task.attempt > 1:
        yield "attempt", str(task.attempt)
    if task.cancellation:
        yield "cancelled", _asked(task)
    yield from _told(task)


def _told(task: TaskDocument) -> Iterator[tuple[str, str]]:
    """What the task itself told."""
    if task.heartbeat_at:
        yield "heard", task.heartbeat_at
    if task.progress:
        yield "progress", _progress(task.progress)
    if task.checkpoint:
        yield "checkpoint", f"{task.checkpoint.size} bytes, {task.checkpoint.at}"
    if task.result:
        data = msgspec.json.encode(task.result.data).decode()
        shown = data if len(data) <= SHOWN else f"{data[:SHOWN]}…"
        yield "result", f"{'partial: ' if task.result.partial else ''}{shown}"


def _progress(told: Progress) -> str:
    total = "" if told.total is None else f" of {told.total:.12g}"
    return f"{told.done:.12g}{total}{f': {told.message}' if told.message else ''}"


def _asked(task: TaskDocument) -> str:
    asked = task.cancellation
    if asked is None:
        return ""
    code = f" ({asked.reason_code})" if asked.reason_code else ""
    reason = f": {asked.reason}" if asked.reason else ""
    force = ", by force" if asked.force_requested else ""
    return f"for {asked.cause}, by {asked.requested_by}{force}{reason}{code}"


def _timeline(task: TaskDocument) -> Iterator[Text]:
    moves = [move for move in task.history if move.event not in QUIET or move.source != move.target]
    before = None
    for move in moves:
        yield _line(move, before, last=move is moves[-1])
        before = move


def _line(move: Move, before: Move | None, *, last: bool) -> Text:
    at = instant(move.at)
    time = f"{at:%H:%M:%S}.{at.microsecond // 1000:03}" if before is None else _after(before, move)
    changed = move.target is not None and move.target != move.source
    style = STYLES.get(move.target or "", "")
    mark = ("●" if last else "├") if before else "┌"
    words = move.event.replace("_", " ")
    line = Text.assemble((f"{INDENT}{time:>12}", "dim"), f"  {mark} ", (words, style if changed else "dim"))
    if changed:
        line.append(f" → {move.target}", style=style)
    line.append(f"  {move.by}", style="dim")
    if move.reason:
        line.append(f": {move.reason}", style="dim")
    return line


def _after(before: Move, move: Move) -> str:
    return f"+{(instant(move.at) - instant(before.at)).total_seconds():.3f} s"
