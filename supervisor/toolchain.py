"""The Go toolchain of the wheel that `requirements-dev.txt` pins. Nothing else is downloaded."""

from __future__ import annotations

import os
import subprocess
from importlib.resources import files
from pathlib import Path

SOURCES = Path(__file__).resolve().parent
FOLDER = SOURCES.parent / "build" / "supervisor"


def run(tool: str, *arguments: str, **variables: str) -> None:
    """Run `go` or `gofmt` on the sources.

    Raises:
        subprocess.CalledProcessError: it failed; it has said why.
    """
    program = Path(str(files("go"))) / "bin" / tool
    subprocess.run([program, *arguments], cwd=SOURCES, env=_environment() | variables, check=True)


def _environment() -> dict[str, str]:
    caches = {"GOCACHE": str(FOLDER / "cache"), "GOPATH": str(FOLDER / "path")}
    # The compiler that is here, and no module from elsewhere. One set of flags: what one run compiled serves the next.
    settled = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOPROXY": "off", "GOFLAGS": "-mod=readonly -trimpath"}
    return {**os.environ, **caches, **settled}
