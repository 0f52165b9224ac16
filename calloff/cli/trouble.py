"""What went wrong, and what to type next."""

from typing import Any

import msgspec

from calloff import problems
from calloff.cli import exits
from calloff.cli.output import Output
from calloff.errors import APIError, CalloffError, NoAnswerError, SettingsError, UnreadableAnswerError, WaitTimeoutError


def tell(error: CalloffError, output: Output, command: str, task_id: str | None) -> int:
    """Say it on standard error, and answer the exit code."""
    code = exits.of_error(error)
    what, following = words(error), hint(error, command, task_id)
    if output.json:
        document: dict[str, Any] = {"error": what, "exit_code": int(code), "next": following}
        if isinstance(error, APIError):
            document["problem"] = error.document
        output.err.print(msgspec.json.encode(document).decode(), soft_wrap=True)
    else:
        output.err.print(f"calloff: {what}", style="red", soft_wrap=True)
        output.err.print(f"Next: {following}", soft_wrap=True)
    return int(code)


def words(error: CalloffError) -> str:
    """Say what went wrong, on one line."""
    match error:
        case APIError(field=str(field)) if field not in error.detail:
            return f"{error.detail} ({field})"
        case NoAnswerError():
            return f"no answer from the API: {error}"
        case _:
            return " ".join(str(error).split())


def hint(error: CalloffError, command: str, task_id: str | None) -> str:
    """Say what to type next."""
    it = task_id or "TASK"
    match error:
        case SettingsError() if "where the API is" in str(error):
            return "calloff config set url URL     (or, for a local one: calloff local)"
        case SettingsError() | UnreadableAnswerError() | problems.ForbiddenError():
            return "calloff config     (shows where the API is, and who calls)"
        case problems.UnauthenticatedError():
            return "calloff config set token TOKEN     (on the local cloud, a name)"
        case problems.NotFoundError():
            return "calloff ps"
        case problems.TooLateError() | problems.GraceUnsupportedError():
            return f"calloff show {it}"
        case WaitTimeoutError():
            return f"calloff wait {it}"
        case NoAnswerError():
            return "the same again, which is safe; calloff config shows where the API is taken to be"
        case APIError(status=429 | 500 | 503):
            return "the same again in a moment, which is safe"
        case _:
            return f"calloff {command} --help"
