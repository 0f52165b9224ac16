"""What a Lambda function is told about its own invocation."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field

#: Lambda's account when nothing else is said: the one MiniStack answers for.
ACCOUNT = "000000000000"


@dataclass(frozen=True)
class LambdaContext:
    """The second argument of a handler, with the names that AWS gives it.

    ``limit_s`` is the function's time limit in seconds. The remaining time counts down from it; when it is over
    the worker that runs the handler is killed (gunicorn's ``timeout``), as Lambda does.

    Source of the names: AWS Lambda developer guide, "Using the Lambda context object in Python".
    """

    function_name: str
    limit_s: float
    region: str = "us-east-1"
    function_version: str = "$LATEST"
    memory_limit_in_mb: str = "512"
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: float = field(default_factory=time.monotonic)
    identity: None = None
    client_context: None = None

    @property
    def invoked_function_arn(self) -> str:
        """The function's ARN, in the account of the local cloud."""
        return f"arn:aws:lambda:{self.region}:{ACCOUNT}:function:{self.function_name}"

    @property
    def log_group_name(self) -> str:
        """The log group that Lambda would write to."""
        return f"/aws/lambda/{self.function_name}"

    @property
    def log_stream_name(self) -> str:
        """One stream a worker on AWS; here the worker's output goes to one file."""
        return "local"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the worker is killed, never below 0."""
        left = self.limit_s - (time.monotonic() - self.started)
        return max(0, int(left * 1000))
