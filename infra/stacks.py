"""CloudFormation stacks: brought up to date, asked, deleted."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, WaiterError

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
NOTHING_TO_CHANGE = ("didn't contain changes", "No updates are to be performed")
"""What CloudFormation says of a change set that would change nothing; there is no code for it."""
UNBORN = {"REVIEW_IN_PROGRESS"}
"""A stack that only a change set was made for."""
STILLBORN = {"ROLLBACK_COMPLETE", "CREATE_FAILED", "ROLLBACK_FAILED"}
"""A stack whose creation failed can only be deleted."""


@dataclass(frozen=True)
class Changed:
    """The stack is as wanted now."""


@dataclass(frozen=True)
class Unchanged:
    """It was as wanted before."""


class StackError(Exception):
    """A stack that cannot be brought to where it is wanted; the message says why, in CloudFormation's words."""


class Stack:
    """One stack, by name; `poll_s` is how often it is asked whether it is done."""

    def __init__(self, cloudformation: Any, name: str, poll_s: float = 5) -> None:
        self.name = name
        self._client = cloudformation
        self._poll = {"Delay": poll_s, "MaxAttempts": int(3600 / poll_s)}

    def update(self, template_url: str, parameters: Mapping[str, str]) -> Changed | Unchanged:
        """Create the stack, or change it to what the template and the parameters say.

        Raises ``StackError``; what was there before is there again then.
        """
        status = self._status()
        if status in STILLBORN:
            raise StackError(f"The stack {self.name} was never made ({status}). Delete it, and deploy again.")
        creates = status is None or status in UNBORN
        change_set = self._change_set(template_url, parameters, "CREATE" if creates else "UPDATE")
        if not self._prepared(change_set):
            return Unchanged()
        self._client.execute_change_set(StackName=self.name, ChangeSetName=change_set)
        self._wait("stack_create_complete" if creates else "stack_update_complete")
        return Changed()

    def create(self, template: str) -> None:
        """Create a small stack of a template without parameters. Raises ``StackError``."""
        self._client.create_stack(StackName=self.name, TemplateBody=template)
        self._wait("stack_create_complete")

    def outputs(self) -> dict[str, str]:
        """What the stack says of itself. Raises ``StackError`` when there is none."""
        if self._status() is None:
            raise StackError(f"There is no stack {self.name}.")
        [stack] = self._client.describe_stacks(StackName=self.name)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def delete(self) -> list[str]:
        """Delete the stack; give the names of what stays. Raises ``StackError``."""
        if self._status() is None:
            return []
        staying = self._retained()
        self._client.delete_stack(StackName=self.name)
        self._wait("stack_delete_complete")
        return staying

    def _status(self) -> str | None:
        try:
            [stack] = self._client.describe_stacks(StackName=self.name)["Stacks"]
        except ClientError as error:
            # The only way in which it says that there is none.
            if "does not exist" in str(error):
                return None
            raise
        status: str = stack["StackStatus"]
        return status if status != "DELETE_COMPLETE" else None

    def _change_set(self, template_url: str, parameters: Mapping[str, str], kind: str) -> str:
        given = [{"ParameterKey": name, "ParameterValue": value} for name, value in sorted(parameters.items())]
        name = "c" + hashlib.sha256(json.dumps([template_url, given]).encode()).hexdigest()[:40]
        if kind == "UPDATE":
            # One that an interrupted deployment left; to delete none is no error.
            self._client.delete_change_set(StackName=self.name, ChangeSetName=name)
        self._client.create_change_set(
            StackName=self.name,
            ChangeSetName=name,
            ChangeSetType=kind,
            TemplateURL=template_url,
            Parameters=given,
            Capabilities=CAPABILITIES,
        )
        return name

    def _prepared(self, change_set: str) -> bool:
        """Wait until it is clear what would change; False when nothing would."""
        named = {"StackName": self.name, "ChangeSetName": change_set}
        try:
            self._client.get_waiter("change_set_create_complete").wait(**named, WaiterConfig=self._poll)
        except WaiterError as error:
            why = self._client.describe_change_set(**named).get("StatusReason", str(error))
            self._client.delete_change_set(**named)
            if any(words in why for words in NOTHING_TO_CHANGE):
                return False
            raise StackError(why) from error
        return True

    def _wait(self, until: str) -> None:
        try:
            self._client.get_waiter(until).wait(StackName=self.name, WaiterConfig=self._poll)
        except WaiterError as error:
            raise StackError(f"The stack {self.name} failed:\n{self._why()}") from error

    def _why(self) -> str:
        events = self._client.describe_stack_events(StackName=self.name)["StackEvents"]
        failed = [each for each in events if each["ResourceStatus"].endswith("FAILED")]
        return "\n".join(f"  {e['LogicalResourceId']}: {e.get('ResourceStatusReason', '')}" for e in reversed(failed))

    def _retained(self) -> list[str]:
        template = self._client.get_template(StackName=self.name, TemplateStage="Processed")["TemplateBody"]
        resources = (json.loads(template) if isinstance(template, str) else template)["Resources"]
        kept = {name for name, each in resources.items() if each.get("DeletionPolicy") == "Retain"}
        found = self._client.describe_stack_resources(StackName=self.name)["StackResources"]
        return [each["PhysicalResourceId"] for each in found if each["LogicalResourceId"] in kept]
