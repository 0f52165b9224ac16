"""What the emulator cannot do as AWS does it, patched: the only place where the rehearsal's template is not AWS's."""

import copy
import platform
from typing import Any, Literal

from infra.template import Template
from localcloud import engine

MADE_UP = {"Auth": "local", "Subnets": "subnet-00000000000000000", "SecurityGroups": "sg-00000000000000000"}
"""Parameters: the emulator knows nobody's signature, and has no network to put tasks in."""


def architecture() -> Literal["arm64", "x86_64"]:
    """The processor for which the zip is made: the emulator runs the functions on this machine's."""
    return "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


def adapted(template: Template, code: str, ecs: str) -> Template:
    """Give the emulator's version of the template: its functions' code is at `code`, its ECS listens at `ecs`."""
    changed = copy.deepcopy(template)
    for resource in changed["Resources"].values():
        # `aws cloudformation package` does this for AWS.
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = code
    # Its ECS says STOPPED of containers that live. Ours listens elsewhere.
    variables(changed)["AWS_ENDPOINT_URL_ECS"] = ecs
    # It also has what the containers wrote.
    variables(changed)["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"] = ecs
    # It pulls from no registry.
    variables(changed)["CALLOFF_CANARY_IMAGE"] = engine.IMAGE
    return changed


def variables(template: Template) -> dict[str, Any]:
    """The variables that all functions get."""
    given: dict[str, Any] = template["Globals"]["Function"]["Environment"]["Variables"]
    return given
