"""boto3's ECS client as far as Calloff's adapter uses it, straight to an engine: without a wire, so millions of calls.

What it answers and raises is held to the real client by a test.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError, ReadTimeoutError

from localcloud.ecs import EcsError, Engine, NoAnswerError

OPERATIONS = (
    "RegisterTaskDefinition",
    "RunTask",
    "StopTask",
    "DescribeTasks",
    "ListTasks",
    "DescribeClusters",
)
BY_METHOD = {xform_name(operation): operation for operation in OPERATIONS}


class DirectClient:
    """Calls an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __getattr__(self, method: str) -> Callable[..., Any]:
        operation = BY_METHOD[method]
        return lambda **params: self._call(operation, params)

    def get_paginator(self, method: str) -> "Pages":
        """As boto3 does; `list_tasks` is the only one that is asked for."""
        return Pages(getattr(self, method))

    def _call(self, operation: str, params: dict[str, Any]) -> Any:
        try:
            answer = self._engine.call(operation, _plain(params))
        except EcsError as error:
            raise _client_error(operation, error) from None
        except NoAnswerError:
            raise ReadTimeoutError(endpoint_url="http://ecs.invalid") from None
        return {**answer, "tasks": [_with_instants(each) for each in answer["tasks"]]} if "tasks" in answer else answer


class Pages:
    """Pages of a list."""

    def __init__(self, method: Callable[..., Any]) -> None:
        self._method = method

    def paginate(self, **params: Any) -> Iterator[Any]:
        """Ask until there is no more."""
        while True:
            page = self._method(**params)
            yield page
            if "nextToken" not in page:
                return
            params["nextToken"] = page["nextToken"]


def _plain(value: Any) -> Any:
    """Make what JSON would make of it."""
    match value:
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return value


def _with_instants(task: dict[str, Any]) -> dict[str, Any]:
    return {name: _instant(each) if name.endswith("At") else each for name, each in task.items()}


def _instant(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)


def _client_error(operation: str, error: EcsError) -> ClientError:
    shown: Any = {
        "Error": {"Code": error.code, "Message": error.message},
        "ResponseMetadata": {"HTTPStatusCode": error.status},
        **error.members,
    }
    return ClientError(shown, operation)
