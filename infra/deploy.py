"""Deploys Calloff to an AWS account, and takes it away again: ``make deploy STAGE=dev``, ``undeploy``, ``outputs``.

Everything is found by its content, so that deploying the same again changes nothing. What ``AWS_ENDPOINT_URL`` names
takes the place of AWS.
"""

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import ValidationError

from chalicelib import config
from infra import functions
from infra.package import TEMPLATE, ZIP, package
from infra.parameters import Choice, UnknownSettingError, text
from infra.stacks import Changed, Stack, StackError, Unchanged
from infra.surroundings import NoNetworkError, network
from infra.template import HERE, Template

CODE_STACK = "calloff-code"
POLL_S = 5.0


class WrongChoiceError(Exception):
    """The stage's file chooses what cannot be."""


@dataclass(frozen=True)
class Account:
    """An account of AWS, or what stands in for one."""

    session: boto3.Session
    endpoint: str | None
    poll_s: float = POLL_S

    @classmethod
    def of_the_environment(cls) -> "Account":
        """The account that the AWS CLI would use."""
        return cls(boto3.Session(), os.environ.get("AWS_ENDPOINT_URL"))

    def client(self, service: Any) -> Any:
        """Make a client."""
        return self.session.client(service, endpoint_url=self.endpoint)

    def stack(self, name: str) -> Stack:
        """A stack there."""
        return Stack(self.client("cloudformation"), name, self.poll_s)


def up(account: Account, choice: Choice, folder: Path) -> Changed | Unchanged:
    """Deploy the package that is in the folder.

    Raises ``WrongChoiceError``, ``NoNetworkError``, ``StackError``, or what botocore raises.
    """
    template = json.loads((folder / TEMPLATE).read_text())
    chosen = parameters_of(choice)
    checked(template, choice, chosen, account.endpoint)
    bucket = Bucket(account)
    code = bucket.put((folder / ZIP).read_bytes(), "zip")
    url = bucket.url(bucket.put(json.dumps(pointed(template, bucket.name, code)).encode(), "json"))
    # What was chosen wins over what was found.
    given = network(account.client("ec2"), chosen) | chosen
    return account.stack(stack_name(choice)).update(url, given)


def parameters_of(choice: Choice) -> dict[str, str]:
    """The parameters that were chosen, as CloudFormation has them."""
    return {name: text(value) for name, value in choice.parameters.items()}


def stack_name(choice: Choice) -> str:
    """The name of the stage's stack."""
    return f"calloff-{choice.parameters.get('Deployment', choice.stage)}"


def checked(template: Template, choice: Choice, chosen: Mapping[str, str], endpoint: str | None) -> None:
    """See whether Calloff would start with what was chosen: here, not at its first request.

    Raises ``WrongChoiceError``.
    """
    if strangers := sorted(set(chosen) - set(template["Parameters"])):
        raise WrongChoiceError(f"infra/parameters/{choice.stage}.yaml: no such parameter: {', '.join(strangers)}")
    given = template["Globals"]["Function"]["Environment"]["Variables"]
    auth = chosen.get("Auth", template["Parameters"]["Auth"]["Default"])
    told = {"CALLOFF_DEPLOYMENT": chosen.get("Deployment", ""), "CALLOFF_AUTH": auth, **choice.variables}
    made = {name: "false" if name == "CALLOFF_ASSIGN_PUBLIC_IP" else "made-by-the-stack" for name in given}
    try:
        config.load(made | told | ({"AWS_ENDPOINT_URL": endpoint} if endpoint else {}))
    except SystemExit as wrong:
        raise WrongChoiceError(f"infra/parameters/{choice.stage}.yaml: {wrong}") from wrong


def pointed(template: Template, bucket: str, code: str) -> Template:
    """Say in the template where the functions' code is."""
    for function in functions.functions_of(template):
        template["Resources"][function]["Properties"]["CodeUri"] = {"Bucket": bucket, "Key": code}
    return template


class Bucket:
    """Where packages are put, by their content."""

    def __init__(self, account: Account) -> None:
        """Make the bucket, if it is not there."""
        self._s3 = account.client("s3")
        stack = account.stack(CODE_STACK)
        try:
            self.name = stack.outputs()["Bucket"]
        except StackError:
            stack.create((HERE / "code.yaml").read_text())
            self.name = stack.outputs()["Bucket"]

    def put(self, content: bytes, kind: str) -> str:
        """Put the content there, if it is not there; give its key."""
        key = f"{hashlib.sha256(content).hexdigest()}.{kind}"
        try:
            self._s3.head_object(Bucket=self.name, Key=key)
        except ClientError:
            self._s3.put_object(Bucket=self.name, Key=key, Body=content)
        return key

    def url(self, key: str) -> str:
        """Where CloudFormation finds it."""
        return f"{self._s3.meta.endpoint_url}/{self.name}/{key}"


def main() -> int:
    """Read the command line, and do what it says."""
    parser = argparse.ArgumentParser(description="Deploy Calloff to AWS")
    parser.add_argument("verb", choices=["up", "down", "outputs"])
    parser.add_argument("--stage", default="dev", help="a file of infra/parameters/")
    parser.add_argument("--folder", type=Path, default=Path("build/package"), help="where the package is made")
    arguments = parser.parse_args()
    try:
        choice = Choice.of(arguments.stage)
        _do(arguments.verb, Account.of_the_environment(), choice, arguments.folder)
    except FileNotFoundError as error:
        return _fail(f"There is no such stage: {error.filename}")
    except (WrongChoiceError, UnknownSettingError, ValidationError, NoNetworkError, StackError) as error:
        return _fail(str(error))
    except (BotoCoreError, ClientError) as error:
        return _fail(f"AWS: {error}")
    return 0


def _do(verb: str, account: Account, choice: Choice, folder: Path) -> None:
    stack = account.stack(stack_name(choice))
    match verb:
        case "up":
            package(choice, folder)
            print("Nothing to change." if isinstance(up(account, choice, folder), Unchanged) else "Deployed.")
            _tell(stack.outputs())
        case "down":
            print("\n".join(["Deleted. Kept, to be deleted by hand:", *stack.delete()]))
        case _:
            _tell(stack.outputs())


def _tell(outputs: Mapping[str, str]) -> None:
    for name, value in sorted(outputs.items()):
        print(f"{name}={value}")


def _fail(why: str) -> int:
    print(why, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
