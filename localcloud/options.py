"""How a local cloud is to be set up."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.trouble import LocalCloudError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Options:
    """How to set the local cloud up."""

    port: int = 0
    """Where the API listens; 0 is any free port."""
    workers: int = 4
    """Processes of the API, and as many for events. Each serves one request at a time, like a Lambda."""
    runtime: str = "auto"
    """``docker``, ``process``, or whichever can be had."""
    delays: str = "none"
    """How long each step of a task takes: ``none``, ``fargate``, or ``provisioning=0.5,…`` (seconds)."""
    state: Path | None = None
    """Folder that keeps state and logs; none is a temporary one."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """More variables for the application, such as ``CALLOFF_EXPECTED_BY_MARGIN_S``."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], port: int) -> Options:
        """Read ``PORT``, ``CALLOFF_WORKERS``, ``CALLOFF_RUNTIME`` and ``CALLOFF_STATE_DIR``."""
        state = environment.get("CALLOFF_STATE_DIR")
        return cls(
            port=_number(environment, "PORT", port),
            workers=_number(environment, "CALLOFF_WORKERS", cls.workers),
            runtime=environment.get("CALLOFF_RUNTIME", cls.runtime),
            state=Path(state) if state else None,
        )


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(environment.get(name, default))
    except ValueError:
        raise LocalCloudError(f"{name} must be a number, not {environment[name]!r}") from None
