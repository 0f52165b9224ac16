"""Fixtures: each implementation of a port, so that the same tests hold them all to it."""

import uuid
from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from tests.contract.account import Account, opened
from tests.contract.backends import Backend, DynamoDB, Memory, create_table
from tests.emulator import emulator


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker of the tests that may be without what they need."""
    line = "dynamodb_local: needs Java and npm (CALLOFF_REQUIRE_DOCKER=1 turns missing ones into a failure)"
    config.addinivalue_line("markers", line)


@pytest.fixture(scope="session")
def ministack_url(no_account, tmp_path_factory) -> Iterator[str]:
    """MiniStack on a free port."""
    with emulator(tmp_path_factory.mktemp("ministack")) as url:
        yield url


@cache
def dynamodb_client(**settings: Any) -> Any:
    """A client as Calloff makes its own. moto is imported before, so its mock reaches it. Made once: it takes 0.1 s."""
    config = Config(connect_timeout=2, read_timeout=8, retries={"mode": "standard", "total_max_attempts": 3})
    return boto3.client("dynamodb", region_name="us-east-1", config=config, **settings)


@pytest.fixture
def on_ministack(ministack_url) -> Iterator[DynamoDB]:
    """MiniStack, with a table of the test's own."""
    client, table = dynamodb_client(endpoint_url=ministack_url), f"calloff-{uuid.uuid4().hex[:8]}"
    create_table(client, table)
    yield DynamoDB(client, table)
    client.delete_table(TableName=table)


@pytest.fixture
def on_moto(no_account) -> Iterator[DynamoDB]:
    """moto, in this process."""
    with mock_aws():
        client = dynamodb_client()
        create_table(client, "calloff")
        yield DynamoDB(client, "calloff")


@pytest.fixture
def account(on_ministack, ministack_url, monkeypatch) -> Iterator[Account]:
    """All of Calloff, on the emulators."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack_url)
    with opened(on_ministack.table) as account:
        yield account


@pytest.fixture(params=["on_moto", "on_ministack"])
def dynamodb(request) -> DynamoDB:
    """Each emulator of DynamoDB."""
    return request.getfixturevalue(request.param)


@pytest.fixture(params=["memory", "on_moto", "on_ministack"])
def backend(request) -> Backend:
    """Each place where the stores are kept."""
    return _backend(request)


@pytest.fixture(params=["memory", "on_ministack"])
def shared_backend(request) -> Backend:
    """Each place that threads may share. moto's conditional writes are not atomic: two of a race may win."""
    return _backend(request)


def _backend(request: pytest.FixtureRequest) -> Backend:
    return Memory() if request.param == "memory" else request.getfixturevalue(request.param)
