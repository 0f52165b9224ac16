"""Exit codes. What they mean stands in `commands`, so that help and documents say the same."""

from enum import IntEnum

from calloff import problems
from calloff.answers import TaskDocument
from calloff.errors import (
    APIError,
    CalloffError,
    NoAnswerError,
    SettingsError,
    TimeLimitError,
    UnreadableAnswerError,
    WaitTimeoutError,
)


class Exit(IntEnum):
    """An exit code."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    TOO_LATE = 3
    NOT_FOUND = 4
    NOT_ALLOWED = 5
    REFUSED = 6
    UNAVAILABLE = 7
    FAILED = 8
    CANCELLED = 9
    TIMED_OUT = 124
    INTERRUPTED = 130
    UNREAD = 141


_BY_TYPE: tuple[tuple[type[CalloffError], Exit], ...] = (
    (problems.TooLateError, Exit.TOO_LATE),
    (TimeLimitError, Exit.TIMED_OUT),
    (WaitTimeoutError, Exit.TIMED_OUT),
    (NoAnswerError, Exit.UNAVAILABLE),
    (SettingsError, Exit.USAGE),
    (UnreadableAnswerError, Exit.UNEXPECTED),
)
"""The first that fits counts."""
_BY_STATUS = {
    401: Exit.NOT_ALLOWED,
    403: Exit.NOT_ALLOWED,
    404: Exit.NOT_FOUND,
    429: Exit.UNAVAILABLE,
    503: Exit.UNAVAILABLE,
}
SERVER_FAULT = 500


def of_error(error: CalloffError) -> Exit:
    """The code for what went wrong."""
    for kind, code in _BY_TYPE:
        if isinstance(error, kind):
            return code
    return _of_status(error.status) if isinstance(error, APIError) else Exit.UNEXPECTED


def of_task(task: TaskDocument) -> Exit:
    """The code for how a task ended."""
    return {"completed": Exit.DONE, "failed": Exit.FAILED, "cancelled": Exit.CANCELLED}.get(task.status, Exit.DONE)


def _of_status(status: int) -> Exit:
    return _BY_STATUS.get(status, Exit.UNEXPECTED if status >= SERVER_FAULT else Exit.REFUSED)
