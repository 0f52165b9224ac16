"""Deploys the package to MiniStack: the template for AWS, with the few changes that ``local_overrides.py`` makes."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local_overrides import MADE_UP, adapted
from localcloud import aws

STACK = "calloff"
STAGE = "api"
"""The stage of the API, as in .chalice/config.json."""
BUCKET = "code"
POLL_S = 0.2


@dataclass(frozen=True)
class Deployed:
    """What the stack made: its outputs, and its resources' names by their logical ids."""

    outputs: dict[str, str]
    names: dict[str, str]
    url: str
    """Of the API: on an emulator at its own address, since the output EndpointURL names Amazon's."""


def deploy(package: Path, deployment: str, endpoint: str, ecs: str, auth: str = "local") -> Deployed:
    """Create the stack on the emulator at ``endpoint``, its containers being the business of ``ecs``.

    Raises ``botocore.exceptions.WaiterError`` when the stack cannot be made.
    """
    s3 = aws.client("s3", endpoint)
    s3.create_bucket(Bucket=BUCKET)
    s3.upload_file(str(package / "deployment.zip"), BUCKET, "deployment.zip")
    template = adapted(json.loads((package / "sam.json").read_text()), f"s3://{BUCKET}/deployment.zip", ecs)
    # Through the bucket, as on AWS: CloudFormation takes 51,200 bytes in a call.
    s3.put_object(Bucket=BUCKET, Key="template.json", Body=json.dumps(template).encode())
    cloudformation = aws.client("cloudformation", endpoint)
    cloudformation.create_stack(
        StackName=STACK,
        TemplateURL=f"{endpoint}/{BUCKET}/template.json",
        Parameters=parameters(MADE_UP | {"Deployment": deployment, "Auth": auth}),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=STACK, WaiterConfig={"Delay": POLL_S})
    made = deployed(cloudformation, STACK, endpoint)
    # The stack made its cluster where nothing runs: the emulator knows no other ECS than its own.
    aws.client("ecs", ecs).create_cluster(clusterName=made.outputs["ClusterName"])
    return made


def parameters(values: dict[str, str]) -> list[dict[str, str]]:
    """Give parameters the form that CloudFormation takes."""
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]


def deployed(cloudformation: Any, stack: str, endpoint: str | None) -> Deployed:
    """Ask what a stack made; `endpoint` is None on AWS."""
    described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    resources = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
    emulated = f"{endpoint}/restapis/{outputs['RestAPIId']}/{STAGE}/_user_request_"
    return Deployed(
        outputs=outputs,
        names={each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources},
        url=emulated if endpoint else outputs["EndpointURL"].rstrip("/"),
    )
