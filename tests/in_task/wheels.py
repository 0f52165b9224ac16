"""Wheels, as somebody who makes an image takes them in."""

import subprocess
import sys
from pathlib import Path


def install(folder: Path, *wheels: Path) -> None:
    """Install wheels into a folder. No index is asked: what they need has to be here."""
    argv = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-compile", "--disable-pip-version-check"]
    subprocess.run([*argv, "--target", folder, *wheels], check=True)


def isolated(work: str, *folders: Path) -> str:
    """Run a program on the standard library and these folders alone; answer what it said."""
    path = f"import sys; sys.path[:0] = {[str(each) for each in folders]!r}\n"
    argv = [sys.executable, "-I", "-S", "-c", path + work]
    return subprocess.run(argv, capture_output=True, text=True, check=True, cwd="/").stdout
