"""What is refused, and by which of AWS's names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud.ecs import EcsError
from tests.ecs.bench import DEFINITION, RUN, Bench

MAIN: dict[str, Any] = DEFINITION["containerDefinitions"][0]
INVALID, CLIENT = "InvalidParameterException", "ClientException"


def refusal(bench: Bench, operation: str, params: dict[str, Any]) -> str:
    """Call past boto3's own checks, and answer the code of the error."""
    with pytest.raises(EcsError) as refused:
        bench.engine.call(operation, params)
    assert refused.value.status == 400
    return refused.value.code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"startedBy": "a:b"}, INVALID),
        ({"startedBy": "a" * 129}, INVALID),
        ({"startedBy": ""}, INVALID),
        ({"clientToken": "a" * 65}, INVALID),
        ({"clientToken": "a b"}, INVALID),
        ({"clientToken": "ä"}, INVALID),
        ({"count": 0}, INVALID),
        ({"count": 11}, INVALID),
        ({"count": "1"}, "SerializationException"),
        ({"count": True}, "SerializationException"),
        ({"launchType": "MOON"}, INVALID),
        ({"launchType": "EC2"}, INVALID),
        ({"networkConfiguration": {}}, INVALID),
        ({"networkConfiguration": {"awsvpcConfiguration": {}}}, INVALID),
        ({"networkConfiguration": {"awsvpcConfiguration": {"subnets": []}}}, INVALID),
        ({"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["s"] * 17}}}, INVALID),
        ({"networkConfiguration": {"awsvpcConfiguration": {"subnets": [1]}}}, "SerializationException"),
        ({"overrides": {"containerOverrides": [{"name": "unknown"}]}}, INVALID),
        ({"overrides": {"cpu": "256", "memory": "4096"}}, CLIENT),
        ({"platformVersion": "9.9.9"}, INVALID),
        ({"taskDefinition": "unknown"}, CLIENT),
        ({"taskDefinition": "job:7"}, CLIENT),
        ({"taskDefinition": "no good"}, CLIENT),
        ({"cluster": "unknown"}, "ClusterNotFoundException"),
        ({"unheardOf": 1}, INVALID),
        ({"tags": [{"key": "a" * 129, "value": "v"}]}, INVALID),
        ({"tags": [{"key": "a?", "value": "v"}]}, INVALID),
        ({"tags": [{"key": "aws:a", "value": "v"}]}, INVALID),
        ({"tags": [{"key": "a", "value": "v"}] * 2}, INVALID),
        ({"tags": [{"key": str(n), "value": "v"} for n in range(51)]}, INVALID),
        ({"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}]}, INVALID),
    ],
    ids=lambda value: json.dumps(value)[:60],
)
def test_run_task_refuses(bench: Bench, change: dict[str, Any], code: str) -> None:
    assert refusal(bench, "RunTask", {**RUN, **change}) == code
    assert bench.engine.tasks() == []


@pytest.mark.parametrize(
    "change",
    [
        {"startedBy": "a" * 128},
        {"startedBy": "calloff/local-1/A_b/2"},
        {"clientToken": "!" + "~" * 63},
        {"tags": [{"key": "Größe 1_.:/=+-@", "value": "日本"}]},
        {"taskDefinition": "job:1"},
        {"taskDefinition": "arn:aws:ecs:eu-west-1:000000000000:task-definition/job:1"},
        {"overrides": {"cpu": "512", "memory": "4096"}},
        {"platformVersion": "LATEST"},
    ],
    ids=lambda value: json.dumps(value)[:60],
)
def test_run_task_takes(bench: Bench, change: dict[str, Any]) -> None:
    assert len(bench.engine.call("RunTask", {**RUN, **change})["tasks"]) == 1


def test_spot_is_asked_for_by_its_capacity_provider(bench: Bench) -> None:
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    params = {name: value for name, value in RUN.items() if name != "launchType"}
    task = bench.engine.call("RunTask", {**params, "capacityProviderStrategy": strategy})["tasks"][0]
    assert task["capacityProviderName"] == "FARGATE_SPOT"
    assert "launchType" not in task


def test_without_a_launch_type_ecs_looks_for_instances(bench: Bench) -> None:
    params = {name: value for name, value in RUN.items() if name != "launchType"}
    assert refusal(bench, "RunTask", params) == INVALID


@pytest.mark.parametrize(("extra", "taken"), [(0, True), (1, False)])
def test_overrides_hold_8192_characters_of_json(bench: Bench, extra: int, taken: bool) -> None:
    overrides = {"containerOverrides": [{"name": "main", "command": [""]}]}
    room = 8192 - len(json.dumps(overrides, separators=(",", ":")))
    overrides["containerOverrides"][0]["command"] = ["x" * (room + extra)]

    if taken:
        assert bench.engine.call("RunTask", {**RUN, "overrides": overrides})
    else:
        assert refusal(bench, "RunTask", {**RUN, "overrides": overrides}) == INVALID


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"family": "no good"}, CLIENT),
        ({"family": None}, INVALID),
        ({"cpu": "257"}, CLIENT),
        ({"cpu": None}, CLIENT),
        ({"memory": "2049"}, CLIENT),
        ({"memory": "plenty"}, CLIENT),
        ({"networkMode": "bridge"}, CLIENT),
        ({"networkMode": "teleport"}, INVALID),
        ({"containerDefinitions": []}, CLIENT),
        ({"containerDefinitions": [MAIN, MAIN]}, CLIENT),
        ({"containerDefinitions": [{**MAIN, "name": None}]}, CLIENT),
        ({"containerDefinitions": [{**MAIN, "image": ""}]}, CLIENT),
        ({"containerDefinitions": [{**MAIN, "essential": False}]}, CLIENT),
        ({"containerDefinitions": [{**MAIN, "stopTimeout": 121}]}, CLIENT),
        ({"containerDefinitions": [{**MAIN, "stopTimeout": 1}]}, CLIENT),
        ({"containerDefinitions": [{**MAIN, "stopTimeout": "30"}]}, "SerializationException"),
        ({"containerDefinitions": [{**MAIN, "environment": [{"name": "A"}]}]}, CLIENT),
        ({"containerDefinitions": [{**MAIN, "logConfiguration": {"logDriver": "awslogs"}}]}, CLIENT),
        ({"containerDefinitions": [{**MAIN, "secrets": [{"name": "A", "valueFrom": "arn"}]}]}, CLIENT),
        ({"containerDefinitions": [{**MAIN, "mood": "good"}]}, INVALID),
    ],
    ids=lambda value: json.dumps(value)[:60],
)
def test_register_refuses(bench: Bench, change: dict[str, Any], code: str) -> None:
    params = {name: value for name, value in {**DEFINITION, **change}.items() if value is not None}
    assert refusal(bench, "RegisterTaskDefinition", params) == code


# Every pair of the ECS API reference's list for `cpu`, at its ends and one step outside.
@pytest.mark.parametrize(
    ("cpu", "least", "most", "step"),
    [
        (256, 512, 2048, 512),
        (512, 1024, 4096, 1024),
        (1024, 2048, 8192, 1024),
        (2048, 4096, 16384, 1024),
        (4096, 8192, 30720, 1024),
        (8192, 16384, 61440, 4096),
        (16384, 32768, 122880, 8192),
    ],
)
def test_fargate_knows_certain_sizes_only(bench: Bench, cpu: int, least: int, most: int, step: int) -> None:
    for memory, known in ((least, True), (most, True), (least - step, False), (most + step, False)):
        params = {**DEFINITION, "cpu": str(cpu), "memory": str(memory)}
        if known:
            assert bench.engine.call("RegisterTaskDefinition", params)
        else:
            assert refusal(bench, "RegisterTaskDefinition", params) == CLIENT


@pytest.mark.parametrize(("cpu", "memory"), [(".25 vCPU", "0.5GB"), ("0.25vcpu", "0.5 gb"), ("256", "512")])
def test_a_size_may_be_written_in_several_ways(bench: Bench, cpu: str, memory: str) -> None:
    shown = bench.engine.call("RegisterTaskDefinition", {**DEFINITION, "cpu": cpu, "memory": memory})
    assert (shown["taskDefinition"]["cpu"], shown["taskDefinition"]["memory"]) == ("256", "512")


def test_a_missing_member_is_named(bench: Bench) -> None:
    with pytest.raises(EcsError, match="taskDefinition"):
        bench.engine.call("RunTask", {"cluster": "calloff"})
