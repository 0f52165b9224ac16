"""What `python -m localcloud` says before it starts anything."""

import os
import subprocess
import sys

import pytest

from localcloud.part import ROOT


def said(*words, **variables):
    done = subprocess.run(
        [sys.executable, "-m", "localcloud", *words],
        cwd=ROOT,
        env={**os.environ, "PORT": "0", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_help_names_each_variable_and_starts_nothing():
    code, told = said("--help")
    assert code == 0
    for variable in ("PORT", "CALLOFF_WORKERS", "CALLOFF_RUNTIME", "CALLOFF_STATE_DIR"):
        assert f"  {variable} " in told


def test_an_argument_is_refused():
    code, told = said("--port=9000")
    assert code == 2
    assert "unrecognized arguments: --port=9000" in told


@pytest.mark.parametrize("runtime", ["dokcer", ""])
def test_a_runtime_that_is_none_is_refused(runtime):
    code, told = said(CALLOFF_RUNTIME=runtime)
    assert code == 1
    assert f"CALLOFF_RUNTIME is one of auto, docker, process, simulated, not {runtime!r}." in " ".join(told.split())
