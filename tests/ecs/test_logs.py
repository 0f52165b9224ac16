"""What containers write, in CloudWatch Logs' own API: the log driver `awslogs`, on processes and on Docker."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.ecs.endpoint import Endpoint, ring, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUP = "/calloff/tasks"
AWSLOGS = {
    "logDriver": "awslogs",
    "options": {"awslogs-group": GROUP, "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "task"},
}


class Logged:
    """An endpoint whose task definition has the log driver, and CloudWatch Logs as it serves them."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        config = Config(retries={"total_max_attempts": 1})
        self.logs = boto3.client("logs", "eu-west-1", endpoint_url=endpoint.url, config=config)
        endpoint.ecs.register_task_definition(
            family="job",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            executionRoleArn="arn:aws:iam::123456789012:role/execution",
            containerDefinitions=[
                {
                    "name": "main",
                    "image": "calloff/busybox:latest",
                    "stopTimeout": 2,
                    "logConfiguration": AWSLOGS,
                }  # type: ignore[list-item]
            ],
        )

    def run(self, script: str) -> str:
        return self.endpoint.run("sh", "-c", script)

    def read(self, arn: str, **how: Any) -> Any:
        stream = f"task/main/{arn.rpartition('/')[2]}"
        return self.logs.get_log_events(logGroupName=GROUP, logStreamName=stream, **({"startFromHead": True} | how))

    def texts(self, arn: str, **how: Any) -> list[str]:
        try:
            return [event["message"] for event in self.read(arn, **how)["events"]]
        except self.logs.exceptions.ResourceNotFoundException:
            return []

    def until(self, arn: str, *texts: str) -> None:
        wait_until(lambda: self.texts(arn) == list(texts), f"{texts} in the log")

    def ended(self, script: str) -> str:
        arn = self.run(script)
        self.endpoint.until(arn, "STOPPED")
        return arn


@pytest.fixture(scope="module", params=["process", pytest.param("docker", marks=pytest.mark.docker)])
def logged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Logged]:
    with Endpoint(tmp_path_factory.mktemp("ecs"), request.param) as endpoint:
        yield Logged(endpoint)


def test_what_is_written_can_be_read_at_once_and_after_the_end(logged: Logged) -> None:
    arn = logged.run("echo out; echo err >&2; while :; do sleep 0.05; done")
    wait_until(lambda: sorted(logged.texts(arn)) == ["err", "out"], "two lines")
    before = logged.read(arn)
    logged.endpoint.stop(arn)
    logged.endpoint.until(arn, "STOPPED")
    wait_until(lambda: not logged.endpoint.word(arn)["alive"], "the removal")
    assert logged.read(arn)["events"] == before["events"]


def test_a_line_is_one_event_with_its_time(logged: Logged) -> None:
    began = time.time()
    arn = logged.ended("printf 'one\\n\\ntwo  with\\ttab\\n'; sleep 1; echo three; printf 'no end'")
    events = logged.read(arn)["events"]
    assert [event["message"] for event in events] == ["one", "two  with\ttab", "three", "no end"]
    instants = [event["timestamp"] / 1000 for event in events]
    assert began - 1 < instants[0] <= instants[1] < instants[2] <= instants[3] < time.time() + 1
    assert instants[2] - instants[1] > 0.2


def test_a_long_line_comes_whole(logged: Logged) -> None:
    arn = logged.ended("i=0; while [ $i -lt 5000 ]; do printf '%08d' $i; i=$((i+1)); done; echo; echo after")
    assert logged.texts(arn) == ["".join(f"{i:08}" for i in range(5000)), "after"]


def test_bytes_that_are_no_text_do_no_harm(logged: Logged) -> None:
    assert logged.texts(logged.ended(r"printf 'a\377b\nc\n'")) == ["a\N{REPLACEMENT CHARACTER}b", "c"]


def test_pages_follow_each_other_forwards_and_backwards(logged: Logged) -> None:
    arn = logged.ended("for i in 0 1 2 3 4; do echo $i; done")
    first = logged.read(arn, limit=2)
    second = logged.read(arn, limit=2, nextToken=first["nextForwardToken"])
    assert [event["message"] for event in second["events"]] == ["2", "3"]
    third = logged.read(arn, limit=2, nextToken=second["nextForwardToken"])
    end = logged.read(arn, limit=2, nextToken=third["nextForwardToken"])
    assert (end["events"], end["nextForwardToken"]) == ([], third["nextForwardToken"])
    newest = logged.read(arn, limit=2, startFromHead=False)
    assert [event["message"] for event in newest["events"]] == ["3", "4"]
    before = logged.texts(arn, limit=2, nextToken=newest["nextBackwardToken"])
    assert before == ["1", "2"]


def test_a_token_waits_for_what_comes(logged: Logged) -> None:
    arn = logged.run("trap 'echo two' USR1; echo one; while :; do sleep 0.05; done")
    logged.until(arn, "one")
    token = logged.read(arn)["nextForwardToken"]
    ring(logged.endpoint.identity(arn))
    found = wait_until(lambda: logged.read(arn, nextToken=token)["events"], "the second line")
    assert [event["message"] for event in found] == ["two"]
    logged.endpoint.stop(arn)


def test_times_bound_what_is_read(logged: Logged) -> None:
    arn = logged.ended("echo one; sleep 1; echo two")
    first, second = logged.read(arn)["events"]
    assert logged.texts(arn, startTime=first["timestamp"] + 1) == ["two"]
    assert logged.texts(arn, endTime=second["timestamp"]) == ["one"]


def test_streams_are_found_by_their_exact_names(logged: Logged) -> None:
    arn = logged.ended("echo one")
    identity = arn.rpartition("/")[2]
    for group, stream in [
        ("/another", f"task/main/{identity}"),
        (GROUP, f"other/main/{identity}"),
        (GROUP, f"task/side/{identity}"),
        (GROUP, "task/main/0123456789abcdef0123456789abcdef"),
        (GROUP, f"task/main/../{identity}"),
        (GROUP, "nonsense"),
    ]:
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            logged.logs.get_log_events(logGroupName=group, logStreamName=stream)


@pytest.mark.parametrize("how", [{"nextToken": "nonsense"}, {"limit": 10001}])
def test_nonsense_is_refused(how: dict[str, Any], logged: Logged) -> None:
    arn = logged.ended("echo one")
    with pytest.raises(ClientError, match="InvalidParameterException"):
        logged.read(arn, **how)


def test_a_restart_of_the_endpoint_loses_nothing(logged: Logged) -> None:
    arn = logged.run("echo one; while :; do sleep 0.05; done")
    logged.until(arn, "one")
    before = logged.read(arn)
    logged.endpoint.crash()
    logged.endpoint.start()
    renewed = Logged(logged.endpoint)
    assert renewed.read(arn)["events"] == before["events"]
    renewed.endpoint.stop(arn)
