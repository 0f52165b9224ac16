"""Take each rule out of Calloff, one at a time, and see the rule's own test fail.

    python -m tests.mutants              every mutant; exits with 1 if one survives
    python -m tests.mutants lease token  those whose names hold one of the words

A mutant is a small textual change of `chalicelib`, made in a copy. It is killed if the tests that it names fail there.
They pass without it, in the same kind of copy, before anything else is tried. A mutant whose text is not found any more
is an error, here and in `test_mutants.py`.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

import pytest

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant

ROOT = Path(__file__).parents[2]
NEEDED = ("app.py", "chalicelib", "infra", "localcloud", "tests", "pyproject.toml")


@dataclass(frozen=True)
class Killed:
    """Its test failed; with which words."""

    by: str


@dataclass(frozen=True)
class Survived:
    """Its test passed: the test does not guard the rule."""


@dataclass(frozen=True)
class Broken:
    """The tests could not be run, which proves nothing."""

    why: str


Fate = Killed | Survived | Broken


def fate(mutant: Mutant) -> Fate:
    """Make the mutant, and run its tests."""
    with copy() as folder:
        for change in mutant.changes:
            file = folder / "chalicelib" / change.file
            text = file.read_text()
            if text.count(change.old) != 1:
                return Broken(f"{change.file} holds its text {text.count(change.old)} times")
            file.write_text(text.replace(change.old, change.new))
        return _run(folder, [mutant.test])


def unchanged(mutants: Sequence[Mutant]) -> Fate:
    """Run the tests of all mutants on a copy that is not changed."""
    with copy() as folder:
        return _run(folder, sorted({mutant.test for mutant in mutants}))


@contextmanager
def copy() -> Iterator[Path]:
    """Make a copy of what the tests need."""
    with tempfile.TemporaryDirectory(prefix="calloff-mutant-") as name:
        folder = Path(name)
        for part in NEEDED:
            (folder / part).parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / part, folder / part)
        yield folder


def _run(folder: Path, tests: Sequence[str]) -> Fate:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "--tb=line", "--show-capture=no"]
    nodes = [f"tests/{test}" for test in tests]
    # A copy must find its own modules, and pytest's plugins take as long to load as the test to run.
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTEST_ADDOPTS")}
    environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", *nodes],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    match done.returncode:
        case pytest.ExitCode.OK:
            return Survived()
        case pytest.ExitCode.TESTS_FAILED:
            return Killed(_words(done.stdout))
        case _:
            # A module that cannot be imported, a test that is not there.
            return Broken(done.stdout[-2000:] + done.stderr[-2000:])


def _words(output: str) -> str:
    """What pytest says of the first failure: which test, and why."""
    test = re.search(r"^FAILED tests/(.*?)(?: - .*)?$", output, re.MULTILINE)
    why = re.search(r"^(?:E   |/\S+: )(.*)$", output, re.MULTILINE)
    return f"{test[1] if test else ''}: {why[1] if why else ''}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the fate of each mutant."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__.partition("\n")[0])
    parser.add_argument("words", nargs="*", help="only mutants whose names hold one of these")
    parser.add_argument("-j", "--jobs", type=int, default=2, help="how many at once (2)")
    options = parser.parse_args(arguments)
    chosen = [m for m in MUTANTS if not options.words or any(word in m.name for word in options.words)]
    match unchanged(chosen):
        case Survived():
            pass
        case Killed(by) | Broken(by):
            _say(f"The tests fail without any mutant: {by}")
            return 1
    with ThreadPoolExecutor(options.jobs) as pool:
        fates = [_report(mutant, each) for mutant, each in zip(chosen, pool.map(fate, chosen), strict=True)]
    left = sum(not isinstance(each, Killed) for each in fates)
    _say(f"{len(chosen) - left} of {len(chosen)} killed.")
    return 1 if left or not chosen else 0


def _report(mutant: Mutant, its: Fate) -> Fate:
    match its:
        case Killed(by):
            _say(f"killed    {mutant.rule:<10} {mutant.name}\n          {by}")
        case Survived():
            _say(f"SURVIVED  {mutant.rule:<10} {mutant.name}\n          {mutant.test}")
        case Broken(why):
            _say(f"BROKEN    {mutant.rule:<10} {mutant.name}\n{why}")
        case other:
            assert_never(other)
    return its


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
