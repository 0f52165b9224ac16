"""Two alarms for each function: that it fails, and that it is kept from running."""

import copy
from collections.abc import Iterator
from typing import Any

from infra import naming
from infra.functions import functions_of
from infra.template import Template

PERIOD_S = 300


def complete(template: Template) -> Template:
    """Add the alarms of each function."""
    completed = copy.deepcopy(template)
    for function in functions_of(template):
        completed["Resources"] |= dict(_alarms(function))
    return completed


def _alarms(function: str) -> Iterator[tuple[str, Template]]:
    yield f"{function}Errors", _alarm(function, "Errors", "fails")
    yield f"{function}Throttles", _alarm(function, "Throttles", "is kept from running by a limit on concurrency")


def _alarm(function: str, metric: str, trouble: str) -> Template:
    name = naming.function_name(function)
    properties: dict[str, Any] = {
        "AlarmName": {"Fn::Sub": f"{name}-{metric.lower()}"},
        "AlarmDescription": {"Fn::Sub": f"The function {name} {trouble}."},
        "AlarmActions": [{"Ref": "Alarms"}],
        "OKActions": [{"Ref": "Alarms"}],
        "Namespace": "AWS/Lambda",
        "MetricName": metric,
        "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": function}}],
        "Period": PERIOD_S,
        "Statistic": "Sum",
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Threshold": 1,
        "EvaluationPeriods": 1,
        "TreatMissingData": "notBreaching",
    }
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}
