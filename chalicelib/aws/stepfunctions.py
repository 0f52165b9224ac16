"""Timers as executions of a Step Functions state machine (`infra/timer.asl.json`)."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.aws.errors import code, words
from chalicelib.instants import instant_text
from chalicelib.ports import Handed, Unclear

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


class StepFunctionsTimers:
    """Keeps the promises of `Timers`."""

    def __init__(self, client: Callable[[], "SFNClient"], state_machine_arn: str) -> None:
        """Take the client at the first call."""
        self._client = client
        self._state_machine_arn = state_machine_arn

    def start(self, task_id: str, number: int, at: datetime) -> Handed | Unclear:
        """Start the execution `<task>-<number>`; one that has this name already is the same timer."""
        request = msgspec.json.encode({"task_id": task_id, "at": instant_text(at)}).decode()
        try:
            self._client().start_execution(
                stateMachineArn=self._state_machine_arn, name=f"{task_id}-{number}", input=request
            )
        except (BotoCoreError, ClientError) as error:
            if isinstance(error, ClientError) and code(error) == "ExecutionAlreadyExists":
                return Handed()
            return Unclear(words(error))
        return Handed()
