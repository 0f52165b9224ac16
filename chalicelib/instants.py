"""Instants as text."""

from datetime import datetime


def instant_text(instant: datetime) -> str:
    """Write an instant in UTC as RFC 3339 to the millisecond: of one width, so that the texts sort as time does."""
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
