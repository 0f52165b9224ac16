"""The command line in a test's hand: as a program with pipes, and in a terminal of its own."""

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pexpect
import pytest

from calloff.cli import main
from chalicelib.views import task_document
from tests.doubles.examples import a_task
from tests.doubles.recorded import Api, serving
from tests.doubles.world import settings

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "calloff.cli"]
PATIENCE_S = 90


class Calloff:
    """Runs `calloff` as `alice`, away from the settings of whoever runs the tests."""

    def __init__(self, folder: Path, **variables: str) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.environment = {**kept, "PYTHONPATH": str(ROOT), "CALLOFF_CONFIG": str(folder / "config.toml"), **variables}
        self.folder = folder

    def __call__(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run it in this process, which is quick, with its output caught."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name in set(os.environ) - set(self.environment):
                patch.delenv(name)
            for name, value in {**self.environment, **variables}.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["calloff", *words])
            patch.chdir(self.folder)
            code = _code(main)
        return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())

    def piped(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run it as a program, with pipes."""
        return subprocess.run(
            [*PROGRAM, *words],
            env={**self.environment, **variables},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def typed(self, *words: str, columns: int = 100, **variables: str) -> "Terminal":
        """Type it into a terminal."""
        return Terminal(words, {**self.environment, "TERM": "xterm-256color", **variables}, self.folder, columns)


def _code(program: Callable[[], None]) -> int:
    try:
        program()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


class Terminal:
    """A terminal with `calloff` in it."""

    def __init__(self, words: tuple[str, ...], environment: Mapping[str, str], folder: Path, columns: int) -> None:
        self.child = pexpect.spawn(
            PROGRAM[0],
            [*PROGRAM[1:], *words],
            env=dict(environment),
            cwd=folder,
            dimensions=(24, columns),
            encoding="utf-8",
            timeout=PATIENCE_S,
        )
        self.seen = ""

    def sees(self, text: str) -> None:
        """Wait until this is on the screen."""
        self.child.expect_exact(text)
        self.seen += self.child.before + self.child.after

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.child.sendintr()

    def ends(self) -> int:
        """Wait for the end; the exit code."""
        self.child.expect(pexpect.EOF)
        self.seen += self.child.before
        self.child.close()
        return self.child.exitstatus


@pytest.fixture
def api() -> Iterator[Api]:
    with serving() as running:
        yield running


@pytest.fixture
def calloff(api: Api, tmp_path: Path) -> Calloff:
    """`calloff`, with the recorded API behind it."""
    return Calloff(tmp_path, CALLOFF_URL=api.url, CALLOFF_TOKEN="alice")


@pytest.fixture
def real(cloud: Any, tmp_path: Path) -> Calloff:
    """`calloff`, with the running local cloud behind it."""
    return Calloff(tmp_path, CALLOFF_URL=cloud.endpoints.api, CALLOFF_TOKEN="alice")


@pytest.fixture
def document() -> Callable[..., Any]:
    """Make a task document as the API does."""
    return lambda *arguments, **parts: task_document(a_task(*arguments, **parts), settings())
