"""How long each step of a task takes besides what its runtime really needs."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Delays:
    """Seconds that a task stays in a status once it could move on. `retention` is how long a stopped one is shown.

    AWS shows stopped tasks for at least an hour (``DescribeTasks`` in the ECS API reference).
    """

    provisioning: float = 0.0
    pending: float = 0.0
    activating: float = 0.0
    deactivating: float = 0.0
    deprovisioning: float = 0.0
    retention: float = 3600.0


NONE = Delays()
"""As quick as the runtime."""

FARGATE = Delays(provisioning=10.0, pending=2.0, activating=8.0, deactivating=0.5, deprovisioning=25.0)
"""About what a small image takes on Fargate: twenty seconds to run, half a minute for the network to go."""


def parse(text: str) -> Delays:
    """Read ``none``, ``fargate`` or ``step=seconds,...``; ValueError names what is wrong."""
    match text:
        case "none":
            return NONE
        case "fargate":
            return FARGATE
        case _:
            return Delays(**dict(_pair(part) for part in text.split(",")))


def _pair(part: str) -> tuple[str, float]:
    step, _, seconds = part.partition("=")
    if step not in {field.name for field in fields(Delays)}:
        raise ValueError(f"unknown step {step!r} in the delays")
    return step, float(seconds)
