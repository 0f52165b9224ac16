"""What went wrong, and what to type next."""

import re
from typing import Any

import msgspec

from calloff import problems
from calloff.cli import commands, exits
from calloff.cli.output import Output
from calloff.errors import APIError, CalloffError, NoAnswerError, SettingsError, UnreadableAnswerError, WaitTimeoutError

OPTIONS = {
    "stop_timeout": "--grace",
    "environment": "--env",
    "secrets": "--secret",
    "labels": "--label",
    "reason_code": "--code",
    "queue_timeout": "--queue-timeout",
    "heartbeat_timeout": "--heartbeat-timeout",
    "resume_from": "--resume-from",
    "Idempotency-Key": "--key",
    **{name: f"--{name}" for name in ("cpu", "memory", "timeout", "supervised", "grace", "reason")},
    **{name: f"--{name}" for name in ("status", "label", "owner", "limit")},
}
"""What a person types for a field, header or parameter of the API that may be at fault."""
EXPECTED = {
    "--status": f"One of {commands.STATUSES}.",
    "--label": "NAME=VALUE; a name is 1 to 63 of a-z, 0-9, `.`, `_` and `-`.",
    "--env": "NAME=VALUE; a name is of A-Z, a-z, 0-9 and `_`, and begins with no digit.",
    "--secret": "NAME=ARN, of a secret of Secrets Manager or a parameter of SSM.",  # pragma: allowlist secret
    "--code": "1 to 64 of a-z, 0-9 and `_`.",
}
"""What belongs there, where the API says it in words for programs."""
_FOR_PROGRAMS = re.compile("Invalid enum value|Expected `str` matching regex")


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
        case APIError(field=str(field)):
            return _refused(error.detail, field)
        case NoAnswerError():
            return f"no answer from the API: {error}"
        case _:
            return " ".join(str(error).split())


def _refused(detail: str, field: str) -> str:
    """Name what was typed, in the place of the field that it became, and what belongs there."""
    name = re.split(r"[.\[]", field)[0]
    typed = OPTIONS.get(name, name)
    where, _, said = detail.partition(": ")
    if where != field:
        return detail if field in detail else f"{detail} ({typed})"
    return f"{typed}: {EXPECTED.get(typed, said) if _FOR_PROGRAMS.match(said) else said}"


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
