"""`make demo`: every scene plays to its end, all is as promised, and nothing is left."""

import os
import re
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from rich.console import Console

from localcloud.demo.backstage import Backstage
from localcloud.demo.calls import Calls
from localcloud.demo.scenes import SCENES
from localcloud.demo.screen import Screen
from localcloud.demo.stage import Stage
from localcloud.part import ROOT

#: Every process that the demo starts has it among its variables.
MARK = f"DEMO_MARK={uuid.uuid4()}"


@pytest.fixture(scope="module")
def played() -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "localcloud.demo"]
    variables = os.environ | dict([MARK.split("=")])
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=180, check=False)


def test_all_promises_are_kept(played):
    assert played.returncode == 0, played.stdout + played.stderr
    assert "promises kept" in played.stdout
    assert "✘" not in played.stdout
    assert played.stderr == ""


def test_every_scene_is_shown_and_fits_the_terminal(played):
    for number, scene in enumerate(SCENES, 1):
        assert f" {number} {scene.title} · {scene.story}" in played.stdout
    assert max(map(len, played.stdout.splitlines())) <= 100


def test_nothing_is_left_running(played):
    assert not [stat for stat in Path("/proc").glob("[0-9]*/environ") if MARK.encode() in environment(stat)]
    shown = set(re.findall(r"container ([0-9a-f]{12})", played.stdout))
    left = subprocess.run(["docker", "ps", "-aq"], capture_output=True, text=True, check=False) if shown else None
    assert left is None or not shown & set(left.stdout.split())


def environment(file: Path) -> bytes:
    """A process's variables; of one that has just gone, none."""
    try:
        return file.read_bytes()
    except OSError:
        return b""


def test_a_task_that_ends_otherwise_breaks_the_scene_at_once(cloud, witness):
    console = Console(quiet=True)
    stage = Stage("x", Calls(cloud.endpoints.api, "alice"), witness, Screen(console), Backstage(cloud))
    task = stage.submit("false")
    with pytest.raises(LookupError, match="it ended failed, and was waited for to be completed"):
        stage.until(task, "completed")
