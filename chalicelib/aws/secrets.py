"""Secrets, from AWS Secrets Manager."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import log
from chalicelib.aws.errors import words
from chalicelib.ports import StoreUnavailableError

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient


def read_secret(client: Callable[[], "SecretsManagerClient"], arn: str) -> bytes:
    """Read the secret's current value, a text.

    Raises:
        StoreUnavailableError: it cannot be read. Also where the function may not: the log says which.
    """
    try:
        answer = client().get_secret_value(SecretId=arn)
    except (BotoCoreError, ClientError) as error:
        log.error("secret_unread", arn=arn, error=words(error))
        raise StoreUnavailableError("a secret cannot be read") from error
    return answer["SecretString"].encode()
