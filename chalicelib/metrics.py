"""Metrics as lines of the log: CloudWatch's embedded metric format (Amazon CloudWatch User Guide)."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from chalicelib.ports import Clock

NAMESPACE = "Calloff"


class Metric(StrEnum):
    """Everything that Calloff measures of itself, by its name in CloudWatch. The alarms are in `infra/alarms.yaml`."""

    SWEEPS = "Sweeps"
    """A sweep came to its end. That none did is an alarm: nothing that was lost is made good then."""
    DUE_TASKS = "DueTasks"
    """Tasks that a sweep found due."""
    FAILED_ATTENDS = "FailedAttends"
    """Tasks that a sweep could not attend to; they stay due."""
    MISSING_CONTAINERS = "MissingContainers"
    """Containers that ECS did not know when a sweep asked."""
    DISBELIEVED_SWEEPS = "DisbelievedSweeps"
    """A sweep found more of them missing than it believes, and took none at its word."""
    LATE_CANCELLATIONS = "LateCancellations"
    """Tasks that were still `cancelling` at a sweep, after the time by which they were to be dead."""
    STUCK_STARTING = "StuckStarting"
    """Tasks that a sweep found `starting` for longer than a start takes."""
    OLDEST_DUE_AGE = "OldestDueAge"
    """Seconds for which the longest due task of a sweep had been due."""
    NEVER_FOUND = "LaunchesNeverFound"
    """A launch of which nobody knows what came of it was given up."""
    GONE = "ContainersGone"
    """A container that ECS no longer knows was taken for dead, without proof."""
    HUNTS = "Hunts"
    """An orphan hunt came to its end."""
    ORPHANS = "Orphans"
    """Containers that a hunt found, and that should not live."""
    DISARMED_HUNTS = "DisarmedHunts"
    """A hunt that did not hunt: paused, not armed for this table, or ECS did not answer."""
    CANARIES = "Canaries"
    """A canary's task ran, was cancelled, and is dead for ECS, too."""
    CANARY_CANCEL_TIME = "CanaryCancelTime"
    """Seconds from its cancellation until its record said `cancelled`."""


SECONDS = frozenset({Metric.OLDEST_DUE_AGE, Metric.CANARY_CANCEL_TIME})
"""What is measured in seconds; all else is counted."""


def emit(clock: Clock, deployment: str, figures: Mapping[Metric, float]) -> None:
    """Print the figures, for this deployment."""
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [["Deployment"]],
        "Metrics": [{"Name": name, "Unit": "Seconds" if name in SECONDS else "Count"} for name in figures],
    }
    line: dict[str, object] = {
        "_aws": {"Timestamp": int(clock.now().timestamp() * 1000), "CloudWatchMetrics": [directive]},
        "Deployment": deployment,
        **{str(name): value for name, value in figures.items()},
    }
    # Lambda forwards what is printed as it is; a logger would put words before the JSON.
    print(msgspec.json.encode(line).decode(), flush=True)  # noqa: T201
