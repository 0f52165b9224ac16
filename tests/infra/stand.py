"""The whole stack, as CloudFormation made it on the emulator: its rights, its alarms, what its functions are told."""

import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from infra.local_overrides import MADE_UP, adapted
from localcloud import aws

STACK = "calloff"
DEPLOYMENT = "stand"
CODE = "deployment.zip"
NOWHERE = "http://127.0.0.1:9"
"""Where its functions find ECS: they are not called here."""


@dataclass(frozen=True)
class Stand:
    """What was made, asked for from the emulator."""

    endpoint: str
    resources: dict[str, dict[str, Any]]
    """Of the template, by logical id."""
    names: dict[str, str]
    """Physical ids by logical ones."""

    def client(self, service: str) -> Any:
        return _client(service, self.endpoint)

    def of_type(self, kind: str) -> dict[str, str]:
        """Physical ids of the resources of a type, by logical ones."""
        return {name: self.names[name] for name, each in self.resources.items() if each["Type"] == kind}

    @cached_property
    def functions(self) -> dict[str, str]:
        """Names of the functions by their handlers: `app.sweep` is `sweep`."""
        return {handler: function["FunctionName"] for handler, function in self._functions.items()}

    def variables(self, handler: str) -> dict[str, str]:
        """What a function is told."""
        return self._functions[handler]["Environment"]["Variables"]

    def role(self, handler: str) -> str:
        """The name of a function's role."""
        return self._functions[handler]["Role"].rpartition("/")[2]

    @cached_property
    def _functions(self) -> dict[str, dict[str, Any]]:
        pages = self.client("lambda").get_paginator("list_functions").paginate()
        functions = [each for page in pages for each in page["Functions"] if each["FunctionName"] in self._physical]
        return {each["Handler"].removeprefix("app."): each for each in functions}

    @cached_property
    def _physical(self) -> set[str]:
        """The physical ids: other tests deploy stacks of their own to the same emulator."""
        return set(self.names.values())

    def statements(self, handler: str) -> list[dict[str, Any]]:
        """What a function may do."""
        iam, role = self.client("iam"), self.role(handler)
        names = iam.list_role_policies(RoleName=role)["PolicyNames"]
        assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
        documents = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
        return [statement for document in documents for statement in document["Statement"]]

    def alarms(self) -> dict[str, dict[str, Any]]:
        """The alarms by name, as they are now."""
        found = self.client("cloudwatch").describe_alarms(MaxRecords=100)["MetricAlarms"]
        return {alarm["AlarmName"]: alarm for alarm in found if alarm["AlarmName"] in self._physical}


@cache
def _client(service: str, endpoint: str) -> Any:
    return aws.client(service, endpoint)


def make(package: Path, endpoint: str) -> Stand:
    """Create the stack of the package."""
    s3, cloudformation = aws.client("s3", endpoint), aws.client("cloudformation", endpoint)
    s3.create_bucket(Bucket=DEPLOYMENT)
    s3.upload_file(str(package / CODE), DEPLOYMENT, CODE)
    template = adapted(json.loads((package / "sam.json").read_text()), f"s3://{DEPLOYMENT}/{CODE}", NOWHERE)
    s3.put_object(Bucket=DEPLOYMENT, Key="template.json", Body=json.dumps(template).encode())
    given = {"Deployment": DEPLOYMENT, "CanaryEachHour": "true", **MADE_UP}
    cloudformation.create_stack(
        StackName=STACK,
        TemplateURL=f"{endpoint}/{DEPLOYMENT}/template.json",
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=STACK, WaiterConfig={"Delay": 0.2})
    made = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    names = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in made}
    return Stand(endpoint, template["Resources"], names)
