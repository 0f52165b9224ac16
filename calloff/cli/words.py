"""A task in words, for people: how long, what it does at this moment, how it ended."""

from datetime import UTC, datetime

from calloff.answers import TaskDocument

STYLES = {
    "pending": "dim",
    "starting": "blue",
    "running": "green",
    "cancelling": "yellow",
    "completed": "green",
    "failed": "red",
    "cancelled": "magenta",
}
MINUTE, HOUR, DAY = 60, 3600, 86400


def instant(text: str) -> datetime:
    """Read an instant of an answer."""
    return datetime.fromisoformat(text).astimezone(UTC)


def span(seconds: float) -> str:
    """Say how long, in at most two units."""
    whole = max(0, int(seconds))
    for unit, name, below, lesser in ((DAY, "d", HOUR, "h"), (HOUR, "h", MINUTE, "min"), (MINUTE, "min", 1, "s")):
        if whole >= unit:
            rest = whole % unit // below
            return f"{whole // unit} {name} {rest} {lesser}" if rest else f"{whole // unit} {name}"
    return f"{whole} s"


def since(text: str, now: datetime) -> float:
    """Tell the seconds since an instant; none are negative, whatever two clocks think of each other."""
    return max(0.0, (now - instant(text)).total_seconds())


def progress(task: TaskDocument, now: datetime) -> str:
    """Say what a task does at this moment."""
    match task.status:
        case "running" if task.started_at:
            limit = f" of at most {span(task.timeout)}" if task.timeout else ""
            return f"running for {span(since(task.started_at, now))}{limit}"
        case "pending" | "starting":
            return f"{task.status}… for {span(since(task.created_at, now))}"
        case "cancelling":
            return _cancelling(task, now)
        case other:
            return other


def _cancelling(task: TaskDocument, now: datetime) -> str:
    asked, events = task.cancellation, {move.event for move in task.history}
    if asked is None or not ({"launched", "started"} & events or task.started_at):
        return "cancelling… no container is known yet; it is stopped as soon as there is one"
    gone = since(asked.requested_at, now)
    if gone < asked.grace:
        # One that had not been seen running may get its SIGTERM a little later, with its start.
        sent = "SIGTERM sent" if task.started_at else "stop sent"
        return f"cancelling… {sent}, {int(asked.grace - gone)} s of {asked.grace} s grace left"
    return f"cancelling… the grace of {asked.grace} s is over; waiting for the proof of death"


def ending(task: TaskDocument) -> str:
    """Say how a task ended."""
    end = task.termination
    if task.status == "completed":
        return f"completed{_took(task)}, exit code 0"
    why = [] if end is None else [_exit(end.exit_code), end.stop_code or "", end.stopped_reason or ""]
    if end is not None and end.proof == "gone":
        # No proof, and no exit code (docs/promise.md).
        return f"{task.status}; not proven: ECS no longer knows its container"
    if task.status == "failed":
        return ", ".join(["failed", *filter(None, why)])
    if task.status != "cancelled":
        return task.status
    how = "" if end is None else f": {end.how.replace('_', ' ')}, {_exit(end.exit_code) or 'no exit code'}"
    return f"cancelled{how}; dead, proven by {_proof(end.proof if end else '')}"


def _took(task: TaskDocument) -> str:
    if not task.started_at or not task.ended_at:
        return ""
    return f" in {span(since(task.started_at, instant(task.ended_at)))}"


def _exit(code: int | None) -> str:
    return "" if code is None else f"exit code {code}"


def _proof(word: str) -> str:
    words = {
        "ecs_event": "ECS's event",
        "ecs_describe": "ECS's answer",
        "never_launched": "no launch ever",
    }
    return words.get(word, word or "its record")
