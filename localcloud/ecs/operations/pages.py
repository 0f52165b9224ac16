"""Pages of a list: at most 100 entries, and a token for the rest."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from localcloud.ecs.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from localcloud.ecs.model import Json

LARGEST = 100
"""Entries of a page at most, and by default (``maxResults`` of the ECS API)."""


def page(name: str, entries: Sequence[str], params: Json) -> Json:
    """Answer the page that `params` ask for under `name`, with `nextToken` if there is more.

    The token names the last entry shown, so that entries that come or go between two pages shift nothing.
    """
    size = params.get("maxResults", LARGEST)
    if not 1 <= size <= LARGEST:
        raise invalid(f"maxResults must be between 1 and {LARGEST}.")
    first = _after(entries, params["nextToken"]) if params.get("nextToken") else 0
    shown = list(entries[first : first + size])
    more = {"nextToken": _token(first + size, shown[-1])} if first + size < len(entries) else {}
    return {name: shown, **more}


def _token(place: int, last: str) -> str:
    return base64.urlsafe_b64encode(f"{place} {last}".encode()).decode()


def _after(entries: Sequence[str], token: str) -> int:
    try:
        place, _, last = base64.urlsafe_b64decode(token.encode()).decode().partition(" ")
        at = int(place)
    except (ValueError, binascii.Error):
        raise invalid("Invalid token.") from None
    return entries.index(last) + 1 if last in entries else min(at, len(entries))
