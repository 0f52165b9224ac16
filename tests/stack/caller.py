"""A caller of the API, and what tasks do for it."""

import ssl
from datetime import datetime
from typing import Any

import httpx

from localcloud import engine, waiting

TERMINAL = {"completed", "failed", "cancelled"}
PATIENCE_S = 90.0
#: To read the certificates of all the world takes 30 ms for each client; nobody speaks TLS here.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
#: Seconds between two looks at a record: each costs the API and the table some milliseconds of the same processor.
EVERY_S = 0.05

# What tasks do. They run in busybox's shell; `sleep` as a child, so that a trap is served within 50 ms. Who sets a trap
# says so: ECS tells that a task runs once its shell does, and a signal may be quicker than the shell (`Caller.ready`).
FOREVER = "while :; do sleep 0.05; done"
TRAPS = f"trap 'exit 0' TERM; echo ready; {FOREVER}"
DEAF = f"trap '' TERM; echo ready; {FOREVER}"
#: It hears that it shall leave, and does so once it is told to (`nudge`).
LINGERS = f"trap : TERM; trap 'exit 0' USR1; echo ready; {FOREVER}"


class Caller:
    """A caller of the API, known by name; keeps what it submitted, so that nothing outlives its test."""

    def __init__(self, api: str, name: str) -> None:
        self.name = name
        headers = {"Authorization": f"Bearer {name}"}
        self.http = httpx.Client(base_url=api, headers=headers, timeout=60, trust_env=False, verify=NO_TLS)
        self.submitted: list[str] = []

    def submit(self, script: str = FOREVER, *, key: str | None = None, **fields: Any) -> dict[str, Any]:
        body = {"image": engine.IMAGE, "command": ["sh", "-c", script], "stop_timeout": 2} | fields
        answer = self.http.post("/tasks", json=body, headers={"Idempotency-Key": key} if key else {})
        assert answer.status_code == 201, answer.text
        self.submitted.append(answer.json()["id"])
        return answer.json()

    def show(self, task_id: str) -> dict[str, Any]:
        answer = self.http.get(f"/tasks/{task_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def cancel(self, task_id: str, **how: Any) -> httpx.Response:
        return self.http.post(f"/tasks/{task_id}/cancel", json=how)

    def until(self, task_id: str, *statuses: str) -> dict[str, Any]:
        """Wait for one of the statuses; a terminal one that is not among them fails at once."""

        def look() -> dict[str, Any] | None:
            task = self.show(task_id)
            if task["status"] not in statuses:
                assert task["status"] not in TERMINAL, task
                return None
            return task

        return waiting.until(look, f"task {task_id} {statuses}", PATIENCE_S, EVERY_S)

    def running(self, script: str = FOREVER, **fields: Any) -> dict[str, Any]:
        return self.until(self.submit(script, **fields)["id"], "running")

    def ready(self, script: str, **fields: Any) -> dict[str, Any]:
        """Wait until it runs, and has said `ready`: a signal meets its trap now."""
        task = self.running(script, **fields)
        waiting.until(lambda: "ready" in self.wrote(task["id"]), f"the word of task {task['id']}", PATIENCE_S, EVERY_S)
        return task

    def wrote(self, task_id: str) -> list[str]:
        answer = self.http.get(f"/tasks/{task_id}/logs")
        assert answer.status_code == 200, answer.text
        return [line["text"] for line in answer.json()["lines"]]

    def patch(self, task_id: str, timeout: int) -> httpx.Response:
        return self.http.patch(f"/tasks/{task_id}", json={"timeout": timeout})

    def clear(self) -> None:
        for task_id in self.submitted:
            self.cancel(task_id)
        self.http.close()


def dying_s(task: dict[str, Any]) -> float:
    """Seconds from the cancellation until the container was dead, as the task's own document has it."""
    asked, dead = task["cancellation"]["requested_at"], task["termination"]["execution_stopped_at"]
    return (datetime.fromisoformat(dead) - datetime.fromisoformat(asked)).total_seconds()
