"""The ECS endpoint past Calloff: what lives there, what was asked of it, and its cruelty."""

from functools import cache
from typing import Any

import httpx

from localcloud import aws, resources
from tests.stack.caller import NO_TLS

#: To make a client takes longer than many a test.
client = cache(aws.client)


class Ecs:
    """The ECS endpoint: its API for boto3, its own word on what lives, and its cruelty."""

    def __init__(self, endpoint: str) -> None:
        self.api = client("ecs", endpoint)
        self._admin = httpx.Client(base_url=f"{endpoint}/_localcloud", timeout=10, trust_env=False, verify=NO_TLS)

    def of(self, task_id: str) -> list[dict[str, Any]]:
        """Every ECS task that was launched for the task, dead or alive."""
        tasks = self._admin.get("/tasks").json()["tasks"]
        return [each for each in tasks if f"/{task_id}/" in (each["startedBy"] or "")]

    def described(self, task_id: str) -> dict[str, Any]:
        """The only one, as DescribeTasks has it."""
        (word,) = self.of(task_id)
        (found,) = self.api.describe_tasks(cluster=resources.CLUSTER, tasks=[word["taskArn"]])["tasks"]
        return found

    def wrote(self, task_id: str) -> str:
        """What the task's only container wrote."""
        (word,) = self.of(task_id)
        return self._admin.get(f"/tasks/{word['taskArn'].rpartition('/')[2]}/logs").text

    def everything(self) -> list[dict[str, Any]]:
        """Every ECS task there is, and whether it lives."""
        return self._admin.get("/tasks").json()["tasks"]

    def calls(self, operation: str) -> list[dict[str, Any]]:
        """Every call of an operation, whatever was answered."""
        return self._admin.get(f"/calls/{operation}").json()["calls"]

    def stop(self, task_id: str, reason: str) -> None:
        """Stop it past Calloff."""
        (word,) = self.of(task_id)
        self.api.stop_task(cluster=resources.CLUSTER, task=word["taskArn"], reason=reason)

    def faults(self, **plan: Any) -> None:
        answer = self._admin.post("/faults", json=plan)
        assert answer.status_code == 200, answer.text

    def calm(self) -> None:
        self._admin.delete("/faults")
