"""What containers wrote, in CloudWatch Logs: ECS's log driver `awslogs` puts it there, a stream a container."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.aws.errors import code, words
from chalicelib.ports import Line, Lines, NoSuchToken, Nothing, Unread

if TYPE_CHECKING:
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_logs.type_defs import GetLogEventsRequestTypeDef


class CloudWatchLogs:
    """Keeps the promises of `Logs`."""

    def __init__(self, client: Callable[[], "CloudWatchLogsClient"], group: str) -> None:
        """Take the client at the first call."""
        self._client = client
        self._group = group

    def read(self, stream: str, limit: int, token: str | None) -> Lines | Nothing | NoSuchToken | Unread:
        """Read a page, oldest first. CloudWatch Logs answers at the end with the token that it was given."""
        request: GetLogEventsRequestTypeDef = {
            "logGroupName": self._group,
            "logStreamName": stream,
            "limit": limit,
            "startFromHead": True,
        }
        if token:
            request["nextToken"] = token
        try:
            answer = self._client().get_log_events(**request)
        except (BotoCoreError, ClientError) as error:
            return _refusal(error, token)
        lines = [Line(_instant(event["timestamp"]), event["message"]) for event in answer["events"]]
        return Lines(lines, answer["nextForwardToken"])


def _refusal(error: BotoCoreError | ClientError, token: str | None) -> Nothing | NoSuchToken | Unread:
    if isinstance(error, ClientError):
        if code(error) == "ResourceNotFoundException":
            return Nothing()
        if code(error) == "InvalidParameterException" and token:
            return NoSuchToken()
    return Unread(words(error))


def _instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
