"""Calloff's client: submit tasks, watch them, call them off.

    from calloff import Client

    with Client("http://127.0.0.1:8000", auth="alice") as calloff:
        task = calloff.submit("calloff/busybox:latest", ["sleep", "600"])
        calloff.cancel(task.id, reason="wrong input")
        assert calloff.wait(task.id).status == "cancelled"  # dead, proven

`AsyncClient` is the same, to be awaited. What they answer is in `calloff.answers`, what they raise in
`calloff.problems`, whose docstring shows the whole tree.

Names are imported when they are first used: a program that only wants one of them pays for no other.

`calloff.task` is for programs within tasks; images get it alone, as the wheel `calloff-task`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calloff.aio import AsyncClient
    from calloff.answers import TaskDocument
    from calloff.auth import Bearer
    from calloff.aws import SigV4
    from calloff.client import Client
    from calloff.errors import (
        APIError,
        CalloffError,
        NoAnswerError,
        TimeLimitError,
        UnreadableAnswerError,
        WaitTimeoutError,
    )

__version__ = "0.1.0"

__all__ = [
    "APIError",
    "AsyncClient",
    "Bearer",
    "CalloffError",
    "Client",
    "NoAnswerError",
    "SigV4",
    "TaskDocument",
    "TimeLimitError",
    "UnreadableAnswerError",
    "WaitTimeoutError",
]

_HOMES = {
    "AsyncClient": "aio",
    "Bearer": "auth",
    "Client": "client",
    "SigV4": "aws",
    "TaskDocument": "answers",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)
