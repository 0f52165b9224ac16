"""Where the next page begins, as text that callers hand back: opaque to them, and authenticated by us."""

import base64

import msgspec

from chalicelib.keys import Keys, Purpose
from chalicelib.logs import LogPosition
from chalicelib.ports import Position
from chalicelib.problems import Malformed

TAG = 16
"""Bytes of the tag: nobody guesses 128 bits."""


def to_cursor(keys: Keys, owner: str, position: Position) -> str:
    """Write a position; it holds for this owner's list."""
    return _written(keys, Purpose.CURSOR, owner, position)


def from_cursor(keys: Keys, owner: str, text: str) -> Position:
    """Read a position.

    Raises:
        Malformed: it is none that we wrote, or another list's: it does not say which.
    """
    return msgspec.json.decode(_read(keys, Purpose.CURSOR, owner, text, "list"), type=Position)


def to_log_cursor(keys: Keys, task_id: str, position: LogPosition) -> str:
    """Write a position; it holds for this task's log."""
    return _written(keys, Purpose.LOG_CURSOR, task_id, position)


def from_log_cursor(keys: Keys, task_id: str, text: str) -> LogPosition:
    """Read a position.

    Raises:
        Malformed: it is none that we wrote, or another log's: it does not say which.
    """
    return msgspec.json.decode(_read(keys, Purpose.LOG_CURSOR, task_id, text, "log"), type=LogPosition)


def _written(keys: Keys, purpose: Purpose, whose: str, position: object) -> str:
    content = msgspec.json.encode(position)
    return base64.urlsafe_b64encode(_tag(keys, purpose, whose, content) + content).decode().rstrip("=")


def _read(keys: Keys, purpose: Purpose, whose: str, text: str, what: str) -> bytes:
    """Read what we wrote ourselves, which is whole."""
    no_cursor = Malformed(f"cursor is none that a page of this {what} gave.", field="cursor")
    try:
        sent = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise no_cursor from error
    tag, content = sent[:TAG], sent[TAG:]
    if not keys.same(tag, _tag(keys, purpose, whose, content)):
        raise no_cursor
    return content


def _tag(keys: Keys, purpose: Purpose, whose: str, content: bytes) -> bytes:
    # The length keeps the two apart.
    return keys.tag(purpose, f"{len(whose.encode())}:{whose}".encode() + content)[:TAG]
