"""What each command does."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, assert_never

import msgspec

from calloff.answers import TaskDocument
from calloff.cli import exits, settings, table, timeline
from calloff.cli import local as local_cloud
from calloff.cli.exits import Exit
from calloff.cli.follow import Ended, Follower, Left
from calloff.cli.session import Session, now
from calloff.cli.words import STYLES, ending
from calloff.watching import TERMINAL

Work = Callable[[Session], Exit]
HIDDEN = 4
"""Characters of a token that are shown."""


def run(session: Session, image: str, command: Sequence[str], fields: dict[str, Any], *, detach: bool) -> Exit:
    """Submit a task, and follow it unless that is not wanted."""
    with session.client() as client:
        task = client.submit(image, command, **fields)
    session.task_id = task.id
    if detach:
        _print(session, task, task.id)
        return Exit.DONE
    session.output.note(f"calloff: task {task.id}", "dim")
    return _follow(session, task.id, cancels=True, with_logs=not session.output.json)


def ps(session: Session, query: dict[str, Any], limit: int | None, *, quiet: bool) -> Exit:
    """List tasks."""
    with session.client() as client:
        tasks = list(client.list(**query, limit=limit))
    if session.output.json:
        session.output.document(tasks)
    elif quiet:
        for task in tasks:
            session.output.plain(task.id)
    elif tasks or not session.output.out.is_terminal:
        table.show(tasks, session.output, now())
    else:
        session.output.note("No tasks. Next: calloff run IMAGE [COMMAND]...", "dim")
    return Exit.DONE


def show(session: Session, task_id: str) -> Exit:
    """Show a task."""
    with session.client() as client:
        task = client.get(task_id)
    if session.output.json:
        session.output.document(task)
    else:
        for line in timeline.page(task):
            session.output.out.print(line, soft_wrap=not session.output.out.is_terminal)
    return Exit.DONE


def cancel(session: Session, task_id: str, fields: dict[str, Any], *, wait: bool, timeout: float | None) -> Exit:
    """Cancel a task, and wait for the proof if that is wanted: of a cancellation, `cancelled` is what was asked for."""
    with session.client() as client:
        task = client.cancel(task_id, **fields)
    if wait and task.status not in TERMINAL:
        code = _follow(session, task_id, deadline_s=timeout)
        return Exit.DONE if code is Exit.CANCELLED else code
    _print(session, task, ending(task) if task.status in TERMINAL else _asked(task))
    return Exit.DONE


def wait(session: Session, task_id: str, timeout: float | None) -> Exit:
    """Wait for a task."""
    return _follow(session, task_id, deadline_s=timeout)


def logs(session: Session, task_id: str, *, follow: bool, timestamps: bool) -> Exit:
    """Show what a container wrote."""
    with session.client() as client:
        for line in client.logs(task_id, follow=follow):
            if session.output.json:
                session.output.plain(msgspec.json.encode(line).decode())
            else:
                session.output.plain(f"{line.at}  {line.text}" if timestamps else line.text)
    return Exit.DONE


def local(port: int | None) -> Exit:
    """Become the local cloud."""
    local_cloud.start(port)
    return Exit.UNEXPECTED


def show_settings(session: Session) -> Exit:
    """Show the settings, and where each came from."""
    found = session.settings
    shown = {key: _shown(key, found[key].value) for key in settings.KEYS if key in found}
    if session.output.json:
        session.output.document({key: {"value": shown[key], "source": found[key].source} for key in shown})
        return Exit.DONE
    for key, meaning in settings.KEYS.items():
        value, source = (shown[key], found[key].source) if key in found else ("-", meaning)
        session.output.plain(f"{key:<12} {value:<32} {source}".rstrip())
    session.output.note(f"File: {settings.path()}", "dim")
    return Exit.DONE


def write_setting(session: Session, key: str, value: str | None) -> Exit:
    """Change the file."""
    settings.write(key, value)
    session.output.note(f"{settings.path()}: {key} {'removed' if value is None else 'set'}", "dim")
    return Exit.DONE


def _follow(
    session: Session,
    task_id: str,
    *,
    deadline_s: float | None = None,
    cancels: bool = False,
    with_logs: bool = False,
) -> Exit:
    match asyncio.run(_followed(session, task_id, deadline_s, cancels=cancels, with_logs=with_logs)):
        case Ended(task):
            _told(session, task)
            return exits.of_task(task)
        case Left():
            session.output.note(f"The task goes on. Next: calloff wait {task_id}", "yellow")
            return Exit.INTERRUPTED
        case other:
            assert_never(other)


async def _followed(
    session: Session, task_id: str, deadline_s: float | None, *, cancels: bool, with_logs: bool
) -> Ended | Left:
    view = session.view()
    async with session.follower(view) as client:
        with view:
            follower = Follower(client, task_id, view, deadline_s, with_logs=with_logs, cancels=cancels)
            return await follower.follow()


def _told(session: Session, task: TaskDocument) -> None:
    if session.output.json:
        session.output.document(task)
    else:
        session.output.note(f"calloff: {ending(task)}", STYLES.get(task.status, ""))


def _print(session: Session, task: TaskDocument, words: str) -> None:
    if session.output.json:
        session.output.document(task)
    else:
        session.output.plain(words)


def _asked(task: TaskDocument) -> str:
    by = task.cancellation and task.cancellation.expected_by
    return f"{task.status}{f'; dead by {by} at the latest' if by else ''}. Next: calloff wait {task.id}"


def _shown(key: str, value: str) -> str:
    return value if key != "token" or len(value) <= HIDDEN * 4 else f"{value[:HIDDEN]}…"
