"""Watches the records in the table, and asks the kernel in the moment in which one first says `cancelled`."""

import threading
import time
from typing import Any, Self

from botocore.exceptions import BotoCoreError

from localcloud import aws
from localcloud.stack import LocalCloud
from tests.chaos import live_kernel
from tests.chaos.life import OVER, Life
from tests.chaos.verdict import Verdict

EVERY_S = 0.02
AT_ONCE = 100
"""Keys that BatchGetItem takes."""


class Watch:
    """Follows the tasks that are under way. A context manager."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.verdict = Verdict()
        self._dynamodb = aws.client("dynamodb", cloud.endpoints.aws)
        self._table = cloud.environment["CALLOFF_TABLE"]
        self._followed: dict[str, tuple[str, Life]] = {}
        self._lock = threading.Lock()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()

    def follow(self, task_id: str, mark: str, life: Life) -> None:
        """Follow a task from now on; `mark` is how the kernel knows it."""
        with self._lock:
            self._followed[task_id] = (mark, life)

    def over(self, task_id: str) -> bool:
        """Tell whether the task has ended; then it is followed no more."""
        with self._lock:
            life = self._followed[task_id][1]
            if not life.statuses or life.statuses[-1] not in OVER:
                return False
            del self._followed[task_id]
            return True

    def records(self, task_ids: list[str]) -> dict[str, dict[str, Any]]:
        """Read records, consistently."""
        found: dict[str, dict[str, Any]] = {}
        for first in range(0, len(task_ids), AT_ONCE):
            keys = [{"pk": {"S": f"task#{i}"}, "sk": {"S": "record"}} for i in task_ids[first : first + AT_ONCE]]
            asked = {self._table: {"Keys": keys, "ConsistentRead": True}}
            items = self._dynamodb.batch_get_item(RequestItems=asked)["Responses"][self._table]
            found |= {item["pk"]["S"].removeprefix("task#"): item for item in items}
        return found

    def _run(self) -> None:
        while not self._ends.wait(EVERY_S):
            with self._lock:
                followed = dict(self._followed)
            try:
                records = self.records(list(followed))
            except BotoCoreError:
                # The emulator may be paused: nothing is seen for a while.
                continue
            for task_id, item in records.items():
                self._look(*followed[task_id], item["status"]["S"])

    def _look(self, mark: str, life: Life, status: str) -> None:
        if life.became(status, time.time()) and (alive := live_kernel.alive(mark)):
            self.verdict.false_cancelled += 1
            self.verdict.wrongs.append(f"{life.name}: cancelled, and alive: processes {alive}")
