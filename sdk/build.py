"""Build the wheel `calloff-task`: what a program in a task needs, and nothing else.

python -m sdk.build
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "sdk"
DESCRIPTION = ("pyproject.toml", "README.md", "LICENSE")
PACKAGE = Path("calloff", "task")


def build(folder: Path = FOLDER) -> Path:
    """Build it into `folder`; answer where it is.

    Raises:
        subprocess.CalledProcessError: it could not be built; pip's words went to standard error.
    """
    with tempfile.TemporaryDirectory() as place:
        # From a copy: setuptools leaves its own copies beside what it builds, and would pack them the next time.
        source = Path(place, "sdk")
        source.mkdir()
        for name in DESCRIPTION:
            shutil.copy(ROOT / "sdk" / name, source)
        shutil.copytree(ROOT / PACKAGE, Path(place) / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
        argv = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
        out = Path(place, "out")
        subprocess.run([*argv, "--no-deps", "--no-build-isolation", "--wheel-dir", out, source], check=True)
        [wheel] = out.iterdir()
        folder.mkdir(parents=True, exist_ok=True)
        return Path(shutil.move(wheel, folder / wheel.name))


if __name__ == "__main__":
    sys.stdout.write(f"{build()}\n")
