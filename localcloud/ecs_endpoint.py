"""The ECS endpoint as a part of the local cloud: ``python -m localcloud.ecs``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from localcloud import aws, ports
from localcloud.part import Part

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from localcloud.engine import Engine
    from localcloud.keeper import Keeper

#: Seconds that it gets to stop the containers that are left.
GRACE_S = 15.0


def part(  # noqa: PLR0913, PLR0917  what a process needs to know, each once
    port: int, folder: Path, environment: Mapping[str, str], keeper: Keeper, engine: Engine, events: str
) -> Part:
    """Describe its process. SIGTERM stops its containers too; after a kill it adopts them when it is back."""
    state = folder / "ecs"
    state.mkdir(parents=True, exist_ok=True)
    options = {
        "--host": ports.HOST,
        "--port": str(port),
        "--region": aws.REGION,
        "--account": aws.ACCOUNT,
        "--runtime": engine.runtime,
        "--state-dir": str(state),
        "--event-url": f"{events}/_localcloud/events/ecs_task_changed",
        "--on-exit": "stop",
    }
    argv = [sys.executable, "-m", "localcloud.ecs", *(word for option in options.items() for word in option)]
    return Part("ecs", argv, environment, folder / "ecs.log", keeper)
