"""What the log driver ``awslogs`` would have put into CloudWatch Logs, in CloudWatch Logs' own API: GetLogEvents.

Nothing is copied: a stream is read from the runtime when it is asked for, by the name that the driver gives it
(``prefix/container/task-id``). It stays there as long as the runtime keeps it, which is past the task's end.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from localcloud.ecs.errors import EcsError, invalid
from localcloud.ecs.runtimes.port import Key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from localcloud.ecs.model import Json, Task
    from localcloud.ecs.runtimes.port import Line

MOST = 10_000
"""Events that one answer holds ..."""
MOST_BYTES = 1 << 20
"""... and their bytes, each event with 26 more (*GetLogEvents* and *PutLogEvents*, CloudWatch Logs API reference)."""
OVERHEAD = 26

_STREAM = re.compile(r"(?P<prefix>[\w/-]+)/(?P<container>[\w-]+)/(?P<task>[\w-]+)", re.ASCII)
_TOKEN = re.compile(r"[fb]/(?P<place>\d{1,18})/s", re.ASCII)


def get_log_events(params: Json, task_of: Callable[[str], Task | None], read: Callable[[Key], Sequence[Line]]) -> Json:
    """Answer a page of a stream. At either end the token of that direction is the one that was given.

    Raises ResourceNotFoundException for a stream that does not exist, InvalidParameterException for a foreign token.
    """
    group, stream = params.get("logGroupName") or params.get("logGroupIdentifier"), params["logStreamName"]
    lines = _lines(str(group), stream, task_of, read)
    lines = [each for each in lines if _within(each, params)]
    limit = params.get("limit", MOST)
    if "nextToken" in params:
        forward, place = _place(params["nextToken"])
    else:
        forward = params.get("startFromHead", False)
        place = 0 if forward else len(lines)
    first, last = _forward(lines, place, limit) if forward else _backward(lines, place, limit)
    return {
        "events": [_event(each) for each in lines[first:last]],
        "nextForwardToken": _token("f", last),
        "nextBackwardToken": _token("b", first),
    }


def _lines(
    group: str, stream: str, task_of: Callable[[str], Task | None], read: Callable[[Key], Sequence[Line]]
) -> Sequence[Line]:
    found = _STREAM.fullmatch(stream)
    if found is None:
        raise _no_stream()
    task, key = task_of(found["task"]), Key(found["task"], found["container"])
    if task is not None and not _is_driven(task, key.container, group, found["prefix"]):
        raise _no_stream()
    lines = read(key)
    if not lines:
        # The driver makes the stream with the container; the two cannot be told apart here until something is written.
        raise _no_stream()
    return lines


def _is_driven(task: Task, container: str, group: str, prefix: str) -> bool:
    """Say whether the container has a log driver that writes to this group by this prefix."""
    for each in task.containers:
        if each.name == container:
            log = each.definition.get("logConfiguration", {})
            options = log.get("options", {})
            wanted = (log.get("logDriver"), options.get("awslogs-group"), options.get("awslogs-stream-prefix"))
            return bool(wanted == ("awslogs", group, prefix))
    return False


def _within(line: Line, params: Json) -> bool:
    at = _milliseconds(line)
    return bool(params.get("startTime", at) <= at < params.get("endTime", at + 1))


def _forward(lines: Sequence[Line], place: int, limit: int) -> tuple[int, int]:
    first = last = min(place, len(lines))
    size = 0
    while last < len(lines) and last - first < limit and (size := size + _size(lines[last])) <= MOST_BYTES:
        last += 1
    # A token beyond the end stays what it is: what it waits for may yet come.
    return (place, place) if place > len(lines) else (first, last)


def _backward(lines: Sequence[Line], place: int, limit: int) -> tuple[int, int]:
    first = last = min(place, len(lines))
    size = 0
    while first and last - first < limit and (size := size + _size(lines[first - 1])) <= MOST_BYTES:
        first -= 1
    return first, last


def _size(line: Line) -> int:
    return len(line.text.encode()) + OVERHEAD


def _place(token: str) -> tuple[bool, int]:
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise invalid("The specified nextToken is invalid.")
    return token.startswith("f"), int(found["place"])


def _token(direction: str, place: int) -> str:
    return f"{direction}/{place:018d}/s"


def _event(line: Line) -> Json:
    return {"timestamp": _milliseconds(line), "message": line.text, "ingestionTime": _milliseconds(line)}


def _milliseconds(line: Line) -> int:
    return int(line.at * 1000)


def _no_stream() -> EcsError:
    return EcsError("ResourceNotFoundException", "The specified log stream does not exist.")
