"""Checks ``policies.yaml``, turns it into what ships, and makes the rules that fire it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

from chalicelib.policies import Policies, Policy
from infra.template import HERE, Template

POLICIES = HERE / "policies.yaml"
FUNCTION = "EnforcePolicy"
DEAD = {"Fn::GetAtt": ["DeadEvents", "Arn"]}
_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")


class InvalidPolicyError(Exception):
    """The file says what no policy can be. The message begins with file and line."""


def read(path: Path = POLICIES) -> Policies:
    """Read the policies.

    Raises:
        InvalidPolicyError: see there.
    """
    text, node = path.read_text(), None
    try:
        node = yaml.compose(text)
        policies = msgspec.convert(yaml.safe_load(text) or {}, Policies)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidPolicyError(f"{path.name}:{line}: {error.problem}") from error
    except msgspec.ValidationError as error:
        words, _, where = str(error).partition(" - at ")
        where = where.partition("$")[2].rstrip("`")
        raise InvalidPolicyError(f"{path.name}:{_line(node, where, words)}: {words}") from error
    for number, words in _contradictions(policies):
        raise InvalidPolicyError(f"{path.name}:{_line(node, f'.policies[{number}]', '')}: {words}")
    return policies


def events(policies: Policies) -> Template:
    """Make the template's part that fires them: a rule for the alarms, and a schedule each."""
    found = dict(_events(policies.policies))
    return {"Resources": {FUNCTION: {"Properties": {"Events": found}}}} if found else {}


def _events(policies: tuple[Policy, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    if patterns := sorted({policy.alarm for policy in policies if policy.alarm}):
        names = [{"wildcard": pattern} if "*" in pattern else pattern for pattern in patterns]
        detail = {"alarmName": names, "state": {"value": ["ALARM"]}}
        pattern = {"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"], "detail": detail}
        yield "AlarmRang", {"Type": "EventBridgeRule", "Properties": {"Pattern": pattern, **_persistent()}}
    for policy in policies:
        if policy.schedule:
            event = msgspec.json.encode({"policy": policy.name, "scheduled": True}).decode()
            properties = {"Schedule": policy.schedule, "Input": event, **_persistent()}
            yield f"At{policy.name.title().replace('-', '')}", {"Type": "Schedule", "Properties": properties}


def _persistent() -> dict[str, Any]:
    """Until it has long been too late for what an alarm, or an hour, wanted."""
    retries = {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 3600}
    return {"RetryPolicy": retries, "DeadLetterConfig": {"Arn": DEAD}}


def _contradictions(policies: Policies) -> Iterator[tuple[int, str]]:
    names = [policy.name for policy in policies.policies]
    for number, policy in enumerate(policies.policies):
        cancel = policy.cancel
        if policy.name in names[:number]:
            yield number, f"there is another policy {policy.name}"
        if policy.alarm and policy.schedule:
            yield number, f"{policy.name} has an alarm and a schedule; make two of it"
        if cancel.everything == bool(cancel.labels or cancel.owners):
            yield number, f"{policy.name} cancels by labels or owners, or else says `everything: true`"
        if not cancel.statuses:
            yield number, f"{policy.name} cancels no status"


def _line(node: Any, where: str, words: str) -> int:
    """Find the line that msgspec's path names, or the nearest above it that there is."""
    if named := re.search(r"unknown field `([^`]*)`", words):
        where += f".{named[1]}"
    line = 0
    for name, index in _STEP.findall(where):
        if (below := _below(node, name, index)) is None:
            break
        begin, node = below
        line = begin.start_mark.line
    return int(line) + 1


def _below(node: Any, name: str, index: str) -> tuple[Any, Any] | None:
    """Go a step down: where it begins in the file, and what is there."""
    match node:
        case yaml.MappingNode():
            return next(((key, value) for key, value in node.value if key.value == name), None)
        case yaml.SequenceNode() if index:
            return node.value[int(index)], node.value[int(index)]
        case _:
            return None
