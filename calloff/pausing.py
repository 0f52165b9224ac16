"""The one place where the client lets time pass without doing anything."""

from time import sleep


def pause(seconds: float) -> None:
    """Let so many seconds pass."""
    sleep(seconds)
