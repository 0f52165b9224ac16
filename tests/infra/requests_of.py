"""What IAM is asked for by a call of AWS's API (Service Authorization Reference, for each service)."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.infra.permits import Request

REGION, ACCOUNT = "us-east-1", "000000000000"
Params = dict[str, Any]
PASSED_TO = {"iam:PassedToService": ["ecs-tasks.amazonaws.com"]}


def requests_of(service: str, operation: str, params: Params, roles: list[str]) -> Iterator[Request]:
    """What the call asks for; `roles` are those of the task definitions. Raises KeyError for an unknown operation."""
    if service == "dynamodb":
        yield from _dynamodb(operation, params)
    elif service == "ecs":
        yield from ECS[operation](params)
        if operation in {"RegisterTaskDefinition", "RunTask"}:
            passed = roles if operation == "RunTask" else [params["executionRoleArn"], params["taskRoleArn"]]
            yield from (Request("iam:PassRole", role, PASSED_TO) for role in passed)
    else:
        action, resource = OTHERS[service, operation]
        yield Request(action, resource(params))


def _arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"


def _dynamodb(operation: str, params: Params) -> Iterator[Request]:
    match operation:
        case "BatchGetItem":
            for table, asked in params["RequestItems"].items():
                yield _on_table("BatchGetItem", table, [key["pk"]["S"] for key in asked["Keys"]])
        case "TransactWriteItems":
            for step in params["TransactItems"]:
                [(kind, part)] = step.items()
                action = "ConditionCheckItem" if kind == "ConditionCheck" else f"{kind}Item"
                yield _on_table(action, part["TableName"], [_key(part)])
        case "Query":
            table = f"table/{params['TableName']}"
            name = f"{table}/index/{params['IndexName']}" if "IndexName" in params else table
            values = params.get("ExpressionAttributeValues", {})
            keys = [value["S"] for name, value in values.items() if name in params["KeyConditionExpression"]][:1]
            yield Request("dynamodb:Query", _arn("dynamodb", name), {"dynamodb:LeadingKeys": keys})
        case "DescribeTable":
            yield Request("dynamodb:DescribeTable", _arn("dynamodb", f"table/{params['TableName']}"))
        case "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem":
            yield _on_table(operation, params["TableName"], [_key(params)])
        case _:
            raise KeyError(operation)


def _key(part: Params) -> str:
    return (part.get("Key") or part["Item"])["pk"]["S"]


def _on_table(action: str, table: str, keys: list[str]) -> Request:
    return Request(f"dynamodb:{action}", _arn("dynamodb", f"table/{table}"), {"dynamodb:LeadingKeys": keys})


def _in(params: Params) -> dict[str, list[str]]:
    return {"ecs:cluster": [params["cluster"]]}


ECS: dict[str, Callable[[Params], list[Request]]] = {
    "RegisterTaskDefinition": lambda _: [Request("ecs:RegisterTaskDefinition", "*")],
    "RunTask": lambda p: [Request("ecs:RunTask", _arn("ecs", f"task-definition/{p['taskDefinition']}:1"), _in(p))],
    "StopTask": lambda p: [Request("ecs:StopTask", p["task"], _in(p))],
    "DescribeTasks": lambda p: [Request("ecs:DescribeTasks", task, _in(p)) for task in p["tasks"]],
    "ListTasks": lambda p: [Request("ecs:ListTasks", "*", _in(p))],
    "DescribeClusters": lambda p: [Request("ecs:DescribeClusters", cluster) for cluster in p["clusters"]],
}
OTHERS: dict[tuple[str, str], tuple[str, Callable[[Params], str]]] = {
    ("states", "StartExecution"): ("states:StartExecution", lambda p: p["stateMachineArn"]),
    # A batch is allowed by the right to send one.
    ("sqs", "SendMessageBatch"): ("sqs:SendMessage", lambda p: _arn("sqs", p["QueueUrl"].rpartition("/")[2])),
    ("secretsmanager", "GetSecretValue"): ("secretsmanager:GetSecretValue", lambda p: p["SecretId"]),
    ("logs", "GetLogEvents"): (
        "logs:GetLogEvents",
        lambda p: _arn("logs", f"log-group:{p['logGroupName']}:log-stream:{p['logStreamName']}"),
    ),
}
