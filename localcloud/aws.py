"""Clients and variables for the AWS of the local cloud: made-up credentials, nothing of the user's own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

REGION = "us-east-1"
ACCOUNT = "000000000000"
#: The emulators take any credentials; MiniStack reads an access key of twelve digits as the account.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@dataclass(frozen=True)
class Endpoints:
    """Where each part of the local cloud listens."""

    api: str
    events: str
    aws: str
    ecs: str

    @property
    def variables(self) -> dict[str, str]:
        """The variables with which boto3, the AWS CLI and Calloff find the emulators instead of AWS."""
        return {
            "AWS_ENDPOINT_URL": self.aws,
            "AWS_ENDPOINT_URL_ECS": self.ecs,
            # The containers run there, so what they write is read there.
            "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": self.ecs,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            **CREDENTIALS,
        }


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without anything that could lead to a real account, or through a proxy."""
    kept = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
    return kept | {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "PYTHONUNBUFFERED": "1",
    }


def client(service: Any, endpoint: str) -> Any:
    """Make a boto3 client for an emulator, whatever the user's own AWS settings are."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(proxies={}, retries={"mode": "standard", "max_attempts": 2}),
    )
