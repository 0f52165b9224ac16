"""The one place where things are wired. Tests hand in other parts; nothing is made before it is needed."""

import os
from functools import cache, partial

from chalicelib.config import Settings, load
from chalicelib.ports import Ports


@cache
def settings() -> Settings:
    """Read the settings, once per process."""
    return load(os.environ)


@cache
def ports() -> Ports:
    """Wire the verbs to AWS, or to whatever `AWS_ENDPOINT_URL…` names, once per process."""
    return wire(settings())


def wire(settings: Settings) -> Ports:
    """Make the ports for these settings. boto3 is imported here, and its clients are made at their first call."""
    from chalicelib.aws import clients
    from chalicelib.aws.definitions import DynamoDBDefinitionStore
    from chalicelib.aws.dynamodb import DynamoDBTaskStore
    from chalicelib.aws.ecs import FargateContainers
    from chalicelib.clock import SystemClock

    dynamodb = partial(clients.dynamodb, settings)
    return Ports(
        store=DynamoDBTaskStore(dynamodb, settings.table, settings.max_history),
        definitions=DynamoDBDefinitionStore(dynamodb, settings.table),
        containers=FargateContainers(partial(clients.ecs, settings)),
        clock=SystemClock(),
        settings=settings,
    )
