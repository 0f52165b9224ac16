"""Say who calls."""

from collections.abc import Generator

import httpx


class Bearer(httpx.Auth):
    """A bearer token: a JWT; on the local cloud, a name such as `alice`."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Put the token into the request's header."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


def auth_of(given: httpx.Auth | str | None) -> httpx.Auth | None:
    """Take a text for a bearer token."""
    return Bearer(given) if isinstance(given, str) else given
