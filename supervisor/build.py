"""Build `calloff-init`, the supervisor: `python -m supervisor.build [amd64|arm64]`.

The result is static, so that it runs in any image, one made `FROM scratch` too.
"""

from __future__ import annotations

import os
import platform
import sys
from typing import TYPE_CHECKING

from supervisor import toolchain
from supervisor.toolchain import FOLDER, SOURCES

if TYPE_CHECKING:
    from pathlib import Path

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
        flags = ("-ldflags=-s -w -buildid=", "-o", str(part))
        toolchain.run("go", "build", *flags, ".", GOOS="linux", GOARCH=architecture)
        part.rename(program)
    return program


def _fresh(program: Path) -> bool:
    sources = [path for path in SOURCES.iterdir() if path.suffix in {".go", ".mod", ".pem"}]
    return program.exists() and program.stat().st_mtime >= max(path.stat().st_mtime for path in sources)


if __name__ == "__main__":
    sys.stdout.write(f"{build(*sys.argv[1:2])}\n")
