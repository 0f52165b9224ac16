"""What is asked of ECS: the same input gives the same request, to the byte."""

import json

import msgspec
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from chalicelib import fargate
from chalicelib.task import Spec
from tests.doubles.examples import SPEC, a_task
from tests.doubles.world import settings

ECS = ServiceModel(Loader().load_service_model("ecs", "service-2"))
FULL = Spec(
    image="busybox",
    command=("sh", "-c", "echo 'ü' \"$A\""),
    environment={"B": "2", "A": "1"},
    secrets={"Y": "arn:aws:ssm:eu-west-1:1:parameter/y", "X": "arn:aws:ssm:eu-west-1:1:parameter/x"},
    cpu=512,
    memory=1024,
    labels={"team": "a"},
)


TOKEN = "a-token"


def family(spec: Spec = FULL, stop_timeout: int = 30, **changes) -> str:
    return fargate.task_definition(spec, stop_timeout, settings(**changes))["family"]


def valid(operation: str, request: dict) -> None:
    report = ParamValidator().validate(request, ECS.operation_model(operation).input_shape)
    assert not report.has_errors(), report.generate_report()


# -- the task definition


def test_a_definition_is_a_request_that_ecs_knows():
    valid("RegisterTaskDefinition", fargate.task_definition(FULL, 30, settings(task_role_arn="arn:aws:iam::1:role/t")))


def test_a_definition_says_what_overrides_cannot():
    definition = fargate.task_definition(FULL, 77, settings(log_group="/logs", region="eu-west-1"))
    [container] = definition["containerDefinitions"]
    assert (definition["cpu"], definition["memory"]) == ("512", "1024")
    assert (definition["networkMode"], definition["requiresCompatibilities"]) == ("awsvpc", ["FARGATE"])
    assert (container["name"], container["image"], container["stopTimeout"]) == ("main", "busybox", 77)
    assert container["linuxParameters"] == {"initProcessEnabled": True}
    assert container["logConfiguration"]["options"]["awslogs-group"] == "/logs"
    assert container["logConfiguration"]["options"]["awslogs-region"] == "eu-west-1"
    assert [secret["name"] for secret in container["secrets"]] == ["X", "Y"]


def test_the_program_has_no_role_unless_one_is_set():
    assert "taskRoleArn" not in fargate.task_definition(FULL, 30, settings())
    role = "arn:aws:iam::123456789012:role/program"
    assert fargate.task_definition(FULL, 30, settings(task_role_arn=role))["taskRoleArn"] == role


def test_the_same_content_is_the_same_family():
    other_order = msgspec.structs.replace(FULL, secrets=dict(reversed(FULL.secrets.items())))
    assert family() == family(other_order)


def test_a_family_is_a_name_that_ecs_takes():
    name = family()
    assert name.startswith("calloff-")
    assert len(name) <= 255
    assert name.replace("-", "").isalnum()


@pytest.mark.parametrize(
    "changes",
    [{"command": ("other",)}, {"environment": {"C": "3"}}, {"labels": {"team": "b"}}],
    ids=lambda changes: next(iter(changes)),
)
def test_what_overrides_say_makes_no_other_family(changes):
    assert family(msgspec.structs.replace(FULL, **changes)) == family()


@pytest.mark.parametrize(
    "changes",
    [{"image": "other"}, {"cpu": 1024}, {"memory": 2048}, {"secrets": {}}, {"secrets": {"X": "arn:aws:ssm:z"}}],
    ids=str,
)
def test_what_overrides_cannot_say_makes_another_family(changes):
    assert family(msgspec.structs.replace(FULL, **changes)) != family()


@pytest.mark.parametrize(
    "changes",
    [{"log_group": "/other"}, {"region": "eu-west-1"}, {"execution_role_arn": "arn:2"}, {"task_role_arn": "arn:3"}],
    ids=str,
)
def test_other_settings_make_another_family(changes):
    assert family(**changes) != family()


def test_another_grace_makes_another_family():
    assert family(stop_timeout=31) != family(stop_timeout=30)


def test_the_family_does_not_change_between_versions_of_calloff_unseen():
    """Whoever changes this value makes each deployment register all of its definitions again."""
    definition = fargate.task_definition(SPEC, 30, settings())
    content = {name: value for name, value in definition.items() if name != "family"}
    assert content == {
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": "arn:aws:iam::123456789012:role/calloff-execution",
        "containerDefinitions": [
            {
                "name": "main",
                "image": "busybox",
                "essential": True,
                "stopTimeout": 30,
                "environment": [{"name": "CALLOFF_GRACE", "value": "30"}],
                "secrets": [],
                "linuxParameters": {"initProcessEnabled": True},
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": "/calloff/tasks",
                        "awslogs-region": "us-east-1",
                        "awslogs-stream-prefix": "task",
                    },
                },
            }
        ],
    }


# -- RunTask


def a_launched_task(**parts):
    where = settings(subnets=("subnet-1", "subnet-2"), security_groups=("sg-1",), assign_public_ip=True)
    placed = fargate.placement(fargate.task_definition(FULL, 30, where), where)
    return a_task(spec=FULL, placement=placed, **parts)


def test_a_launch_is_a_request_that_ecs_knows():
    valid("RunTask", fargate.run_request(a_launched_task(), "prod", TOKEN))


def test_a_launch_is_rebuilt_from_the_record_to_the_byte():
    task = a_launched_task()
    read_back = msgspec.json.decode(msgspec.json.encode(task), type=type(task))
    one, other = (fargate.run_request(each, "prod", TOKEN) for each in (task, read_back))
    assert json.dumps(one) == json.dumps(other)


def test_a_launch_carries_token_and_mark():
    task = a_launched_task(attempt=3)
    request = fargate.run_request(task, "prod", TOKEN)
    assert request["clientToken"] == f"{task.id}:3"
    assert request["startedBy"] == f"calloff/prod/{task.id}/3"
    assert len(request["clientToken"]) <= 64
    assert len(request["startedBy"]) <= 128


def test_a_launch_goes_where_the_record_says():
    request = fargate.run_request(a_launched_task(), "prod", TOKEN)
    assert request["cluster"] == "calloff-test"
    assert request["taskDefinition"] == a_launched_task().placement.definition
    assert (request["launchType"], request["count"]) == ("FARGATE", 1)
    assert request["networkConfiguration"]["awsvpcConfiguration"] == {
        "subnets": ["subnet-1", "subnet-2"],
        "securityGroups": ["sg-1"],
        "assignPublicIp": "ENABLED",
    }


def test_without_a_public_address():
    request = fargate.run_request(a_task(), "prod", TOKEN)
    assert request["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == "DISABLED"


def test_the_override_has_command_environment_and_the_id():
    task = a_launched_task()
    [override] = fargate.run_request(task, "prod", TOKEN)["overrides"]["containerOverrides"]
    assert override == {
        "name": "main",
        "command": list(FULL.command),
        "environment": [
            {"name": "A", "value": "1"},
            {"name": "B", "value": "2"},
            {"name": "CALLOFF_TASK_ID", "value": task.id},
            {"name": "CALLOFF_TOKEN", "value": TOKEN},
        ],
    }


def test_the_address_of_the_api_is_the_one_of_the_claim():
    where = settings(api_url="https://calloff.example")
    task = a_task(placement=fargate.placement(fargate.task_definition(SPEC, 30, where), where))
    [override] = fargate.run_request(task, "prod", TOKEN)["overrides"]["containerOverrides"]
    assert {"name": "CALLOFF_URL", "value": "https://calloff.example"} in override["environment"]


def test_a_definition_holds_nothing_of_one_task():
    where, elsewhere = settings(), settings(api_url="https://calloff.example", key="k" * 32)
    assert fargate.task_definition(FULL, 30, where) == fargate.task_definition(FULL, 30, elsewhere)


def test_without_a_command_the_images_own_is_kept():
    task = a_task(spec=msgspec.structs.replace(SPEC, command=()))
    [override] = fargate.run_request(task, "prod", TOKEN)["overrides"]["containerOverrides"]
    assert "command" not in override


def test_secrets_are_not_in_the_override():
    assert "parameter" not in json.dumps(fargate.run_request(a_launched_task(), "prod", TOKEN))


def test_the_size_of_overrides_is_that_of_their_json():
    access = fargate.Access("id", TOKEN, "https://calloff.example")
    assert fargate.overrides_size(FULL, access) == len(json.dumps(fargate.overrides(FULL, access)))


def test_fargates_sizes_are_the_documented_ones():
    smallest_and_largest = {cpu: (min(sizes), max(sizes), len(sizes)) for cpu, sizes in fargate.MEMORY_BY_CPU.items()}
    assert smallest_and_largest == {
        256: (512, 2048, 3),
        512: (1024, 4096, 4),
        1024: (2048, 8192, 7),
        2048: (4096, 16384, 13),
        4096: (8192, 30720, 23),
        8192: (16384, 61440, 12),
        16384: (32768, 122880, 12),
    }
