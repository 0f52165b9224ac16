"""The one place where things are wired. Tests hand in other parts; nothing is made before it is needed."""

import os
from functools import cache, partial
from typing import TYPE_CHECKING

from chalicelib.config import Settings, load
from chalicelib.ports import Firings, Ports

if TYPE_CHECKING:
    from chalicelib.bearer import SigningKeys


@cache
def settings() -> Settings:
    """Read the settings, once per process."""
    return load(os.environ)


@cache
def ports() -> Ports:
    """Wire the verbs to AWS, or to whatever `AWS_ENDPOINT_URL…` names, once per process."""
    return wire(settings())


@cache
def firings() -> Firings:
    """Wire the count of what policies do, once per process."""
    from chalicelib.aws import clients
    from chalicelib.aws.firings import DynamoDBFirings
    from chalicelib.aws.table import Table

    return DynamoDBFirings(Table(partial(clients.dynamodb, settings()), settings().table))


def wire(settings: Settings) -> Ports:
    """Make the ports for these settings. boto3 is imported here, and its clients are made at their first call."""
    from chalicelib.aws import clients
    from chalicelib.aws.definitions import DynamoDBDefinitionStore
    from chalicelib.aws.dynamodb import DynamoDBTaskStore
    from chalicelib.aws.ecs import FargateContainers
    from chalicelib.aws.logs import CloudWatchLogs
    from chalicelib.aws.notes import DynamoDBNoteStore
    from chalicelib.aws.slots import DynamoDBSlots
    from chalicelib.aws.sqs import SQSLaunchQueue
    from chalicelib.aws.stepfunctions import StepFunctionsTimers
    from chalicelib.aws.switches import DynamoDBSwitches
    from chalicelib.aws.table import Table
    from chalicelib.clock import SystemClock
    from chalicelib.keys import Keys

    table = Table(partial(clients.dynamodb, settings), settings.table)
    clock = SystemClock()
    return Ports(
        store=DynamoDBTaskStore(table, settings.max_history, settings.due_shards),
        notes=DynamoDBNoteStore(table),
        definitions=DynamoDBDefinitionStore(table),
        slots=DynamoDBSlots(table),
        containers=FargateContainers(partial(clients.ecs, settings)),
        timers=StepFunctionsTimers(partial(clients.stepfunctions, settings), settings.timer_arn),
        queue=SQSLaunchQueue(partial(clients.sqs, settings), settings.launch_queue_url),
        switches=DynamoDBSwitches(table, clock, settings.settings_cache_s),
        logs=CloudWatchLogs(partial(clients.logs, settings), settings.log_group),
        clock=clock,
        keys=Keys(partial(_secret, settings)),
        settings=settings,
    )


@cache
def signing_keys() -> "SigningKeys":
    """Make the issuer's keys, once per process: with `CALLOFF_AUTH=jwt`, for the authorizer alone."""
    from chalicelib.clock import SystemClock
    from chalicelib.issuer import fetch_keys
    from chalicelib.signing_keys import PublishedKeys, SharedSecret

    chosen = settings()
    if chosen.jwt_algorithm == "HS256":
        return SharedSecret(partial(_read, chosen, chosen.jwt_secret_arn))
    return PublishedKeys(partial(fetch_keys, chosen), SystemClock(), chosen)


def _secret(settings: Settings) -> bytes:
    return settings.key.encode() if settings.key else _read(settings, settings.key_secret_arn)


def _read(settings: Settings, arn: str) -> bytes:
    from chalicelib.aws import clients
    from chalicelib.aws.secrets import read_secret

    return read_secret(partial(clients.secretsmanager, settings), arn)
