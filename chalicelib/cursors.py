"""Where the next page of a list begins, as text that callers hand back: opaque to them, and authenticated by us."""

import base64

import msgspec

from chalicelib.keys import Keys, Purpose
from chalicelib.ports import Position
from chalicelib.problems import Malformed

TAG = 16
"""Bytes of the tag: nobody guesses 128 bits."""


def to_cursor(keys: Keys, owner: str, position: Position) -> str:
    """Write a position; it holds for this owner's list."""
    content = msgspec.json.encode(position)
    return base64.urlsafe_b64encode(_tag(keys, owner, content) + content).decode().rstrip("=")


def from_cursor(keys: Keys, owner: str, text: str) -> Position:
    """Read a position.

    Raises:
        Malformed: it is none that we wrote, or another list's: it does not say which.
    """
    try:
        sent = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise _no_cursor() from error
    tag, content = sent[:TAG], sent[TAG:]
    if not keys.same(tag, _tag(keys, owner, content)):
        raise _no_cursor()
    # What we wrote ourselves is whole.
    return msgspec.json.decode(content, type=Position)


def _tag(keys: Keys, owner: str, content: bytes) -> bytes:
    # The length keeps owner and content apart.
    return keys.tag(Purpose.CURSOR, f"{len(owner.encode())}:{owner}".encode() + content)[:TAG]


def _no_cursor() -> Malformed:
    return Malformed("cursor is none that a page of this list gave.", field="cursor")
