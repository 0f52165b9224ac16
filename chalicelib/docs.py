"""The page that shows `openapi.json` to people. All of it comes from `static/`: no other host is asked."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

STATIC = Path(__file__).parent / "static"
PAGE = "docs.html"

ASSETS = {
    "docs.css": "text/css; charset=utf-8",
    "docs.js": "text/javascript; charset=utf-8",
    "redoc.standalone.js": "text/javascript; charset=utf-8",
    "redoc.LICENSE.txt": "text/plain; charset=utf-8",
}
"""The parts of the page, and their media types. Text alone: API Gateway would want binary types declared."""

PAGE_HEADERS: Mapping[str, str] = {
    "Content-Type": "text/html; charset=utf-8",
    # The renderer writes its styles into the page.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


class NoAsset(msgspec.Struct, frozen=True):
    """The page has no such part."""


def page() -> str:
    """Give the page."""
    return _text(PAGE)


def asset(name: str) -> str | NoAsset:
    """Give a part of the page. Only what is there is remembered: anybody may ask for other names."""
    return _text(name) if name in ASSETS else NoAsset()


def asset_headers(name: str) -> Mapping[str, str]:
    """Make the headers of a part of the page: any cache may keep it for an hour."""
    return {
        "Content-Type": ASSETS[name],
        "Cache-Control": "public, max-age=3600",
        "X-Content-Type-Options": "nosniff",
    }


@cache
def _text(name: str) -> str:
    return (STATIC / name).read_text("utf-8")
