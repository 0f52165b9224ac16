"""The launch queue on SQS."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.aws.errors import words
from chalicelib.batches import batches
from chalicelib.ports import Handed, Unclear

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient
    from types_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

BATCH = 10
"""Messages that SendMessageBatch takes (Amazon SQS API Reference)."""


class SQSLaunchQueue:
    """Keeps the promises of `LaunchQueue`. A message is a task's id."""

    def __init__(self, client: Callable[[], "SQSClient"], queue_url: str) -> None:
        """Take the client at the first call."""
        self._client = client
        self._queue_url = queue_url

    def send(self, task_ids: Sequence[str]) -> Handed | Unclear:
        """Send them, ten in a call; what fails is said, and is handed over again when it is due again."""
        failed: list[str] = []
        for batch in batches(task_ids, BATCH):
            entries: list[SendMessageBatchRequestEntryTypeDef] = [
                {"Id": str(n), "MessageBody": task_id} for n, task_id in enumerate(batch)
            ]
            try:
                answer = self._client().send_message_batch(QueueUrl=self._queue_url, Entries=entries)
            except (BotoCoreError, ClientError) as error:
                return Unclear(words(error))
            failed += [f"{f['Code']} {f.get('Message', '')}" for f in answer.get("Failed", [])]
        return Unclear("; ".join(failed)) if failed else Handed()
