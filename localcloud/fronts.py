"""The two fronts as parts of the local cloud: gunicorn serving ``app.py`` to HTTP, and to events."""

from __future__ import annotations

import sys
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


def part(  # noqa: PLR0913, PLR0917  what a process needs to know, each once
    which: Which, port: int, workers: int, folder: Path, environment: Mapping[str, str], keeper: Keeper
) -> Part:
    """Describe the process of one front, with ``workers`` workers that serve one request at a time each."""
    argv = [sys.executable, "-m", "gunicorn", "--config", "python:localcloud.gunicorn_conf"]
    argv += ["--bind", f"{ports.HOST}:{port}", "--workers", str(workers), f"localcloud.{MODULES[which]}:create()"]
    return Part(which, argv, environment, folder / f"{which}.log", keeper)
