"""Each function may do what it does, and nothing else: its role is held to the calls that it makes."""

from collections.abc import Iterator

import pytest

from tests.infra.deeds import DEEDS
from tests.infra.permits import Request, allows, listed, narrowed
from tests.infra.reach import reach, views
from tests.infra.requests_of import ACCOUNT, REGION
from tests.infra.stage import API, Stage

HANDLERS = (
    API,
    "authorize",
    "canary",
    "cancel_invoked",
    "cancel_requested",
    "ecs_task_changed",
    "enforce_policy",
    "hunt",
    "on_deadline",
    "relaunch",
    "sweep",
)
OF_THE_PLATFORM = {
    "logs:CreateLogStream": "Lambda writes what the function prints",
    "logs:PutLogEvents": "likewise",
    "xray:PutTelemetryRecords": "Lambda's agent sends traces",
    "xray:PutTraceSegments": "likewise",
    "sqs:ReceiveMessage": "Lambda polls the launch queue",
    "sqs:DeleteMessage": "likewise",
    "sqs:GetQueueAttributes": "likewise",
}
"""What is done on a function's behalf, with its role, and no call of its own shows."""
KEEPS_FAILURES = ("sqs:SendMessage", "events-dead")
"""Lambda keeps the events that a function failed at: for the same right a function may have for itself elsewhere."""
UNSCOPED = {
    "ecs:RegisterTaskDefinition": "ECS knows no resource for it",
    "ecs:ListTasks": "its resource is a container instance, which Fargate has none of; its cluster is a condition",
    "xray:PutTelemetryRecords": "X-Ray knows no resource for it",
    "xray:PutTraceSegments": "likewise",
}
"""What may be done to `*`."""


@pytest.fixture(scope="module")
def played(stand) -> Iterator[Stage]:
    """All deeds done, one after another."""
    with pytest.MonkeyPatch.context() as patch:
        stage = Stage(stand, patch)
        for deed in DEEDS:
            stage.clear()
            deed(stage)
        yield stage


def platforms(statement) -> bool:
    """Tell whether a narrowed statement is for the platform."""
    keeps = statement["Action"] == KEEPS_FAILURES[0] and statement["Resource"].endswith(KEEPS_FAILURES[1])
    return keeps or statement["Action"] in OF_THE_PLATFORM


def test_the_handlers_are_all_of_them(stand):
    assert set(stand.functions) == set(HANDLERS)


@pytest.mark.parametrize("handler", HANDLERS)
def test_the_deeds_hold_every_path_to_aws(played, handler):
    reachable = reach(handler) if handler != API else {method for view in views() for method in reach(view)}
    assert played.methods[handler] == reachable


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_function_may_do_all_that_it_does(stand, played, handler):
    statements = stand.statements(handler)
    assert played.requests[handler]
    assert [asked for asked in played.requests[handler] if not allows(statements, asked)] == []


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_function_may_do_nothing_that_it_does_not_do(stand, played, handler):
    """Taken apart, down to one action on one resource under one value of a condition, each part of it is used."""
    parts = [part for statement in stand.statements(handler) for part in narrowed(statement)]
    idle = [part for part in parts if not any(allows([part], asked) for asked in played.requests[handler])]
    assert [part for part in idle if not platforms(part)] == []


@pytest.mark.parametrize("handler", HANDLERS)
def test_what_may_be_done_to_everything_is_known_and_why(stand, handler):
    for statement in stand.statements(handler):
        if "*" in listed(statement["Resource"]):
            assert set(listed(statement["Action"])) <= UNSCOPED.keys()


@pytest.mark.parametrize("handler", HANDLERS)
def test_an_action_is_named_whole(stand, handler):
    assert not [s for s in stand.statements(handler) if any("*" in action for action in listed(s["Action"]))]


def foreign(stand) -> list[Request]:
    """What no function may do."""

    def arn(service: str, name: str) -> str:
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"

    table, mine = arn("dynamodb", f"table/{stand.names['Table']}"), arn("ecs", f"cluster/{stand.names['Cluster']}")
    record = {"dynamodb:LeadingKeys": ["task#1"]}
    tasks, other = {"iam:PassedToService": ["ecs-tasks.amazonaws.com"]}, {"ecs:cluster": [arn("ecs", "cluster/other")]}
    role = f"arn:aws:iam::{ACCOUNT}:role/{stand.names['ExecutionRole']}"
    return [
        Request("dynamodb:DeleteItem", table, record),
        Request("dynamodb:Scan", table),
        Request("dynamodb:UpdateItem", arn("dynamodb", "table/other"), record),
        Request("dynamodb:UpdateItem", table, {"dynamodb:LeadingKeys": ["definition#1"]}),
        Request("ecs:RunTask", arn("ecs", "task-definition/calloff-1:1"), other),
        Request("ecs:RunTask", arn("ecs", "task-definition/somebody-elses:1"), {"ecs:cluster": [mine]}),
        Request("ecs:StopTask", arn("ecs", "task/other/1"), other),
        Request("ecs:ListTasks", "*", other),
        Request("ecs:DeregisterTaskDefinition", "*"),
        Request("iam:PassRole", role, {"iam:PassedToService": ["lambda.amazonaws.com"]}),
        Request("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/admin", tasks),
        Request("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:somebody-elses")),
        Request("states:StartExecution", arn("states", "stateMachine:somebody-elses")),
        Request("sqs:SendMessage", arn("sqs", "somebody-elses")),
    ]


@pytest.mark.parametrize("handler", HANDLERS)
def test_what_is_somebody_elses_is_out_of_reach(stand, handler):
    statements = stand.statements(handler)
    assert [asked for asked in foreign(stand) if allows(statements, asked)] == []


def test_only_who_submits_creates_records(stand):
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{stand.names['Table']}"
    creates = Request("dynamodb:PutItem", table, {"dynamodb:LeadingKeys": ["task#1"]})
    assert [handler for handler in HANDLERS if allows(stand.statements(handler), creates)] == [API, "canary"]


def test_the_timer_may_wake_deadlines_and_nothing_else(stand):
    iam, role = stand.client("iam"), stand.names["TimerRole"]
    [name] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    [statement] = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]
    assert statement["Action"] == "lambda:InvokeFunction"
    assert statement["Resource"].endswith(f":function:{stand.functions['on_deadline']}")


# -- the judge itself


ARN = "arn:aws:ecs:us-east-1:1:task/mine/1"


@pytest.mark.parametrize(
    ("statement", "asked", "allowed"),
    [
        ({"Action": "ecs:StopTask", "Resource": "*"}, Request("ecs:StopTask", ARN), True),
        ({"Action": "ECS:stoptask", "Resource": "*"}, Request("ecs:StopTask", ARN), True),
        ({"Action": ["ecs:Run?ask", "ecs:Stop*"], "Resource": "*"}, Request("ecs:StopTask", ARN), True),
        ({"Action": "ecs:StopTask", "Resource": "arn:aws:ecs:*:*:task/mine/*"}, Request("ecs:StopTask", ARN), True),
        ({"Action": "ecs:StopTask", "Resource": "arn:aws:ecs:*:*:task/MINE/*"}, Request("ecs:StopTask", ARN), False),
        ({"Action": "ecs:StopTask", "Resource": "arn:aws:ecs:*:task/[m]ine/1"}, Request("ecs:StopTask", ARN), False),
        ({"Action": "ecs:StopTasks", "Resource": "*"}, Request("ecs:StopTask", ARN), False),
    ],
)
def test_actions_and_resources_are_patterns(statement, asked, allowed):
    assert allows([{"Effect": "Allow", **statement}], asked) is allowed


@pytest.mark.parametrize(
    ("condition", "given", "holds"),
    [
        ({"StringEquals": {"k": "a"}}, ["a"], True),
        ({"StringEquals": {"k": ["b", "a"]}}, ["a"], True),
        ({"StringEquals": {"k": "*"}}, ["a"], False),
        ({"StringEquals": {"k": "a"}}, None, False),
        ({"StringLike": {"k": "a*"}}, ["abc"], True),
        ({"StringLike": {"k": "a*"}, "StringEquals": {"k": "b"}}, ["abc"], False),
        ({"ArnEquals": {"k": "arn:aws:ecs:*:1:cluster/a"}}, ["arn:aws:ecs:eu:1:cluster/a"], True),
        ({"ArnEquals": {"k": "arn:aws:ecs:*:cluster/a"}}, ["arn:aws:ecs:eu:1:cluster/a"], False),
        ({"ForAllValues:StringLike": {"k": "a*"}}, ["ab", "ac"], True),
        ({"ForAllValues:StringLike": {"k": "a*"}}, ["ab", "b"], False),
        ({"ForAllValues:StringLike": {"k": "a*"}}, None, True),
    ],
)
def test_conditions_hold_all_of_them_for_one_of_their_values(condition, given, holds):
    statement = {"Effect": "Allow", "Action": "s:A", "Resource": "*", "Condition": condition}
    asked = Request("s:A", "*", {} if given is None else {"k": given})
    assert allows([statement], asked) is holds


@pytest.mark.parametrize("odd", [{"NotAction": "s:A"}, {"NotResource": "*"}, {"Effect": "Deny"}])
def test_what_the_judge_does_not_know_is_an_error(odd):
    with pytest.raises(AssertionError):
        allows([{"Effect": "Allow", "Action": "s:A", "Resource": "*", **odd}], Request("s:A", "*"))


def test_a_statement_taken_apart_has_each_value_once():
    statement = {"Effect": "Allow", "Action": ["s:A", "s:B"], "Resource": ["1", "2"]}
    conditions = {"StringEquals": {"k": ["x", "y"]}}
    assert len(list(narrowed(statement))) == 4
    assert len(list(narrowed({**statement, "Condition": conditions}))) == 8
