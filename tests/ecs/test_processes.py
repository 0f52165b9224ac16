"""Process groups in place of containers."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ecs.endpoint import Endpoint, alive, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

ESCAPE = "setsid sh -c 'echo escaped $$; sleep 999' & sleep 999 & echo group $!; "


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with Endpoint(tmp_path_factory.mktemp("ecs"), "process") as endpoint:
        endpoint.define(stop_timeout=2)
        yield endpoint


def said(endpoint: Endpoint, arn: str) -> str:
    text: str = endpoint.admin(f"tasks/{arn.rpartition('/')[2]}/logs").decode()
    return text


def pids(endpoint: Endpoint, arn: str) -> list[int]:
    """Answer the pids that the command told of, and that of the command itself."""
    told = wait_until(lambda: (text := said(endpoint, arn)).count("\n") >= 2 and text, "both pids")
    own = int(endpoint.word(arn)["containers"][0]["identity"])
    return [own, *(int(line.split()[1]) for line in told.splitlines())]


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("echo ready; sleep 100", 143),
        ("trap 'exit 0' TERM; echo ready; while :; do sleep 0.1; done", 0),
        ("trap '' TERM; echo ready; while :; do sleep 0.1; done", 137),
    ],
)
def test_a_stop_ends_as_it_would_in_a_container(endpoint: Endpoint, script: str, code: int) -> None:
    arn = endpoint.run("sh", "-c", script)
    endpoint.until_said(arn, b"ready")
    endpoint.stop(arn)
    task = endpoint.until(arn, "STOPPED")

    assert task["containers"][0]["exitCode"] == code
    seconds = (task["executionStoppedAt"] - task["stoppingAt"]).total_seconds()
    assert (seconds >= 2) == (code == 137)


def test_nobody_outlives_the_main_process(endpoint: Endpoint) -> None:
    arn = endpoint.run("sh", "-c", ESCAPE + "sleep 1; exit 5")
    everybody = pids(endpoint, arn)
    assert len(everybody) == 3

    task = endpoint.until(arn, "STOPPED")

    assert task["containers"][0]["exitCode"] == 5
    assert [pid for pid in everybody if alive(pid)] == []


def test_sigkill_finds_also_those_who_left_the_group(endpoint: Endpoint) -> None:
    arn = endpoint.run("sh", "-c", "trap '' TERM; " + ESCAPE + "wait; wait; sleep 999")
    everybody = pids(endpoint, arn)
    assert all(alive(pid) for pid in everybody)
    assert endpoint.word(arn)["alive"]

    endpoint.stop(arn)
    endpoint.until(arn, "STOPPED")

    assert [pid for pid in everybody if alive(pid)] == []
    assert not endpoint.word(arn)["alive"]


def test_a_command_gets_its_own_environment_alone(endpoint: Endpoint) -> None:
    endpoint.define(stop_timeout=2, environment=[{"name": "MINE", "value": "1"}])
    arn = endpoint.run("env")
    endpoint.until(arn, "STOPPED")
    names = {line.partition("=")[0] for line in said(endpoint, arn).splitlines()}
    assert names - {"PWD", "SHLVL", "_"} == {"PATH", "MINE", "AWS_EXECUTION_ENV"}


def test_a_command_that_there_is_not_fails_late(endpoint: Endpoint) -> None:
    task = endpoint.until(endpoint.run("/no/such/program"), "STOPPED")
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotStartContainerError:")


def test_a_runner_that_is_killed_takes_its_command_along(endpoint: Endpoint) -> None:
    arn = endpoint.run("sh", "-c", "sleep 999 & echo group $!; echo self $$; wait")
    everybody = pids(endpoint, arn)
    runner = int(Path(f"/proc/{everybody[0]}/stat").read_text().rpartition(")")[2].split()[1])

    os.kill(runner, signal.SIGKILL)

    assert endpoint.until(arn, "STOPPED")["containers"][0]["reason"]
    wait_until(lambda: not any(alive(pid) for pid in everybody), "the death of all")
