"""boto3 clients, made when they are first needed, once per process."""

from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from chalicelib.config import Settings

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_ecs import ECSClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_sqs import SQSClient
    from types_boto3_stepfunctions import SFNClient


@cache
def dynamodb(settings: Settings) -> "DynamoDBClient":
    """Make the DynamoDB client. It repeats by itself what failed: each of our writes may be repeated."""
    return boto3.client("dynamodb", region_name=settings.region, config=_config(settings, attempts=3))


@cache
def ecs(settings: Settings) -> "ECSClient":
    """Make the ECS client, without retries: a refusal must be the refusal of the only send.

    With them, a RunTask that was applied and timed out would be sent again, be throttled, and look refused.
    """
    return boto3.client("ecs", region_name=settings.region, config=_config(settings, attempts=1))


@cache
def logs(settings: Settings) -> "CloudWatchLogsClient":
    """Make the CloudWatch Logs client. It only reads."""
    return boto3.client("logs", region_name=settings.region, config=_config(settings, attempts=3))


@cache
def stepfunctions(settings: Settings) -> "SFNClient":
    """Make the Step Functions client. A timer has a name, so starting it may be repeated."""
    return boto3.client("stepfunctions", region_name=settings.region, config=_config(settings, attempts=2))


@cache
def sqs(settings: Settings) -> "SQSClient":
    """Make the SQS client. A task that comes twice is claimed once."""
    return boto3.client("sqs", region_name=settings.region, config=_config(settings, attempts=3))


@cache
def secretsmanager(settings: Settings) -> "SecretsManagerClient":
    """Make the Secrets Manager client: for one reading a process."""
    return boto3.client("secretsmanager", region_name=settings.region, config=_config(settings, attempts=3))


def _config(settings: Settings, attempts: int) -> Config:
    return Config(
        connect_timeout=settings.connect_timeout_s,
        read_timeout=settings.read_timeout_s,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
