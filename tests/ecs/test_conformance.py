"""Every operation's answer against botocore's model: no unknown member, no wrong type, and boto3 reads it all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from localcloud.ecs import EcsError
from localcloud.ecs.operations import OPERATIONS
from localcloud.ecs.protocol import reply
from localcloud.ecs.validation import service_model
from tests.ecs.bench import CLUSTER, DEFINITION, RUN, Bench
from tests.ecs.endpoint import ROOT

SCALARS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "timestamp": (int, float),
    "boolean": (bool,),
}
WIRE: dict[str, Any] = json.loads((ROOT / "tests/doubles/samples/ecs-wire.json").read_text())


def faults(shape: Shape, value: Any, path: str) -> list[str]:
    """Answer where `value` is not what the shape says."""
    match shape, value:
        case StructureShape(), dict():
            unknown = [f"{path}.{name} is unknown" for name in value if name not in shape.members]
            known = value.keys() & shape.members.keys()
            return unknown + [
                fault for name in known for fault in faults(shape.members[name], value[name], f"{path}.{name}")
            ]
        case ListShape(), list():
            return [fault for each in enumerate(value) for fault in faults(shape.member, each[1], f"{path}[{each[0]}]")]
        case MapShape(), dict():
            return [fault for name, each in value.items() for fault in faults(shape.value, each, f"{path}.{name}")]
        case StringShape(), str() if shape.enum and value not in shape.enum:
            return [f"{path} is {value!r}"]
        case _:
            right = isinstance(value, SCALARS.get(shape.type_name, ())) and isinstance(value, bool) == (
                shape.type_name == "boolean"
            )
            return [] if right else [f"{path} is {type(value).__name__}, not {shape.type_name}"]


def calls(bench: Bench) -> list[tuple[str, dict[str, Any]]]:
    """Answer calls that make each operation show as much as it can."""
    tags = [{"key": "a", "value": "b"}]
    override = {"name": "main", "command": ["true"], "environment": [{"name": "A", "value": "1"}]}
    arn = bench.run(clientToken="t", startedBy="me", tags=tags, overrides={"containerOverrides": [override]})
    bench.clock.advance()
    gone = bench.running()
    bench.exit(gone, 3, "because")
    tasks = {"cluster": CLUSTER, "tasks": [arn, gone, "0" * 32], "include": ["TAGS"]}
    return [
        ("CreateCluster", {"clusterName": "other", "tags": tags}),
        ("DescribeClusters", {"clusters": [CLUSTER, "unknown"], "include": ["TAGS", "SETTINGS"]}),
        ("ListClusters", {"maxResults": 1}),
        ("DeleteCluster", {"cluster": "other"}),
        ("RegisterTaskDefinition", {**DEFINITION, "tags": tags}),
        ("DescribeTaskDefinition", {"taskDefinition": "job", "include": ["TAGS"]}),
        ("DeregisterTaskDefinition", {"taskDefinition": "job:2"}),
        ("ListTaskDefinitions", {"familyPrefix": "job"}),
        ("ListTaskDefinitionFamilies", {}),
        ("RunTask", {**RUN, "tags": tags}),
        ("DescribeTasks", tasks),
        ("ListTasks", {"cluster": CLUSTER, "maxResults": 1}),
        ("StopTask", {"cluster": CLUSTER, "task": arn, "reason": "enough"}),
        ("TagResource", {"resourceArn": arn, "tags": tags}),
        ("ListTagsForResource", {"resourceArn": arn}),
        ("UntagResource", {"resourceArn": arn, "tagKeys": ["a"]}),
    ]


def test_every_answer_fits_the_model(bench: Bench) -> None:
    model = service_model()
    asked = calls(bench)
    assert {operation for operation, _ in asked} == set(OPERATIONS)
    for operation, params in asked:
        shape = model.operation_model(operation).output_shape
        assert shape is not None
        answer = bench.engine.call(operation, params)
        assert faults(shape, answer, operation) == []
        assert answer or not shape.members


def test_the_check_itself_finds_faults() -> None:
    shape = service_model().shape_for("Task")
    wrong = {"taskArn": 1, "launchType": "MOON", "mood": "good", "version": True, "containers": [{"exitCode": "0"}]}
    assert len(faults(shape, wrong, "task")) == 5


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_every_operation_checks_its_input(bench: Bench, operation: str) -> None:
    with pytest.raises(EcsError) as unknown:
        bench.engine.call(operation, {"unheardOf": 1})
    assert unknown.value.code == "InvalidParameterException"
    shape = service_model().operation_model(operation).input_shape
    assert shape is not None
    for name in shape.members:
        with pytest.raises(EcsError) as wrong:
            bench.engine.call(operation, {name: object()})
        assert wrong.value.code in {"SerializationException", "InvalidParameterException"}


def wire(bench: Bench, operation: str, params: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = reply(bench.engine, f"AmazonEC2ContainerServiceV20141113.{operation}", json.dumps(params).encode())
    return answer.status, json.loads(answer.body)


def like(bench: Bench, name: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    """Make a call, and hold its answer against how AWS's looks on the wire."""
    status, body = wire(bench, operation, params)
    assert status == WIRE[name]["status"]
    assert body.keys() == WIRE[name]["body"].keys()
    for member in ("__type", "message"):
        assert body.get(member) == WIRE[name]["body"].get(member)
    return body


def test_errors_look_like_awss_on_the_wire(bench: Bench) -> None:
    arn = bench.run(clientToken="t")
    stop = {"cluster": CLUSTER, "task": arn}
    conflict = like(bench, "conflict", "RunTask", {**RUN, "clientToken": "t", "startedBy": "other"})
    assert conflict["resourceIds"] == [arn]
    like(bench, "not_found_on_stop", "StopTask", {**stop, "task": "0" * 32})
    like(bench, "cluster_not_found", "StopTask", {**stop, "cluster": "unknown"})
    missing = like(bench, "describe_missing", "DescribeTasks", {"cluster": CLUSTER, "tasks": ["0" * 32]})
    assert missing["failures"][0].keys() == {"arn", "reason"}


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("throttle", "throttle"),
        ("throttle_in_disguise", "throttle_disguised"),
        ("run_task_200_with_failures", "failures"),
        ("server_fault", "refuse_500"),
    ],
)
def test_faults_look_like_awss_on_the_wire(bench: Bench, name: str, fault: str) -> None:
    from localcloud.ecs import Once

    bench.engine.add_faults(Once(on="RunTask", fault=fault))
    like(bench, name, "RunTask", RUN)


@pytest.mark.parametrize(
    ("target", "body", "code"),
    [
        ("", b"{}", "UnknownOperationException"),
        ("DynamoDB_20120810.ListTables", b"{}", "UnknownOperationException"),
        ("AmazonEC2ContainerServiceV20141113.Fly", b"{}", "UnknownOperationException"),
        ("AmazonEC2ContainerServiceV20141113.ListTasks", b"{", "SerializationException"),
        ("AmazonEC2ContainerServiceV20141113.ListTasks", b"[]", "SerializationException"),
        ("AmazonEC2ContainerServiceV20141113.ListTasks", b"\xff", "SerializationException"),
    ],
)
def test_what_is_no_call_is_a_400(bench: Bench, target: str, body: bytes, code: str) -> None:
    answer = reply(bench.engine, target, body)
    assert (answer.status, json.loads(answer.body)["__type"]) == (400, code)
