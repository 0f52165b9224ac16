"""What each function has beside its code, and Chalice does not give it: its name, its log group, its role."""

import copy
from typing import Any

from infra import naming, rights
from infra.template import Template

FUNCTION = "AWS::Serverless::Function"


def complete(template: Template) -> Template:
    """Give every function of the template its name, its log group and its role."""
    completed = copy.deepcopy(template)
    resources = completed["Resources"]
    functions = functions_of(template)
    for function in functions:
        resources[function]["Properties"] |= _own(function)
        resources[_group_of(function)] = _log_group(function)
    resources |= rights.roles(functions)
    return completed


def functions_of(template: Template) -> list[str]:
    """The logical ids of the template's functions."""
    return [name for name, each in template["Resources"].items() if each["Type"] == FUNCTION]


def _own(function: str) -> dict[str, Any]:
    return {
        "FunctionName": {"Fn::Sub": naming.function_name(function)},
        "Role": {"Fn::GetAtt": [rights.role_of(function), "Arn"]},
    }


def _group_of(function: str) -> str:
    """Chalice's logical id of the log group: it writes the API's function in another way there."""
    return "ApiHandlerLogGroup" if function == naming.API else f"{function}LogGroup"


def _log_group(function: str) -> dict[str, Any]:
    return {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {
            "LogGroupName": {"Fn::Sub": naming.log_group(function)},
            "RetentionInDays": {"Ref": "LogRetentionDays"},
        },
    }
