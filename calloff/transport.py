"""What both clients need of httpx: how it is set up, and what becomes of its answers and errors."""

import ssl
from typing import Any, TypedDict

import httpx

import calloff
from calloff.auth import auth_of
from calloff.errors import SettingsError
from calloff.steps import Call, Reply, Silence

LIMIT_S = 10.0
"""Seconds that one operation may take, unless the client is told otherwise."""


class Request(TypedDict):
    """The arguments of httpx's `stream`."""

    method: str
    url: str
    params: list[tuple[str, str | int | float | bool | None]]
    headers: dict[bytes, bytes]
    content: bytes | None
    timeout: float


def options(url: str, auth: httpx.Auth | str | None) -> dict[str, Any]:
    """Say how httpx is set up.

    Raises:
        SettingsError: the URL is none of HTTP.
    """
    parsed = _url(url)
    headers = {"Accept": "application/json", "User-Agent": f"calloff/{calloff.__version__}"}
    found: dict[str, Any] = {"base_url": parsed, "auth": auth_of(auth), "headers": headers}
    if parsed.scheme == "http":
        # To read the certificates of all the world takes 30 ms. Without them TLS would trust nobody.
        found["verify"] = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return found


def request(call: Call, within: float) -> Request:
    """Say what httpx is to send. Without a leading slash the path goes below the base URL's, such as a stage's."""
    return {
        "method": call.method,
        "url": call.path.lstrip("/"),
        "params": list(call.query),
        # Of text httpx takes ASCII alone. What is wrong with any other is for the API to say, which names the header.
        "headers": {name.encode(): value.encode(errors="surrogateescape") for name, value in call.headers.items()},
        "content": call.body,
        "timeout": within,
    }


def reply(response: httpx.Response, body: bytes) -> Reply:
    """Take what came."""
    return Reply(response.status_code, dict(response.headers), body)


def silence(error: httpx.RequestError) -> Silence:
    """Take it that nothing came. httpx's own words are empty at times.

    Raises:
        SettingsError: the request cannot be sent at all, now or later.
    """
    if isinstance(error, httpx.LocalProtocolError):
        # Its words quote the header, which may be the token.
        raise SettingsError("The token, or the idempotency key, has a character that no header holds.") from None
    late = isinstance(error, httpx.TimeoutException)
    return Silence(f"{error.request.url.copy_with(query=None)}: {str(error) or type(error).__name__}", late)


def _url(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise SettingsError(f"{url!r} is no URL: {error}.") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise SettingsError(f"{url!r} is no URL of an API; one looks like http://127.0.0.1:8000.")
    return parsed
