"""The template for AWS: valid for a reader stricter than the emulator, and in step with the code."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import msgspec
import pytest
from botocore import xform_name

from chalicelib.config import Settings, load
from infra.package import PROJECT

FUNCTION = "AWS::Serverless::Function"
SERVICES = {
    "dynamodb": "CALLOFF_TABLE",
    "ecs": "CALLOFF_CLUSTER",
    "secretsmanager": "CALLOFF_KEY_SECRET_ARN",
    "sqs": "CALLOFF_LAUNCH_QUEUE_URL",
    "stepfunctions": "CALLOFF_TIMER_ARN",
}
"""What the code calls, and the setting that names what it calls there. Without the setting it cannot."""
NOT_CALLED = {
    "iam:PassRole",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
}
"""Rights that are used on the functions' behalf: by ECS, and by Lambda itself."""


def of_type(template, kind) -> dict:
    return {name: each for name, each in template["Resources"].items() if each["Type"] == kind}


def lint(path: Path) -> str:
    linter = Path(sys.executable).with_name("cfn-lint")
    found = subprocess.run([linter, "--", path], capture_output=True, text=True, check=False)
    return found.stdout + found.stderr


def test_cloudformation_has_nothing_against_the_template(built):
    assert lint(built.template_path) == ""


def test_cloudformation_has_nothing_against_the_resources_alone():
    assert lint(PROJECT / "infra/resources.yaml") == ""


def test_the_functions_get_every_setting_that_has_no_default(built):
    given = variables(built.template())
    required = {f"CALLOFF_{field.name.upper()}" for field in msgspec.structs.fields(Settings) if field.required}
    assert required <= given.keys()


def test_the_functions_get_no_setting_that_is_unknown(built):
    known = {f"CALLOFF_{name.upper()}" for name in Settings.__struct_fields__}
    assert variables(built.template()).keys() <= known


@pytest.mark.parametrize("value", ["true", "false"])
def test_the_words_of_the_template_are_words_of_the_settings(built, value):
    allowed = built.template()["Parameters"]["AssignPublicIp"]["AllowedValues"]
    environment = dict.fromkeys(variables(built.template()), "x")
    environment |= {"CALLOFF_AUTH": "local", "AWS_ENDPOINT_URL": "http://127.0.0.1"}
    assert value in allowed
    assert load(environment | {"CALLOFF_ASSIGN_PUBLIC_IP": value}).assign_public_ip is (value == "true")


def variables(template) -> dict:
    return template["Globals"]["Function"]["Environment"]["Variables"]


def test_every_function_has_a_log_group_that_forgets(built):
    template = built.template()
    groups = [group["Properties"] for group in of_type(template, "AWS::Logs::LogGroup").values()]
    named = {group["LogGroupName"]["Fn::Sub"] for group in groups if group["RetentionInDays"]}
    assert {f"/aws/lambda/${{{name}}}" for name in of_type(template, FUNCTION)} <= named


def test_the_containers_of_other_deployments_do_not_wake_the_function(built):
    event = built.template()["Resources"]["EcsTaskChanged"]["Properties"]["Events"]["EcsTaskChangedEvent"]
    marks = event["Properties"]["Pattern"]["detail"]["startedBy"]
    assert marks == [{"prefix": {"Fn::Sub": "calloff/${Deployment}/"}}]


def test_the_functions_may_do_what_the_code_calls_and_nothing_else(built):
    policy = json.loads((PROJECT / "infra/policy.json").read_text())
    granted = {action for statement in policy["Statement"] for action in listed(statement["Action"])}
    assert granted - NOT_CALLED == set(called(variables(built.template())))


def listed(action) -> list[str]:
    return [action] if isinstance(action, str) else action


def called(given) -> Iterator[str]:
    """The calls of AWS in chalicelib/aws, by name: `x.run_task(…)` and `call("run_task", …)` are ecs:RunTask."""
    words = {word for path in (PROJECT / "chalicelib/aws").glob("*.py") for word in words_in(path)}
    session = botocore.session.get_session()
    for service in (service for service, setting in SERVICES.items() if setting in given):
        model = session.get_service_model(service)
        for operation in model.operation_names:
            if xform_name(operation) in words:
                yield f"{model.signing_name}:{operation.removesuffix('Batch')}"


def words_in(path: Path) -> Iterator[str]:
    """Names of methods that are called, and strings."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=ast.Attribute(attr=name)):
                yield name
            case ast.Constant(value=str(text)):
                yield text


def test_the_records_outlive_the_stack(built):
    table = built.template()["Resources"]["Table"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_roles_are_handed_to_ecs_tasks_alone(built):
    for role in ("ExecutionRole", "TaskRole"):
        document = built.template()["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]
        assert [each["Principal"] for each in document["Statement"]] == [{"Service": "ecs-tasks.amazonaws.com"}]
