"""What the endpoint's command leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ecs.endpoint import DEADLINE_S, ROOT, wait_until


@pytest.mark.parametrize(
    ("options", "stays"),
    [((), False), (("--on-exit", "leave"), True), (("--state-dir", "{tmp}/localcloud-ecs-named"), True)],
    ids=["stop", "leave", "named"],
)
def test_a_temporary_folder_goes_with_the_containers(tmp_path: Path, options: tuple[str, ...], stays: bool) -> None:
    ready = tmp_path / "ready.json"
    command = [
        sys.executable,
        "-m",
        "localcloud.ecs",
        "--port",
        "0",
        "--runtime",
        "process",
        "--ready-file",
        str(ready),
    ]
    given = [option.format(tmp=tmp_path) for option in options]
    process = subprocess.Popen([*command, *given], cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path)})
    wait_until(lambda: process.poll() is not None or ready.exists(), "the endpoint's start")
    [folder] = tmp_path.glob("localcloud-ecs-*")
    assert (folder / "journal.sqlite3").exists()

    process.send_signal(signal.SIGTERM)

    assert process.wait(DEADLINE_S) == 0
    assert folder.exists() == stays
