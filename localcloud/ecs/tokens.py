"""Client tokens: the same request again finds what it launched before.

Source: *Ensuring idempotency* in the ECS API reference. A token counts per cluster and lives for 24 hours, but no
longer than its task and an hour.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localcloud.ecs.errors import EcsError
from localcloud.ecs.lifecycle import TOKEN_AFTERLIFE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from localcloud.ecs.model import Task

LIFE = 24 * 3600.0
"""Seconds that a token lives at most."""


@dataclass(frozen=True)
class Token:
    """A token that was used: for which request, and what came of it."""

    cluster: str
    value: str
    fingerprint: str
    task_ids: tuple[str, ...]
    created: float

    @property
    def key(self) -> str:
        """Answer a name that no other token has."""
        return f"{self.cluster} {self.value}"


def fingerprint(params: Mapping[str, object]) -> str:
    """Answer what two requests with the same parameters have in common; the token itself does not count."""
    compared = {name: value for name, value in params.items() if name not in {"clientToken", "cluster"}}
    return hashlib.sha256(json.dumps(compared, sort_keys=True).encode()).hexdigest()


def lives(token: Token, tasks: Sequence[Task], now: float) -> bool:
    """Say whether the token still counts; `tasks` are those of its tasks that are still known."""
    if now >= token.created + LIFE:
        return False
    return any(task.times.stopped is None or now < task.times.stopped + TOKEN_AFTERLIFE for task in tasks)


def conflict(arns: Sequence[str]) -> EcsError:
    """Answer AWS's ConflictException, naming the tasks that the token belongs to."""
    message = "The request could not be processed because of conflict in the current state of the resource."
    return EcsError("ConflictException", message, members={"resourceIds": list(arns)})
