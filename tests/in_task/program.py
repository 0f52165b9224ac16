"""A program of a test: a real process, and what it said."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

from localcloud import waiting

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0


class Program:
    """A process whose standard output is a file, so that nobody has to read it in time."""

    def __init__(self, argv: list[str], log: Path, variables: Mapping[str, str]) -> None:
        self._log = log
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **variables}
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, env=environment
            )

    @property
    def said(self) -> str:
        return self._log.read_text()

    @property
    def words(self) -> list[str]:
        return self.said.split()

    def says(self, word: str, times: int = 1) -> None:
        waiting.until(lambda: self.words.count(word) >= times or None, f"{word!r} of a program", PATIENCE_S)

    def signal(self, number: int = signal.SIGTERM, times: int = 1) -> None:
        for _ in range(times):
            if self.process.poll() is None:
                self.process.send_signal(number)

    def ends(self) -> int:
        return self.process.wait(PATIENCE_S)


def python(script: str) -> list[str]:
    return [sys.executable, "-S", "-c", "from calloff import task\n" + textwrap.dedent(script)]
