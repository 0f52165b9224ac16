"""`calloff local`: the local cloud of a checkout. It brings an emulator, and the API itself, which no user installs."""

import os
import shutil
from pathlib import Path

from calloff.errors import SettingsError


def command(start: Path) -> tuple[Path, list[str]]:
    """Find the checkout that `start` is in, and the command that runs its local cloud.

    Raises:
        SettingsError: there is none, or nothing to run it with.
    """
    for folder in (start, *start.parents):
        if (folder / "localcloud/__main__.py").is_file() and (folder / "app.py").is_file():
            return folder, _program(folder)
    raise SettingsError(
        "The local cloud runs from a checkout of Calloff's repository, and this folder is in none: cd there first."
    )


def start(port: int | None) -> None:
    """Become the local cloud: it gets the signals of this process, and answers to them itself."""
    folder, argv = command(Path.cwd())
    os.chdir(folder)
    os.execvpe(argv[0], argv, {**os.environ, **({"PORT": str(port)} if port else {})})  # noqa: S606 - its purpose


def _program(folder: Path) -> list[str]:
    """Take the checkout's own environment, which make brings about where there is none."""
    python = folder / ".venv/bin/python"
    if python.exists():
        return [str(python), "-m", "localcloud"]
    if make := shutil.which("make"):
        return [make, "run"]
    raise SettingsError("The checkout has no environment yet, and make, which would build it, is not installed.")
