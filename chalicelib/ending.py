"""The write that ends a task."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from chalicelib.conditions import Change, Condition, Operand
from chalicelib.config import Settings
from chalicelib.lifecycle import Event
from chalicelib.task import Proof, Termination

NEVER_LAUNCHED = Termination(proof=Proof.NEVER_LAUNCHED)


def ending(  # noqa: PLR0913 - the parts of one write
    event: Event,
    at: datetime,
    by: str,
    termination: Termination,
    settings: Settings,
    *,
    requires: tuple[Condition, ...] = (),
    sets: Mapping[str, Operand] | None = None,
    reason: str = "",
) -> Change:
    """Make the write of an end: what it rests on, when, and until when it is kept; nothing is due any more."""
    expires = at + timedelta(days=settings.retention_days)
    return Change(
        event,
        at,
        by,
        reason,
        requires,
        {**(sets or {}), "ended_at": at, "termination": termination, "expires_at": int(expires.timestamp())},
        ("due_at", "retry_at", "lease_id", "lease_ends_at"),
    )
