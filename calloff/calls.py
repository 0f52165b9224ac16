"""The requests of the API, each made of its arguments."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

import msgspec

from calloff.steps import Call


def submit(image: str, command: Sequence[str], key: str | None, fields: Mapping[str, object]) -> Call:
    """Submit a task. Without a key it gets a random one: what is sent again then finds the task that it made."""
    if isinstance(command, str):
        message = 'command is a sequence of words, such as ["sleep", "600"]'
        raise TypeError(message)
    body = {"image": image, "command": list(command), **fields}
    return _sending("POST", "/tasks", body, {"Idempotency-Key": key or str(uuid.uuid4())})


def get(task_id: str) -> Call:
    """Show a task."""
    return Call("GET", _path(task_id))


Query = Mapping[str, str | int | Iterable[str] | None]


def listing(status: str | Iterable[str], labels: Mapping[str, str] | None, owner: str | None) -> Query:
    """Say which tasks are to be listed."""
    statuses = (status,) if isinstance(status, str) else tuple(status)
    return {"status": statuses, "label": [f"{name}={value}" for name, value in (labels or {}).items()], "owner": owner}


def page(query: Query, cursor: str | None) -> Call:
    """List a page of tasks."""
    return Call("GET", "/tasks", (*_query(query), *_query({"cursor": cursor})))


def logs(task_id: str, cursor: str | None) -> Call:
    """Read a page of a task's log."""
    return Call("GET", _path(task_id, "logs"), _query({"cursor": cursor}))


def cancel(task_id: str, fields: Mapping[str, object]) -> Call:
    """Cancel a task."""
    return _sending("POST", _path(task_id, "cancel"), fields)


def kill(task_id: str, fields: Mapping[str, object]) -> Call:
    """Cancel a task with `mode: force`."""
    return _sending("POST", _path(task_id, "kill"), fields)


def set_timeout(task_id: str, timeout: int) -> Call:
    """Give a task another time limit."""
    return _sending("PATCH", _path(task_id), {"timeout": timeout})


def _sending(method: str, path: str, fields: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Call:
    body = msgspec.json.encode({name: value for name, value in fields.items() if value is not None})
    return Call(method, path, (), {"Content-Type": "application/json", **(headers or {})}, body)


def _path(task_id: str, *more: str) -> str:
    return "/".join(["/tasks", quote(task_id, safe=""), *more])


def _query(values: Query) -> tuple[tuple[str, str], ...]:
    """Spread values into pairs; what is None is left out, of what is several each has a pair."""
    pairs: list[tuple[str, str]] = []
    for name, value in values.items():
        match value:
            case None:
                pass
            case str() | int():
                pairs.append((name, str(value)))
            case several:
                pairs += [(name, each) for each in several]
    return tuple(pairs)
