"""The template for AWS: valid for a reader stricter than the emulator, and in step with the code."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from chalicelib.config import Settings, load
from infra.template import RESOURCES, together

FUNCTION = "AWS::Serverless::Function"


def of_type(template, kind) -> dict:
    return {name: each for name, each in template["Resources"].items() if each["Type"] == kind}


def lint(path: Path) -> str:
    linter = Path(sys.executable).with_name("cfn-lint")
    found = subprocess.run([linter, "--", path], capture_output=True, text=True, check=False)
    return found.stdout + found.stderr


def test_cloudformation_has_nothing_against_the_template(built):
    assert lint(built.template_path) == ""


def test_cloudformation_has_nothing_against_the_resources_alone(tmp_path):
    (alone := tmp_path / "resources.json").write_text(json.dumps(together(*RESOURCES)))
    assert lint(alone) == ""


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
    functions = of_type(template, FUNCTION).values()
    assert {f"/aws/lambda/{each['Properties']['FunctionName']['Fn::Sub']}" for each in functions} <= named


def test_the_containers_of_other_deployments_do_not_wake_the_function(built):
    event = built.template()["Resources"]["EcsTaskChanged"]["Properties"]["Events"]["EcsTaskChangedEvent"]
    marks = event["Properties"]["Pattern"]["detail"]["startedBy"]
    assert marks == [{"prefix": {"Fn::Sub": "calloff/${Deployment}/"}}]


def test_every_function_has_a_role_of_its_own(built):
    functions = of_type(built.template(), FUNCTION)
    roles = [each["Properties"]["Role"]["Fn::GetAtt"][0] for each in functions.values()]
    assert sorted(roles) == sorted(f"{name}Role" for name in functions)


def test_the_records_outlive_the_stack(built):
    table = built.template()["Resources"]["Table"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_roles_are_handed_to_ecs_tasks_alone(built):
    for role in ("ExecutionRole", "TaskRole"):
        document = built.template()["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]
        assert [each["Principal"] for each in document["Statement"]] == [{"Service": "ecs-tasks.amazonaws.com"}]


def test_a_canary_flies_each_hour_where_that_is_wanted_and_only_there(built, stand):
    template = built.template()
    assert template["Parameters"]["CanaryEachHour"]["Default"] == "false"
    conditional = {name for name, each in template["Resources"].items() if each.get("Condition") == "CanaryFlies"}
    assert conditional == {"EachHour", "EachHourMayInvokeTheCanary", "NoCanary"}
    events = stand.client("events")
    rule = events.describe_rule(Name=stand.names["EachHour"])
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 hour)", "ENABLED")
    [target] = events.list_targets_by_rule(Rule=stand.names["EachHour"])["Targets"]
    assert target["Arn"].endswith(f":function:{stand.functions['canary']}")
