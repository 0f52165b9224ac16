"""The ECS endpoint as a part of the local cloud: ``python -m localcloud.ecs``."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localcloud import aws, ports, resources
from localcloud.part import Part

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from localcloud.engine import Engine
    from localcloud.keeper import Keeper

#: Seconds that it gets to stop the containers that are left.
GRACE_S = 15.0


@dataclass(frozen=True)
class Setup:
    """Where it listens, what runs its containers, whom it tells, and how long things take there."""

    port: int
    engine: Engine
    events: str
    delays: str = "none"


def part(setup: Setup, folder: Path, environment: Mapping[str, str], keeper: Keeper) -> Part:
    """Describe its process. SIGTERM stops its containers too; after a kill it adopts them when it is back."""
    state = folder / "ecs"
    state.mkdir(parents=True, exist_ok=True)
    options = {
        "--host": ports.HOST,
        "--port": str(setup.port),
        "--region": aws.REGION,
        "--account": aws.ACCOUNT,
        "--cluster": resources.CLUSTER,
        "--runtime": setup.engine.runtime,
        "--delays": setup.delays,
        "--state-dir": str(state),
        "--event-url": f"{setup.events}/_localcloud/events/ecs_task_changed",
        "--on-exit": "stop",
    }
    argv = [sys.executable, "-m", "localcloud.ecs", *(word for option in options.items() for word in option)]
    return Part("ecs", argv, environment, folder / "ecs.log", keeper)
