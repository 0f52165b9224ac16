"""The real AWS CLI, unchanged, against the endpoint."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ecs.endpoint import ROOT, Endpoint, environment

# Read here, before the suite takes every AWS_ variable out of the environment.
_OWN = ROOT / ".venv-awscli" / "bin" / "aws"
AWS = os.environ.get("AWS_CLI") or (str(_OWN) if _OWN.exists() else shutil.which("aws"))

TIME = object()
"""A time; version 1 of the CLI shows seconds, version 2 ISO strings."""

# What a task on Fargate has to show; test_recorded_examples.py holds it to AWS's own examples.
TASK: dict[str, Any] = {
    "attachments": list,
    "availabilityZone": str,
    "clusterArn": str,
    "containers": list,
    "cpu": str,
    "createdAt": TIME,
    "desiredStatus": str,
    "group": str,
    "healthStatus": str,
    "lastStatus": str,
    "launchType": str,
    "memory": str,
    "overrides": dict,
    "platformVersion": str,
    "tags": list,
    "taskArn": str,
    "taskDefinitionArn": str,
    "version": int,
}
CONTAINER: dict[str, Any] = {
    "containerArn": str,
    "taskArn": str,
    "name": str,
    "lastStatus": str,
    "networkInterfaces": list,
    "healthStatus": str,
    "cpu": str,
}
NETWORK = "awsvpcConfiguration={subnets=[subnet-1],securityGroups=[sg-1],assignPublicIp=ENABLED}"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    assert AWS, "no AWS CLI: set AWS_CLI to its path, or install it in .venv-awscli"
    with Endpoint(tmp_path_factory.mktemp("ecs"), "process") as endpoint:
        yield endpoint


def aws(endpoint: Endpoint, *arguments: str) -> Any:
    done = called(endpoint, *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "{}")


def called(endpoint: Endpoint, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(AWS), "ecs", *arguments, "--output", "json"]
    return subprocess.run(command, env=environment(endpoint), capture_output=True, text=True, timeout=60, check=False)


def typed(shown: dict[str, Any], expected: dict[str, Any]) -> None:
    for name, kind in expected.items():
        assert isinstance(shown.get(name), (str, float, int) if kind is TIME else kind), name


def test_a_task_from_the_first_call_to_the_last(endpoint: Endpoint, tmp_path: Path) -> None:
    definition = tmp_path / "definition.json"
    main = {"name": "main", "image": "calloff/busybox:latest", "command": ["sleep", "300"], "stopTimeout": 5}
    definition.write_text(json.dumps([main]))
    size = ["--cpu", "256", "--memory", "512"]
    fargate = ["--network-mode", "awsvpc", "--requires-compatibilities", "FARGATE", *size]
    aws(endpoint, "create-cluster", "--cluster-name", "calloff")
    registered = aws(
        endpoint,
        "register-task-definition",
        *("--family", "sleep360"),
        *fargate,
        *("--container-definitions", f"file://{definition}"),
    )["taskDefinition"]
    assert (registered["family"], registered["revision"], registered["status"]) == ("sleep360", 1, "ACTIVE")

    ran = aws(
        endpoint,
        "run-task",
        *("--cluster", "calloff", "--task-definition", "sleep360:1", "--launch-type", "FARGATE"),
        *("--started-by", "calloff/cli/1", "--client-token", "cli:1", "--network-configuration", NETWORK),
    )
    assert ran["failures"] == []
    (task,) = ran["tasks"]
    typed(task, TASK)
    typed(task["containers"][0], CONTAINER)
    assert (task["lastStatus"], task["desiredStatus"]) == ("PROVISIONING", "RUNNING")
    arn = task["taskArn"]

    aws(endpoint, "wait", "tasks-running", "--cluster", "calloff", "--tasks", arn)
    running = aws(endpoint, "describe-tasks", "--cluster", "calloff", "--tasks", arn)["tasks"][0]
    typed(running, TASK | {"startedAt": TIME, "pullStartedAt": TIME, "connectivity": str, "startedBy": str})
    assert running["lastStatus"] == "RUNNING"
    listed = aws(endpoint, "list-tasks", "--cluster", "calloff", "--started-by", "calloff/cli/1")
    assert listed["taskArns"] == [arn]

    stopping = aws(endpoint, "stop-task", "--cluster", "calloff", "--task", arn, "--reason", "done")["task"]
    typed(stopping, TASK | {"stopCode": str, "stoppedReason": str})
    assert (stopping["desiredStatus"], stopping["stoppedReason"]) == ("STOPPED", "done")
    aws(endpoint, "wait", "tasks-stopped", "--cluster", "calloff", "--tasks", arn)
    stopped = aws(endpoint, "describe-tasks", "--cluster", "calloff", "--tasks", arn)["tasks"][0]
    typed(stopped, TASK | {"stoppedAt": TIME, "stoppingAt": TIME, "executionStoppedAt": TIME})
    assert (stopped["lastStatus"], stopped["stopCode"]) == ("STOPPED", "UserInitiated")
    assert stopped["containers"][0]["exitCode"] == 143
    assert aws(endpoint, "list-tasks", "--cluster", "calloff")["taskArns"] == []


def test_errors_are_told_by_their_names(endpoint: Endpoint) -> None:
    listed = called(endpoint, "list-tasks", "--cluster", "unknown")
    stopped = called(endpoint, "stop-task", "--cluster", "calloff", "--task", "0" * 32)
    assert listed.returncode != 0
    assert "(ClusterNotFoundException)" in listed.stderr
    assert stopped.returncode != 0
    assert "(InvalidParameterException)" in stopped.stderr
    assert "The referenced task was not found." in stopped.stderr


def test_a_missing_task_is_no_error(endpoint: Endpoint) -> None:
    answer = aws(endpoint, "describe-tasks", "--cluster", "calloff", "--tasks", "0" * 32)
    assert [failure["reason"] for failure in answer["failures"]] == ["MISSING"]
