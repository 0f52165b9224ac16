"""Calloff's resources on the emulator, from the very files of ``infra`` that AWS gets.

What timer and queue wake on AWS are Calloff's own functions; here they are small ones that hand over to the receiver of
events (``forwarders.yaml``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from infra.template import RESOURCES, load, merge, together
from localcloud import aws, waiting
from localcloud.part import ROOT
from localcloud.trouble import ResourcesError

DEPLOYMENT = "local"
#: The cluster's name, as the template makes it of the deployment's.
CLUSTER = f"calloff-{DEPLOYMENT}"
STACK = "calloff"
FORWARDERS = ROOT / "localcloud/forwarders.yaml"
WITHIN_S = 60.0


@dataclass(frozen=True)
class Resources:
    """What was made, by the names of the stack's outputs (``infra/README.md``)."""

    outputs: dict[str, str]

    @property
    def variables(self) -> dict[str, str]:
        """Calloff's settings that name a resource."""
        return {
            "CALLOFF_DEPLOYMENT": DEPLOYMENT,
            "CALLOFF_KEY_SECRET_ARN": self.outputs["KeySecretArn"],
            "CALLOFF_TABLE": self.outputs["TableName"],
            "CALLOFF_CLUSTER": self.outputs["ClusterArn"],
            "CALLOFF_LOG_GROUP": self.outputs["TaskLogGroup"],
            "CALLOFF_EXECUTION_ROLE_ARN": self.outputs["ExecutionRoleArn"],
            "CALLOFF_TASK_ROLE_ARN": self.outputs["TaskRoleArn"],
            "CALLOFF_TIMER_ARN": self.outputs["TimerArn"],
            "CALLOFF_LAUNCH_QUEUE_URL": self.outputs["LaunchQueueUrl"],
        }


class Stack:
    """The CloudFormation stack. To make it takes a while (boto3 is imported); it connects only when used."""

    def __init__(self, endpoints: aws.Endpoints) -> None:
        self._cloudformation = aws.client("cloudformation", endpoints.aws)
        self._parameters = {"Deployment": DEPLOYMENT, "Receiver": endpoints.events}

    def create(self) -> Resources:
        """Create the stack, or bring the one that is there up to date: the receiver has another port each time.

        Raises ``ResourcesError`` with the stack's own reason when it cannot be made.
        """
        exists = self._cloudformation.exceptions.AlreadyExistsException
        wanted = {
            "StackName": STACK,
            "TemplateBody": json.dumps(merge(together(*RESOURCES, "timer.yaml"), load(FORWARDERS))),
            "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in self._parameters.items()],
            "Capabilities": ["CAPABILITY_IAM"],
        }
        try:
            self._cloudformation.create_stack(**wanted)
        except exists:
            self._update(wanted)
        return Resources(waiting.until(self._outputs, "the stack", WITHIN_S))

    def _update(self, wanted: dict[str, Any]) -> None:
        from botocore.exceptions import ClientError

        try:
            self._cloudformation.update_stack(**wanted)
        except ClientError as error:
            # CloudFormation's way to say that all is as wanted.
            if "No updates" not in str(error):
                raise ResourcesError(f"the stack cannot be updated: {error}") from error

    def _outputs(self) -> dict[str, str] | None:
        stack = self._cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        status, why = stack["StackStatus"], stack.get("StackStatusReason", "no reason given")
        if status.endswith("_IN_PROGRESS"):
            return None
        if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise ResourcesError(f"the stack ended as {status}: {why}")
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
