"""`make deploy`, on the emulator: made, made again, changed, taken away; and what is refused before that."""

import hashlib
import json
import random
import zipfile

import boto3
import pytest

from infra import deploy, parameters
from infra.parameters import Choice, UnknownSettingError
from infra.repack import repack
from infra.stacks import Changed, StackError, Unchanged
from infra.surroundings import NoNetworkError, network
from infra.template import HERE
from localcloud import aws
from tests.infra.conftest import CHOICE

CHOSEN = {"Deployment": "deploy", "Auth": "iam", "LogRetentionDays": 7}


def choice(**more) -> Choice:
    return Choice(stage=CHOICE.stage, architecture=CHOICE.architecture, parameters={**CHOSEN, **more})


@pytest.fixture(scope="module")
def account(emulator_url) -> deploy.Account:
    session = boto3.Session("test", "test", region_name=aws.REGION)
    return deploy.Account(session, emulator_url, poll_s=0.2)


@pytest.fixture(scope="module")
def deployed(account, built) -> dict[str, str]:
    assert deploy.up(account, choice(), built.zip_path.parent) == Changed()
    return account.stack("calloff-deploy").outputs()


def given(account) -> dict[str, str]:
    [stack] = account.client("cloudformation").describe_stacks(StackName="calloff-deploy")["Stacks"]
    return {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}


def test_a_second_deployment_changes_nothing(account, built, deployed):
    assert deploy.up(account, choice(), built.zip_path.parent) == Unchanged()
    assert account.stack("calloff-deploy").outputs() == deployed


def test_another_choice_changes_what_it_is_about(account, built, deployed):
    assert deploy.up(account, choice(LogRetentionDays=14), built.zip_path.parent) == Changed()
    groups = account.client("logs").describe_log_groups(logGroupNamePrefix="/calloff/deploy/tasks")["logGroups"]
    assert [group["retentionInDays"] for group in groups] == [14]
    assert account.stack("calloff-deploy").outputs() == deployed


def test_tasks_go_to_the_default_vpc_when_nobody_chose(account, deployed):
    ec2 = account.client("ec2")
    [vpc] = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    subnets = ec2.describe_subnets(SubnetIds=given(account)["Subnets"].split(","))["Subnets"]
    assert {subnet["VpcId"] for subnet in subnets} == {given(account)["Vpc"]} == {vpc["VpcId"]}
    assert given(account)["AssignPublicIp"] == "true"


def test_the_stack_makes_a_security_group_into_which_nobody_comes(account, deployed):
    groups = account.client("ec2").describe_security_groups()["SecurityGroups"]
    [group] = [each for each in groups if each["Description"].startswith("Tasks of Calloff deploy")]
    assert group["IpPermissions"] == []


def test_a_task_finds_where_it_is_to_run(account, deployed):
    function = account.client("lambda").get_function_configuration(FunctionName="calloff-deploy-sweep")
    told = function["Environment"]["Variables"]
    assert told["CALLOFF_SECURITY_GROUPS"].startswith("sg-")
    assert told["CALLOFF_SUBNETS"] == given(account)["Subnets"]
    assert told["CALLOFF_AUTH"] == "iam"


def test_what_was_deployed_can_be_taken_away_but_the_records_stay(account, built):
    assert deploy.up(account, choice(Deployment="gone"), built.zip_path.parent) == Changed()
    table = account.stack("calloff-gone").outputs()["TableName"]
    assert table in account.stack("calloff-gone").delete()
    assert table in account.client("dynamodb").list_tables()["TableNames"]
    with pytest.raises(StackError, match="There is no stack calloff-gone"):
        account.stack("calloff-gone").outputs()
    assert account.stack("calloff-gone").delete() == []


def test_chosen_subnets_are_kept_and_their_vpc_is_found(account):
    ec2 = account.client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]
    assert network(ec2, {"Subnets": subnet["SubnetId"]}) == {"Vpc": subnet["VpcId"]}
    assert network(ec2, {"Subnets": "subnet-1", "SecurityGroups": "sg-1"}) == {}
    assert network(ec2, {"Subnets": "subnet-1", "Vpc": "vpc-1"}) == {}


class NoDefault:
    """An account without a default VPC."""

    @staticmethod
    def describe_vpcs(**_: object) -> dict:
        return {"Vpcs": []}


def test_without_a_default_vpc_a_network_must_be_chosen():
    with pytest.raises(NoNetworkError, match="name Vpc and Subnets"):
        network(NoDefault(), {})


# -- what is refused


@pytest.mark.parametrize(
    ("chosen", "settings", "words"),
    [
        ({"Auth": "local"}, {}, "only on an emulator"),
        ({"Auth": "jwt"}, {}, "CALLOFF_AUTH=jwt needs CALLOFF_JWT_ISSUER"),
        ({"Deployment": "a name"}, {}, "deployment"),
        ({"Subnet": "subnet-1"}, {}, "no such parameter: Subnet"),
        ({}, {"page": 0}, "page"),
        ({}, {"admins": ["arn:aws:iam::1:role/a"], "page": "many"}, "page"),
    ],
)
def test_what_would_not_start_is_not_deployed(built, chosen, settings, words):
    wrong = Choice(stage="dev", parameters=CHOSEN | chosen, settings=settings)
    with pytest.raises(deploy.WrongChoiceError, match=words):
        deploy.checked(built.template(), wrong, deploy.parameters_of(wrong), endpoint=None)


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_the_stages_that_there_are_can_be_deployed(built, stage):
    chosen = Choice.of(stage)
    deploy.checked(built.template(), chosen, deploy.parameters_of(chosen), endpoint=None)
    assert deploy.stack_name(chosen) == f"calloff-{stage}"


@pytest.mark.parametrize("name", ["no_such_setting", "auth", "key"])
def test_a_setting_that_is_unknown_or_the_templates_own_is_not_chosen(tmp_path, monkeypatch, name):
    (tmp_path / "parameters").mkdir()
    (tmp_path / "parameters/odd.yaml").write_text(f"settings: {{{name}: x}}")
    monkeypatch.setattr(parameters, "HERE", tmp_path)
    with pytest.raises(UnknownSettingError, match=f"no such setting: {name}"):
        Choice.of("odd")


def test_every_stage_of_chalice_has_its_parameters():
    stages = json.loads((HERE.parent / ".chalice/config.json").read_text())["stages"]
    assert {path.stem for path in (HERE / "parameters").glob("*.yaml")} == set(stages)


def test_a_setting_reaches_the_functions():
    chosen = Choice(stage="dev", settings={"page": 20, "admins": ["a", "b"], "image_digests": True})
    assert chosen.variables == {
        "CALLOFF_ADMINS": "a,b",
        "CALLOFF_IMAGE_DIGESTS": "true",
        "CALLOFF_PAGE": "20",
    }


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["up", "--stage", "nowhere"], "There is no such stage"), (["outputs"], "There is no stack calloff-dev.")],
)
def test_the_command_says_what_is_wrong(emulator_url, monkeypatch, capsys, arguments, words):
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator_url)
    monkeypatch.setattr("sys.argv", ["deploy", *arguments])
    assert deploy.main() == 1
    assert words in capsys.readouterr().err


# -- the package


def test_the_same_content_makes_the_same_zip(built, tmp_path):
    """Whenever it was packed, in whatever order, and however often."""
    for name in ("one.zip", "other.zip"):
        shuffled(built.zip_path, tmp_path / name)
        repack(tmp_path / name)
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (built.zip_path, *tmp_path.iterdir())}
    assert len(digests) == 1


def shuffled(source, target) -> None:
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w") as other:
        names = archive.namelist()
        random.shuffle(names)
        for name in names:
            other.writestr(zipfile.ZipInfo(name, (2020, 5, random.randint(1, 28), 1, 2, 4)), archive.read(name))
