"""Real containers: signals, exit codes, memory, images."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from localcloud.ecs.runtimes.images import BUSYBOX_IMAGE, ensure_busybox_image
from localcloud.ecs.runtimes.port import OUT_OF_MEMORY
from tests.ecs.endpoint import Ears, Endpoint, wait_until

pytestmark = pytest.mark.docker

DEAF = ("sh", "-c", "trap '' TERM; echo ready; while true; do sleep 1; done")
TRAPPED = ("sh", "-c", "trap 'echo bye; exit 0' TERM; echo ready; while true; do sleep 0.1; done")
DEFAULT_S = 30
"""What a task has when its definition says nothing: a bound far from any grace that is asked for here."""


@pytest.fixture(scope="module")
def engine() -> Iterator[docker.DockerClient]:
    client = docker.from_env()
    ensure_busybox_image(client)
    yield client
    client.close()


@pytest.fixture(scope="module")
def ears() -> Iterator[Ears]:
    with Ears() as ears:
        yield ears


@pytest.fixture(scope="module")
def endpoint(engine: docker.DockerClient, ears: Ears, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with Endpoint(tmp_path_factory.mktemp("ecs"), "docker", "--event-url", ears.url) as endpoint:
        yield endpoint


@pytest.fixture
def image(engine: docker.DockerClient) -> Iterator[Callable[..., str]]:
    made: list[str] = []

    def make(name: str, *instructions: str) -> str:
        dockerfile = "\n".join([f"FROM {BUSYBOX_IMAGE}", *instructions]).encode()
        made.append(f"localcloud-ecs-test/{name}:latest")
        engine.images.build(fileobj=io.BytesIO(dockerfile), tag=made[-1], rm=True)
        return made[-1]

    yield make
    for name in made:
        engine.images.remove(name, force=True)


def grace(task: dict) -> float:  # type: ignore[type-arg]
    seconds: float = (task["executionStoppedAt"] - task["stoppingAt"]).total_seconds()
    return seconds


def stopped(endpoint: Endpoint, arn: str) -> tuple[int | None, float]:
    """Stop a task, and answer its exit code and the seconds that it had."""
    endpoint.stop(arn)
    task = endpoint.until(arn, "STOPPED")
    assert task["stopCode"] == "UserInitiated"
    return task["containers"][0].get("exitCode"), grace(task)


def test_a_process_that_knows_nothing_of_signals_ends_with_143(endpoint: Endpoint) -> None:
    endpoint.define(linuxParameters={"initProcessEnabled": True})
    arn = endpoint.run("sh", "-c", "echo ready; sleep 100")
    endpoint.until_said(arn, b"ready")
    code, _ = stopped(endpoint, arn)
    assert code == 143


def test_a_trapped_sigterm_may_exit_0(endpoint: Endpoint) -> None:
    endpoint.define()
    arn = endpoint.run(*TRAPPED)
    endpoint.until_said(arn, b"ready")
    code, _ = stopped(endpoint, arn)
    assert code == 0
    assert b"bye" in endpoint.admin(f"tasks/{arn.rpartition('/')[2]}/logs")


@pytest.mark.parametrize("stop_timeout", [2, 4])
def test_a_deaf_process_is_killed_when_its_grace_is_over(endpoint: Endpoint, stop_timeout: int) -> None:
    endpoint.define(stop_timeout=stop_timeout)
    arn = endpoint.run(*DEAF)
    endpoint.until_said(arn, b"ready")
    code, seconds = stopped(endpoint, arn)
    assert code == 137
    assert stop_timeout <= seconds < DEFAULT_S


def test_a_first_process_without_handler_ignores_sigterm(endpoint: Endpoint) -> None:
    endpoint.define(stop_timeout=2)
    arn = endpoint.run("sleep", "100")
    endpoint.until(arn, "RUNNING")
    code, seconds = stopped(endpoint, arn)
    assert code == 137
    assert 2 <= seconds < DEFAULT_S


def test_children_die_with_the_first_process(endpoint: Endpoint, engine: docker.DockerClient) -> None:
    endpoint.define(stop_timeout=2, linuxParameters={"initProcessEnabled": True})
    arn = endpoint.run("sh", "-c", "trap '' TERM; sleep 999 & sleep 999 & echo ready; wait; wait; sleep 999")
    endpoint.until_said(arn, b"ready")
    word = endpoint.word(arn)
    assert word["alive"]
    processes = engine.api.top(word["containers"][0]["identity"])["Processes"]
    pids = [int(row[1]) for row in processes]
    assert len(pids) >= 4

    assert stopped(endpoint, arn)[0] == 137

    assert not endpoint.word(arn)["alive"]
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []


def test_the_images_stopsignal_replaces_sigterm(endpoint: Endpoint, image: Callable[..., str]) -> None:
    endpoint.define(image=image("stopsignal", "STOPSIGNAL SIGUSR1"))
    script = "trap 'exit 21' USR1; trap 'exit 22' TERM; echo ready; while true; do sleep 0.1; done"
    arn = endpoint.run("sh", "-c", script)
    endpoint.until_said(arn, b"ready")
    assert stopped(endpoint, arn)[0] == 21


def test_out_of_memory_is_told_of_the_main_process(endpoint: Endpoint) -> None:
    endpoint.define(memory=16)
    # `tail` keeps all of an endless line in its memory.
    arn = endpoint.run("sh", "-c", "exec tail /dev/zero")
    container = endpoint.until(arn, "STOPPED")["containers"][0]
    assert (container["exitCode"], container["reason"]) == (137, OUT_OF_MEMORY)


def test_a_childs_death_for_memory_is_not_the_containers(endpoint: Endpoint) -> None:
    endpoint.define(memory=16)
    arn = endpoint.run("sh", "-c", "tail /dev/zero; exit 7")
    container = endpoint.until(arn, "STOPPED")["containers"][0]
    assert container["exitCode"] == 7
    assert "reason" not in container


def test_the_exit_code_is_the_programs_own(endpoint: Endpoint) -> None:
    endpoint.define()
    task = endpoint.until(endpoint.run("sh", "-c", "exit 42"), "STOPPED")
    assert (task["containers"][0]["exitCode"], task["stopCode"]) == (42, "EssentialContainerExited")


def test_an_image_that_nobody_has_fails_late(endpoint: Endpoint) -> None:
    endpoint.define(image="127.0.0.1:1/none:1")
    arn = endpoint.run("true")
    task = endpoint.until(arn, "STOPPED")
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotPullContainerError:")
    assert not endpoint.word(arn)["alive"]


def test_a_command_that_is_not_in_the_image_fails_late(endpoint: Endpoint) -> None:
    endpoint.define()
    task = endpoint.until(endpoint.run("/no/such/program"), "STOPPED")
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotStartContainerError:")


def test_a_container_says_whose_it_is_and_what_it_may_use(endpoint: Endpoint, engine: docker.DockerClient) -> None:
    endpoint.define(environment=[{"name": "WHO", "value": "me"}])
    arn = endpoint.run("sh", "-c", "echo $WHO; sleep 100", startedBy="calloff/test/1")
    endpoint.until_said(arn, b"me")

    (found,) = engine.containers.list(filters={"label": f"calloff.ecs.task-arn={arn}"})

    assert found.labels["calloff.ecs.started-by"] == "calloff/test/1"
    assert found.name == f"ecs-{arn.rpartition('/')[2]}-main"
    limits = found.attrs["HostConfig"]
    assert (limits["Memory"], limits["NanoCpus"]) == (2048 << 20, 1_000_000_000)
    endpoint.define(stop_timeout=2)
    endpoint.stop(arn)


def test_the_event_of_a_death_comes_within_moments(endpoint: Endpoint, ears: Ears) -> None:
    endpoint.define()
    arn = endpoint.run("sh", "-c", "sleep 0.5")

    def proven() -> float | None:
        for at, detail in list(ears.heard):
            if detail["taskArn"] == arn and "executionStoppedAt" in detail:
                return at
        return None

    heard = wait_until(proven, "the proof of death")
    died = endpoint.task(arn)["executionStoppedAt"].timestamp()
    # Long before anybody who looks now and then would have seen it.
    assert heard - died < 10


def test_an_ended_container_is_removed_and_its_log_kept(endpoint: Endpoint, engine: docker.DockerClient) -> None:
    endpoint.define()
    arn = endpoint.run("echo", "kept")
    endpoint.until(arn, "STOPPED")

    def removed() -> bool:
        return not engine.containers.list(
            all=True, ignore_removed=True, filters={"label": f"calloff.ecs.task-arn={arn}"}
        )

    wait_until(removed, "the removal")
    assert endpoint.admin(f"tasks/{arn.rpartition('/')[2]}/logs") == b"kept\n"
    assert endpoint.word(arn)["alive"] is False
