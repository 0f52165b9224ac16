"""Both clients in a test's hand: what is asserted of one holds for the other."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from calloff import AsyncClient, Client
from chalicelib.views import task_document
from tests.doubles.examples import a_task
from tests.doubles.recorded import Api, serving
from tests.doubles.world import settings


class Synchronous:
    """Calls a method of `Client`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._make = lambda: Client(*arguments, **options)

    def __call__(self, method: str, *arguments: Any, **options: Any) -> Any:
        with self._make() as client:
            answer = getattr(client, method)(*arguments, **options)
            return list(answer) if method in ("list", "watch", "logs") else answer


class Awaited:
    """Calls a method of `AsyncClient`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._make = lambda: AsyncClient(*arguments, **options)

    def __call__(self, method: str, *arguments: Any, **options: Any) -> Any:
        return asyncio.run(self._call(method, arguments, options))

    async def _call(self, method: str, arguments: Any, options: Any) -> Any:
        async with self._make() as client:
            answer = getattr(client, method)(*arguments, **options)
            return [each async for each in answer] if method in ("list", "watch", "logs") else await answer


Call = Callable[..., Any]


@pytest.fixture(params=[Synchronous, Awaited])
def client_of(request: pytest.FixtureRequest) -> Call:
    """Make a client of either kind; called with a method's name and arguments it answers what the method does."""
    return request.param


@pytest.fixture
def api() -> Iterator[Api]:
    with serving() as running:
        yield running


@pytest.fixture
def call(client_of: Call, api: Api) -> Call:
    """Call a method of a client of the recorded API."""
    return client_of(api.url, auth="alice", timeout=20)


@pytest.fixture
def document() -> Callable[..., Any]:
    """Make a task document as the API does."""
    return lambda *arguments, **parts: task_document(a_task(*arguments, **parts), settings())
