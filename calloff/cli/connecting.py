"""Make a client of the settings."""

from collections.abc import Callable
from typing import Any

import httpx

from calloff import transport
from calloff.aio import AsyncClient
from calloff.auth import Bearer
from calloff.aws import SigV4
from calloff.carrying import Retry
from calloff.cli.settings import Settings
from calloff.client import Client
from calloff.errors import SettingsError

OnRetry = Callable[[Retry], None]


def connect(settings: Settings, on_retry: OnRetry) -> Client:
    """Make the client that waits by itself."""
    return Client(_url(settings), **_how(settings), on_retry=on_retry)


def connect_async(settings: Settings, on_retry: OnRetry) -> AsyncClient:
    """Make the client that is awaited."""
    return AsyncClient(_url(settings), **_how(settings), on_retry=on_retry)


def _url(settings: Settings) -> str:
    if "url" not in settings:
        raise SettingsError("It is not known where the API is.")
    return settings["url"].value


def _how(settings: Settings) -> dict[str, Any]:
    limit = settings.get("time_limit")
    return {"auth": _auth(settings), "timeout": float(limit.value) if limit else transport.LIMIT_S}


def _auth(settings: Settings) -> httpx.Auth | None:
    value = {key: setting.value for key, setting in settings.items()}
    if value.get("credentials") == "aws":
        return SigV4(value.get("region"), value.get("profile"))
    return Bearer(value["token"]) if "token" in value else None
