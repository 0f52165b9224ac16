"""Where the next page of a list begins, as text that callers hand back."""

import base64

import msgspec

from chalicelib.ids import is_task_id
from chalicelib.ports import Position
from chalicelib.problems import Malformed


def to_cursor(owner: str, position: Position) -> str:
    """Write a position; it holds for this owner's list."""
    return base64.urlsafe_b64encode(msgspec.json.encode((owner, position))).decode().rstrip("=")


def from_cursor(text: str, owner: str) -> Position:
    """Read a position.

    Raises:
        Malformed: it is not one, or another list's.
    """
    try:
        padded = text + "=" * (-len(text) % 4)
        content = base64.b64decode(padded, altchars=b"-_", validate=True)
        whose, position = msgspec.json.decode(content, type=tuple[str, Position])
        _check(position)
    except ValueError as error:
        raise Malformed("cursor is none that a page of this list gave.", field="cursor") from error
    if whose != owner:
        raise Malformed("cursor belongs to another list.", field="cursor")
    return position


def _check(position: Position) -> None:
    if position.created_at.tzinfo is None or not is_task_id(position.task_id):
        raise ValueError(position)
