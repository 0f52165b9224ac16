"""Show what a task's container wrote. It stays when the task has ended, and when it was cancelled."""

import msgspec

from chalicelib.fargate import log_stream
from chalicelib.ports import Line, Lines, NoSuchToken, Nothing, Ports, Unread
from chalicelib.show import NotAllowed, NotFound, find


class LogPosition(msgspec.Struct, frozen=True):
    """Where a page of a task's log ended."""

    stream: str
    """Of one attempt's container: another one has a log of its own."""
    token: str


class LogRequest(msgspec.Struct, frozen=True):
    """What is to be read."""

    task_id: str
    owner: str | None
    """Only of a task of this owner; None for callers who may see everybody's."""
    limit: int
    after: LogPosition | None


class Output(msgspec.Struct, frozen=True):
    """Lines, oldest first; `next` is None as long as there is no log."""

    lines: tuple[Line, ...]
    next: LogPosition | None


class Outdated(msgspec.Struct, frozen=True):
    """The position is none any more: CloudWatch Logs forgets its tokens after a day."""


def read_logs(ports: Ports, request: LogRequest) -> Output | Outdated | Unread | NotAllowed | NotFound:
    """Read a page of what the container of the task's current attempt wrote.

    Earlier attempts wrote nothing: a task is launched again only if its container never ran. At the end the position
    is the one that was given: whoever asks again with it gets what came since.
    """
    task = find(ports, request.task_id, request.owner)
    if isinstance(task, NotAllowed | NotFound):
        return task
    if task.ecs_arn is None:
        return Output((), None)
    stream = log_stream(task.ecs_arn)
    after = request.after if request.after and request.after.stream == stream else None
    match ports.logs.read(stream, request.limit, after.token if after else None):
        case Lines(lines, token):
            return Output(tuple(lines), LogPosition(stream, token))
        case Nothing():
            return Output((), after)
        case NoSuchToken():
            return Outdated()
        case Unread() as unread:
            return unread
