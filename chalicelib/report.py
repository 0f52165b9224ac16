"""What ECS says of one of its tasks, in an event or an answer, and the mark by which we know our own."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self

import msgspec

from chalicelib.lifecycle import Event
from chalicelib.task import Proof, Termination

STOP_PREFIX = "calloff/"
"""Begins the reason of every StopTask of ours; a stop without it came from somebody else."""

_MARK = re.compile(r"calloff/(?P<deployment>[A-Za-z0-9-]+)/(?P<task_id>[0-9a-f-]{36})/(?P<attempt>[1-9][0-9]*)")


class Mark(msgspec.Struct, frozen=True):
    """Whose a container is: `startedBy`, which ECS keeps when a stop deletes the tags."""

    deployment: str
    task_id: str
    attempt: int

    def __str__(self) -> str:
        """Write it as ECS's `startedBy` (at most 128 of letters, digits, `-`, `/`, `_`)."""
        return f"calloff/{self.deployment}/{self.task_id}/{self.attempt}"

    @classmethod
    def parse(cls, started_by: str) -> Self | None:
        """Read a `startedBy`; None when it is not a mark of Calloff."""
        if not (found := _MARK.fullmatch(started_by)):
            return None
        return cls(found["deployment"], found["task_id"], int(found["attempt"]))


class Report(msgspec.Struct, frozen=True):
    """An ECS task at one version of its life. `version` counts per ECS task, so only within one ARN it orders."""

    arn: str
    cluster_arn: str
    version: int
    started_by: str
    last_status: str
    stopping: bool
    """ECS means to stop it: no StopTask is needed any more."""
    dead: bool
    """The proof of death: every container STOPPED and execution stopped, or the whole ECS task STOPPED.

    Fargate says STOPPED only after it took the network away, tens of seconds later."""
    started_at: datetime | None
    termination: Termination


def parse(task: Mapping[str, Any], proof: Proof) -> Report:
    """Read an ECS task as events (ISO strings) and boto3 (datetimes) show it; `proof` says which.

    Raises:
        KeyError: it is not an ECS task.
    """
    containers = task.get("containers", [])
    last_status = task["lastStatus"]
    execution_stopped_at = _instant(task.get("executionStoppedAt"))
    all_stopped = bool(containers) and all(c.get("lastStatus") == "STOPPED" for c in containers)
    main: Mapping[str, Any] = next((c for c in containers if c.get("name") == "main"), {})
    started_at = _instant(task.get("startedAt"))
    return Report(
        arn=task["taskArn"],
        cluster_arn=task["clusterArn"],
        version=int(task["version"]),
        started_by=task.get("startedBy", ""),
        last_status=last_status,
        stopping=task.get("desiredStatus") == "STOPPED",
        dead=last_status == "STOPPED" or (execution_stopped_at is not None and all_stopped),
        started_at=started_at,
        termination=Termination(
            proof=proof,
            exit_code=main.get("exitCode"),
            stop_code=task.get("stopCode"),
            stopped_reason=task.get("stoppedReason"),
            container_reason=main.get("reason"),
            ran=started_at is not None,
            stopping_at=_instant(task.get("stoppingAt")),
            execution_stopped_at=execution_stopped_at,
        ),
    )


def end_of(termination: Termination) -> Event:
    """Which end of a task this is. `stopCode` is an open set: a code that we do not know is an interruption."""
    match termination.stop_code:
        case "UserInitiated":
            ours = (termination.stopped_reason or "").startswith(STOP_PREFIX)
            return Event.STOPPED if ours else Event.STOPPED_EXTERNALLY
        case "TaskFailedToStart":
            return Event.START_FAILED
        case "EssentialContainerExited" | None:
            return Event.EXITED_ZERO if termination.exit_code == 0 else Event.EXITED_NONZERO
        case _:
            return Event.INTERRUPTED


def _instant(value: str | datetime | None) -> datetime | None:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.astimezone(UTC) if value else None
