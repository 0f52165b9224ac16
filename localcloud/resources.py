"""Calloff's resources on the emulator, from the very file that AWS gets: ``infra/resources.yaml``."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from localcloud import aws, waiting
from localcloud.part import ROOT
from localcloud.trouble import ResourcesError

DEPLOYMENT = "local"
#: The cluster's name, as the template makes it of the deployment's.
CLUSTER = f"calloff-{DEPLOYMENT}"
STACK = "calloff"
TEMPLATE = ROOT / "infra" / "resources.yaml"
WITHIN_S = 30.0


@dataclass(frozen=True)
class Resources:
    """What was made, by the names of the stack's outputs (``infra/README.md``)."""

    outputs: dict[str, str]

    @property
    def variables(self) -> dict[str, str]:
        """Calloff's settings that name a resource."""
        return {
            "CALLOFF_DEPLOYMENT": DEPLOYMENT,
            "CALLOFF_TABLE": self.outputs["TableName"],
            "CALLOFF_CLUSTER": self.outputs["ClusterArn"],
            "CALLOFF_LOG_GROUP": self.outputs["TaskLogGroup"],
            "CALLOFF_EXECUTION_ROLE_ARN": self.outputs["ExecutionRoleArn"],
            "CALLOFF_TASK_ROLE_ARN": self.outputs["TaskRoleArn"],
        }


def create(endpoints: aws.Endpoints) -> Resources:
    """Create the stack, or find it there, and the cluster on the ECS endpoint. Safe to repeat.

    Raises ``ResourcesError`` with the stack's own reason when it cannot be made.
    """
    outputs = _stack(endpoints.aws)
    # The stack made its cluster where nothing runs: the emulator knows no other ECS than its own.
    aws.client("ecs", endpoints.ecs).create_cluster(clusterName=outputs["ClusterName"])
    return Resources(outputs)


def _stack(endpoint: str) -> dict[str, str]:
    cloudformation = aws.client("cloudformation", endpoint)
    with contextlib.suppress(cloudformation.exceptions.AlreadyExistsException):
        cloudformation.create_stack(
            StackName=STACK,
            TemplateBody=TEMPLATE.read_text(),
            Parameters=[{"ParameterKey": "Deployment", "ParameterValue": DEPLOYMENT}],
            Capabilities=["CAPABILITY_IAM"],
        )

    def made() -> dict[str, str] | None:
        stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        if stack["StackStatus"].endswith("_IN_PROGRESS"):
            return None
        if stack["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise ResourcesError(
                f"the stack of {TEMPLATE.name} ended as {stack['StackStatus']}: "
                f"{stack.get('StackStatusReason', 'no reason given')}"
            )
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    return waiting.until(made, f"the stack of {TEMPLATE.name}", WITHIN_S)
