"""Build `calloff-init`, the supervisor, with the Go compiler that `requirements-dev.txt` pins: nothing is downloaded.

    python -m supervisor.build [amd64|arm64]

The result is static, so that it runs in any image, one made `FROM scratch` too.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = Path(__file__).resolve().parent
FOLDER = ROOT / "build" / "supervisor"
MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def own_architecture() -> str:
    """Answer this machine's architecture by Go's name."""
    return MACHINES[platform.machine()]


def build(architecture: str | None = None) -> Path:
    """Build for an architecture, this machine's by default, unless that is done; answer where the program is.

    Raises:
        subprocess.CalledProcessError: it could not be built; the compiler's words went to standard error.
    """
    architecture = architecture or own_architecture()
    program = FOLDER / f"calloff-init-linux-{architecture}"
    if not _fresh(program):
        # Under another name first: two builds at once must not see each other's half.
        part = program.with_suffix(f".{os.getpid()}")
        FOLDER.mkdir(parents=True, exist_ok=True)
        argv = [_go(), "build", "-trimpath", "-ldflags=-s -w -buildid=", "-o", str(part), "."]
        subprocess.run(argv, cwd=SOURCES, env=_environment(architecture), check=True)
        part.rename(program)
    return program


def _fresh(program: Path) -> bool:
    sources = [path for path in SOURCES.iterdir() if path.suffix in {".go", ".mod", ".pem"}]
    return program.exists() and program.stat().st_mtime >= max(path.stat().st_mtime for path in sources)


def _go() -> str:
    return str(Path(sys.executable).with_name("go"))


def _environment(architecture: str) -> dict[str, str]:
    caches = {"GOCACHE": str(FOLDER / "cache"), "GOPATH": str(FOLDER / "path")}
    # The compiler that is here, and no module from elsewhere.
    settled = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOPROXY": "off", "GOFLAGS": "-mod=readonly"}
    return {**os.environ, **caches, **settled, "GOOS": "linux", "GOARCH": architecture}


if __name__ == "__main__":
    sys.stdout.write(f"{build(*sys.argv[1:2])}\n")
