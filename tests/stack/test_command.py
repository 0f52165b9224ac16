"""`python -m localcloud`, as `make run` starts it: up with one command, gone with one signal."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from localcloud import keeper, ports, waiting
from localcloud.part import ROOT
from localcloud.witness import DockerEyes
from tests.stack.caller import PATIENCE_S, TRAPS, Caller


@dataclass
class Running:
    """The command, its port, and the folder of its state."""

    process: subprocess.Popen[str]
    port: int
    state: Path

    @property
    def groups(self) -> list[int]:
        """The process groups that it has started, by the parent that the kernel names."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(child) for child in children]

    def ended(self) -> str:
        """Wait for its end, and answer what it said."""
        said, _ = self.process.communicate(timeout=PATIENCE_S)
        return said


def started(port: int, state: Path) -> Running:
    variables = {"PORT": str(port), "CALLOFF_STATE_DIR": str(state), "CALLOFF_WORKERS": "1", "COLUMNS": "200"}
    process = subprocess.Popen(
        [sys.executable, "-m", "localcloud"],
        cwd=ROOT,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Running(process, port, state)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    command = started(ports.free(1)[0], tmp_path / "state")
    waiting.until(lambda: ports.taken(command.port) or command.process.poll(), "the API", PATIENCE_S)
    yield command
    command.process.kill()
    command.process.communicate()


def with_a_task(command: Running) -> tuple[Caller, str]:
    alice = Caller(f"http://127.0.0.1:{command.port}", "alice")
    return alice, alice.running(TRAPS)["id"]


def gone(task_id: str, groups: list[int]) -> bool:
    return not any(map(keeper.alive, groups)) and not left(task_id)


def left(task_id: str) -> list[str]:
    """Containers of the task on the engine, dead or alive. Processes are in groups below the endpoint's own."""
    try:
        return DockerEyes().find(task_id)
    except Exception:  # noqa: BLE001  no engine, no containers
        return []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_nothing_is_left(running, number):
    _, task_id = with_a_task(running)
    groups = running.groups
    assert len(groups) >= 5
    running.process.send_signal(number)
    said = running.ended()
    assert running.process.returncode == 0, said
    assert "Nothing is left running." in said
    assert f"http://127.0.0.1:{running.port}" in said
    assert gone(task_id, groups)
    assert not ports.taken(running.port)


def test_killed_it_leaves_nothing_either_and_the_next_one_knows_the_end(running):
    _, task_id = with_a_task(running)
    groups = running.groups
    running.process.kill()
    running.ended()
    waiting.until(lambda: gone(task_id, groups), "the keeper to clean up", PATIENCE_S)
    again = started(running.port, running.state)
    try:
        waiting.until(lambda: ports.taken(again.port) or again.process.poll(), "the API", PATIENCE_S)
        alice = Caller(f"http://127.0.0.1:{again.port}", "alice")
        assert alice.until(task_id, "failed")["exit_code"] == 137
    finally:
        again.process.terminate()
        again.ended()


def test_a_port_that_is_taken_is_said_so(tmp_path):
    with socket.socket() as somebody:
        somebody.bind((ports.HOST, 0))
        somebody.listen()
        port = somebody.getsockname()[1]
        command = started(port, tmp_path)
        said = command.ended()
    assert command.process.returncode == 1
    assert f"port {port} is taken; PORT=… chooses another" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("part", ["ministack", "localcloud.ecs", "localcloud.front", "localcloud.scheduler"])
def test_a_part_that_dies_is_named_and_takes_the_rest_with_it(running, part):
    _, task_id = with_a_task(running)
    # The API answers a moment before the last part is started.
    (doomed,) = waiting.until(lambda: groups_of(running, part), part, PATIENCE_S)
    groups = running.groups
    os.killpg(doomed, signal.SIGKILL)
    said = running.ended()
    assert running.process.returncode == 1, said
    assert "ended by itself (code -9)" in said
    assert gone(task_id, groups)


def groups_of(command: Running, part: str) -> list[int]:
    return [group for group in command.groups if part in Path(f"/proc/{group}/cmdline").read_text()]
