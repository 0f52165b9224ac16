"""What no caller can do: take parts of the local cloud away, and make ECS lose what it had to tell."""

from __future__ import annotations

import json
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.stack import LocalCloud

#: More events than a task has.
ALL = 100
WITHIN_S = 60.0


@dataclass(frozen=True)
class Backstage:
    """The levers behind the stage."""

    cloud: LocalCloud

    @contextmanager
    def without_ecs(self) -> Iterator[None]:
        """Freeze the ECS endpoint: it takes calls, and answers none until it is back."""
        self.cloud.pause("ecs")
        try:
            yield
        finally:
            self.cloud.resume("ecs")

    def lose_events(self, task_id: str) -> None:
        """Let ECS lose every event that it has to tell of the task."""
        lost = {"on": "event", "fault": "lost", "times": ALL, "match": task_id}
        body = json.dumps({"once": [lost]}).encode()
        with urllib.request.urlopen(f"{self.cloud.endpoints.ecs}/_localcloud/faults", body, WITHIN_S):  # noqa: S310
            pass
