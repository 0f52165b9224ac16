"""The endpoint's answers against the recorded examples of AWS's own reference.

The examples come with the AWS CLI (`awscli/examples/ecs/*.rst` in the package, published as the AWS CLI Command
Reference, ecs). Every member that an example's first output shows must be in ours, with the same JSON type, but for
those of `NOT_OURS`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.ecs.bench import CLUSTER, DEFINITION, Bench
from tests.ecs.endpoint import ROOT

# Read here, before the suite takes every AWS_ variable out of the environment.
CLI = os.environ.get("AWS_CLI") or str(ROOT / ".venv-awscli/bin/aws")

NOT_OURS = {
    "containerInstanceArn": "of a task on an EC2 instance",
    "capacityProviderName": "of a task launched through a capacity provider",
    "inferenceAcceleratorOverrides": "of Elastic Inference, which has ended",
    "startedBy": "of a request that says it",
    "memory": "of a container with a limit of its own; a task's memory is compared",
    "links": "of a bridged network",
    "networkBindings": "the same",
}


def recorded(command: str) -> dict[str, Any]:
    """The first output in the page of a command."""
    installed = Path(shutil.which(CLI) or CLI).resolve()
    pages = list(installed.parent.parent.glob(f"lib/python3*/site-packages/awscli/examples/ecs/{command}.rst"))
    assert pages, f"the AWS CLI at {installed} has no examples: `make awscli`"
    text = pages[0].read_text()
    output = re.search(r"^Output::\n\n((?:[ \t]+.*\n|\n)+)", text, re.MULTILINE)
    assert output, pages[0]
    return json.loads(output[1])


def missing(ours: Any, theirs: Any, at: str = "") -> list[str]:
    """Say where `ours` lacks a member of `theirs`, or has one of another type."""
    match theirs:
        case dict():
            if not isinstance(ours, dict):
                return [f"{at}: not an object"]
            absent = [f"{at}.{name}" for name in theirs if name not in ours and name not in NOT_OURS]
            inner = (missing(ours[name], each, f"{at}.{name}") for name, each in theirs.items() if name in ours)
            return absent + [each for found in inner for each in found]
        case [first, *_]:
            return missing(ours[0], first, f"{at}[]") if ours else []
        case str() | list():
            return (
                []
                if isinstance(ours, type(theirs) | (float if at.endswith("At") else type(theirs)))
                else [f"{at}: type"]
            )
        case _:
            return [] if isinstance(ours, (int, float)) else [f"{at}: type"]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def plain(answer: Any) -> Any:
    """As the wire has it: times are numbers."""
    answer.pop("ResponseMetadata", None)
    return json.loads(json.dumps(answer, default=lambda instant: instant.timestamp()))


def test_run_task(bench: Bench) -> None:
    ours = {"tasks": [bench.ecs.describe_tasks(cluster=CLUSTER, tasks=[bench.run()])["tasks"][0]], "failures": []}
    assert missing(plain(ours), recorded("run-task")) == []


def test_describe_tasks(bench: Bench) -> None:
    arn = bench.run()
    bench.clock.advance(1)
    assert missing(plain(bench.ecs.describe_tasks(cluster=CLUSTER, tasks=[arn])), recorded("describe-tasks")) == []


def test_stop_task(bench: Bench) -> None:
    # The example shows a task that has stopped: stopping it again answers with it.
    arn = bench.run()
    bench.clock.advance(1)
    bench.ecs.stop_task(cluster=CLUSTER, task=arn, reason="done")
    bench.clock.advance(1)
    assert missing(plain(bench.ecs.stop_task(cluster=CLUSTER, task=arn)), recorded("stop-task")) == []


def test_list_tasks(bench: Bench) -> None:
    bench.run()
    assert missing(plain(bench.ecs.list_tasks(cluster=CLUSTER)), recorded("list-tasks")) == []


def test_register_task_definition(bench: Bench) -> None:
    example = recorded("register-task-definition")
    assert missing(plain(bench.ecs.register_task_definition(**DEFINITION)), example) == []


def test_describe_task_definition(bench: Bench) -> None:
    ours = bench.ecs.describe_task_definition(taskDefinition="job")
    assert missing(plain(ours), recorded("describe-task-definition")) == []


def test_create_and_describe_clusters(bench: Bench) -> None:
    assert missing(plain(bench.ecs.create_cluster(clusterName="other")), recorded("create-cluster")) == []
    assert missing(plain(bench.ecs.describe_clusters(clusters=["other"])), recorded("describe-clusters")) == []


def test_list_clusters_and_definitions(bench: Bench) -> None:
    assert missing(plain(bench.ecs.list_clusters()), recorded("list-clusters")) == []
    assert missing(plain(bench.ecs.list_task_definitions()), recorded("list-task-definitions")) == []
    assert missing(plain(bench.ecs.list_task_definition_families()), recorded("list-task-definition-families")) == []


def test_list_tags(bench: Bench) -> None:
    arn = bench.ecs.run_task(
        cluster=CLUSTER,
        taskDefinition="job",
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
        tags=[{"key": "key1", "value": "value1"}],
    )["tasks"][0]["taskArn"]
    assert missing(plain(bench.ecs.list_tags_for_resource(resourceArn=arn)), recorded("list-tags-for-resource")) == []


def test_what_is_missing_is_found() -> None:
    assert missing({"a": [{"b": 1}]}, {"a": [{"b": 2, "c": "x"}]}) == [".a[].c"]
    assert missing({"a": "1"}, {"a": 1}) == [".a: type"]
