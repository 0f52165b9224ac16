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
    root = Path(str(files("go")))
    subprocess.run([root / "bin" / tool, *arguments], cwd=SOURCES, env=_environment(root) | variables, check=True)


def _environment(root: Path) -> dict[str, str]:
    folders = {"GOROOT": str(root), "GOCACHE": str(FOLDER / "cache"), "GOPATH": str(FOLDER / "path")}
    # The compiler that is here, whatever else the machine has, and no module from elsewhere.
    settled = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOPROXY": "off", "GOWORK": "off", "GOENV": "off"}
    # One set of flags: what one run compiled serves the next.
    return {**os.environ, **folders, **settled, "GOFLAGS": "-mod=readonly -trimpath"}
