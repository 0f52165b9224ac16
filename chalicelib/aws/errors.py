"""What AWS's errors say about the call: definitely not done, or unclear."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
)

NEVER_SENT = (ConnectTimeoutError, EndpointConnectionError, NoCredentialsError)
"""The request did not leave: there was no connection, or it could not be signed."""

THROTTLES = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)


DISGUISES = ("rate exceeded", "too many concurrent attempts")
"""Words of a throttle that comes as another error; the second from RegisterTaskDefinition, as a ClientException."""

SERVER_FAULT = 500
"""HTTP statuses from here on are the server's fault: the call may or may not have been carried out."""


def code(error: ClientError) -> str:
    """AWS's name of the error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def words(error: BotoCoreError | ClientError) -> str:
    """The error in AWS's own words, with its name."""
    if isinstance(error, ClientError):
        return f"{code(error)}: {error.response.get('Error', {}).get('Message', '')}"
    return str(error)


def http_status(error: ClientError) -> int:
    """The status of the answer, 0 where it is not known."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def throttled(error: ClientError) -> bool:
    """Tell a throttle, also where it hides in another error (`InvalidParameterException: Rate exceeded`)."""
    return code(error) in THROTTLES or any(disguise in words(error).lower() for disguise in DISGUISES)


def outcome_unknown(error: BotoCoreError | ClientError) -> bool:
    """Tell a failure of the service, or of the way to it, from a refusal of what we sent."""
    return not isinstance(error, ClientError) or throttled(error) or http_status(error) >= SERVER_FAULT
