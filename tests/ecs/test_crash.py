"""The endpoint is killed with SIGKILL: containers live on, and the next one takes them over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from localcloud.ecs.runtimes.images import ensure_busybox_image
from tests.ecs.endpoint import Ears, Endpoint, alive, ring, wait_until

RUNTIMES = [pytest.param("process"), pytest.param("docker", marks=pytest.mark.docker)]


@pytest.fixture
def ears() -> Iterator[Ears]:
    with Ears() as ears:
        yield ears


@pytest.fixture(params=RUNTIMES)
def endpoint(request: pytest.FixtureRequest, tmp_path: Path, ears: Ears) -> Iterator[Endpoint]:
    if request.param == "docker":
        client = docker.from_env()
        ensure_busybox_image(client)
        client.close()
    with Endpoint(tmp_path, request.param, "--event-url", ears.url) as endpoint:
        endpoint.define(stop_timeout=2)
        yield endpoint


def lives(name: str) -> bool:
    """Say whether a pid or a container is still alive, without asking any endpoint."""
    if name.isdecimal():
        return alive(int(name))
    client = docker.from_env()
    try:
        return bool(client.api.inspect_container(name)["State"]["Running"])
    except docker.errors.NotFound:
        return False
    finally:
        client.close()


def test_a_running_container_is_adopted_and_can_be_stopped(endpoint: Endpoint) -> None:
    arn = endpoint.run("sh", "-c", "trap 'exit 9' TERM; echo ready; while :; do sleep 0.1; done", clientToken="t:1")
    endpoint.until_said(arn, b"ready")
    before = endpoint.identity(arn)
    endpoint.crash()
    endpoint.start()

    assert endpoint.task(arn)["lastStatus"] == "RUNNING"
    assert endpoint.identity(arn) == before
    endpoint.stop(arn)
    assert endpoint.until(arn, "STOPPED")["containers"][0]["exitCode"] == 9
    assert not endpoint.word(arn)["alive"]


def test_an_end_while_nobody_looked_is_told_with_its_code_and_time(endpoint: Endpoint, ears: Ears) -> None:
    arn = endpoint.run("sh", "-c", "trap 'exit 7' USR1; echo ready; while :; do sleep 0.1; done")
    endpoint.until_said(arn, b"ready")
    identity_before = endpoint.identity(arn)
    endpoint.crash()
    ring(identity_before)
    wait_until(lambda: not lives(identity_before), "the container's end")
    endpoint.start()

    task = endpoint.until(arn, "STOPPED")
    assert (task["containers"][0]["exitCode"], task["stopCode"]) == (7, "EssentialContainerExited")
    assert task["executionStoppedAt"] < task["stoppedAt"]
    wait_until(lambda: [each for each in ears.about(arn) if each["lastStatus"] == "STOPPED"], "the event")


def test_a_stop_is_carried_through_by_the_next_endpoint(endpoint: Endpoint) -> None:
    # Time enough to be killed in the middle of it.
    endpoint.define(stop_timeout=5)
    arn = endpoint.run("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done")
    endpoint.until_said(arn, b"ready")
    endpoint.stop(arn)
    endpoint.until(arn, "STOPPING")
    endpoint.crash()
    endpoint.start()

    task = endpoint.until(arn, "STOPPED")
    assert task["containers"][0]["exitCode"] == 137
    assert not endpoint.word(arn)["alive"]


@pytest.mark.parametrize("status", ["PROVISIONING", "PENDING", "ACTIVATING"])
def test_a_launch_is_carried_through_once(endpoint: Endpoint, status: str) -> None:
    arn = endpoint.run("sh", "-c", "echo started; sleep 999")
    wait_until(lambda: rank(endpoint.task(arn)["lastStatus"]) >= rank(status), status)
    endpoint.crash()
    endpoint.start()

    endpoint.until(arn, "RUNNING")
    endpoint.until_said(arn, b"started")
    name = arn.rpartition("/")[2]
    assert endpoint.admin(f"tasks/{name}/logs").count(b"started") == 1
    assert [task["alive"] for task in endpoint.admin("tasks")["tasks"]] == [True]


def rank(status: str) -> int:
    return ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"].index(status)


def test_events_that_nobody_took_come_after_the_crash(endpoint: Endpoint, ears: Ears) -> None:
    ears.refuse = True
    arn = endpoint.run("true")
    task = endpoint.until(arn, "STOPPED")
    endpoint.crash()
    ears.refuse = False
    endpoint.start()

    def all_versions() -> bool:
        return {each["version"] for each in ears.about(arn)} == set(range(1, task["version"] + 1))

    wait_until(all_versions, "every version")


def test_an_endpoint_that_is_told_to_end_leaves_nothing_running(endpoint: Endpoint, ears: Ears) -> None:
    arns = [endpoint.run("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done") for _ in range(3)]
    for arn in arns:
        endpoint.until_said(arn, b"ready")
    names = [endpoint.identity(arn) for arn in arns]
    endpoint.end()
    assert [name for name in names if lives(name)] == []


def test_an_endpoint_may_leave_its_containers_to_the_next(tmp_path: Path) -> None:
    with Endpoint(tmp_path, "process", "--on-exit", "leave") as endpoint:
        endpoint.define(stop_timeout=2)
        arn = endpoint.run("sh", "-c", "echo ready; sleep 999")
        endpoint.until_said(arn, b"ready")
        before = endpoint.identity(arn)
        endpoint.end()
        assert lives(before)
        endpoint.start()
        assert endpoint.identity(arn) == before
        endpoint.stop(arn)
        endpoint.until(arn, "STOPPED")
