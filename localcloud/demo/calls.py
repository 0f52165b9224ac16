"""The HTTP API as the demo uses it: as any caller would, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

TERMINAL = frozenset({"completed", "failed", "cancelled"})


@dataclass(frozen=True)
class Answer:
    """A status code and a JSON document."""

    status: int
    document: dict[str, Any]


class Calls:
    """One caller of the API."""

    def __init__(self, api: str, caller: str) -> None:
        headers = {"Authorization": f"Bearer {caller}"}
        self._http = httpx.Client(base_url=api, headers=headers, timeout=10, trust_env=False)

    def submit(self, **task: Any) -> Answer:
        """Submit a task."""
        return self._answer(self._http.post("/tasks", json=task))

    def show(self, task_id: str) -> Answer:
        """Show a task."""
        return self._answer(self._http.get(f"/tasks/{task_id}"))

    def cancel(self, task_id: str, **how: Any) -> Answer:
        """Cancel a task."""
        return self._answer(self._http.post(f"/tasks/{task_id}/cancel", json=how))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @staticmethod
    def _answer(response: httpx.Response) -> Answer:
        return Answer(response.status_code, response.json())
