"""The two fronts as parts of the local cloud: gunicorn serving ``app.py`` to HTTP, and to events."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from localcloud import ports
from localcloud.part import Part

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from localcloud.keeper import Keeper

Which = Literal["api", "events"]
ALL: tuple[Which, ...] = ("api", "events")
MODULES = {"api": "front", "events": "receiver"}
#: Seconds that running requests get at the end (gunicorn's ``graceful_timeout``, and a little).
GRACE_S = 6.0


@dataclass(frozen=True)
class Setup:
    """Which front it is, where it listens, and how many requests it serves at a time."""

    which: Which
    port: int
    workers: int
    containers: str | None = None
    """The address at which containers reach it, if that is another one."""


def part(setup: Setup, folder: Path, environment: Mapping[str, str], keeper: Keeper) -> Part:
    """Describe the process of one front."""
    argv = [sys.executable, "-m", "gunicorn", "--config", "python:localcloud.gunicorn_conf"]
    argv += ["--bind", f"{ports.HOST}:{setup.port}", "--workers", str(setup.workers)]
    if setup.containers:
        argv += ["--bind", f"{setup.containers}:{setup.port}"]
    argv += [f"localcloud.{MODULES[setup.which]}:create()"]
    return Part(setup.which, argv, environment, folder / f"{setup.which}.log", keeper)
