"""A role for each function, with the rights of ``rights.yaml`` and no others."""

from collections.abc import Iterator
from typing import Any

from infra import naming
from infra.template import HERE, Template, load

RIGHTS = HERE / "rights.yaml"
CLUSTER_ARN = {
    "Fn::If": [
        "OwnCluster",
        {"Fn::GetAtt": ["Cluster", "Arn"]},
        {"Fn::Sub": "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:cluster/${ExistingCluster}"},
    ]
}
TASKS_OF_THE_CLUSTER = {
    "Fn::Sub": [
        "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:task/${Name}/*",
        {"Name": {"Fn::If": ["OwnCluster", {"Ref": "Cluster"}, {"Ref": "ExistingCluster"}]}},
    ]
}


class NoRightsError(Exception):
    """A function has no entry in ``rights.yaml``."""


def role_of(function: str) -> str:
    """The logical id of a function's role."""
    return f"{function}Role"


def roles(functions: list[str]) -> Template:
    """Make the roles of these functions, given by their logical ids.

    Raises ``NoRightsError`` when nobody has said what one of them may do.
    """
    rights = load(RIGHTS)
    if strangers := sorted(set(functions) ^ set(rights["Functions"])):
        raise NoRightsError(f"infra/rights.yaml and the functions do not agree on {', '.join(strangers)}")
    return {role_of(function): _role(function, rights) for function in functions}


def _role(function: str, rights: dict[str, Any]) -> Template:
    statements = [{"Sid": "WriteOwnLogs", **_logging(function)}, {"Sid": "SendTraces", **_tracing()}]
    statements += [{"Sid": name, **rights["Statements"][name]} for name in rights["Functions"][function]]
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": _document(
                [{"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
            ),
            "Policies": [{"PolicyName": "Rights", "PolicyDocument": _document([*_resolved(statements)])}],
        },
    }


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]}


def _logging(function: str) -> dict[str, Any]:
    group = (
        f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{naming.log_group(function)}:*"
    )
    return {"Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": {"Fn::Sub": group}}


def _tracing() -> dict[str, Any]:
    return {"Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "Resource": "*"}


def _resolved(statements: list[dict[str, Any]]) -> Iterator[Any]:
    """Put the cluster's names in: it is ours, or one that was there before."""
    for statement in statements:
        yield _put_in(statement)


def _put_in(value: Any) -> Any:
    match value:
        case {"Cluster": "Arn"}:
            return CLUSTER_ARN
        case {"Cluster": "Tasks"}:
            return TASKS_OF_THE_CLUSTER
        case dict():
            return {name: _put_in(each) for name, each in value.items()}
        case _:
            return value
