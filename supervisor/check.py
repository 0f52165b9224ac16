"""Look the supervisor's sources through, as `ruff` and `mypy` do for Python's: `python -m supervisor.check`."""

from __future__ import annotations

import subprocess
import sys

from supervisor import toolchain


def check() -> None:
    """Say what `go vet` finds, and what the formatter would change.

    Raises:
        subprocess.CalledProcessError: there is something.
    """
    toolchain.run("go", "vet", "./...")
    toolchain.run("gofmt", "-d", ".")


if __name__ == "__main__":
    try:
        check()
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
