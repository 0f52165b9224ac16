"""Containers on ECS: sends one request, and says what its answer means for what was, or may have been, done."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.aws.errors import NEVER_SENT, SERVER_FAULT, code, http_status, throttled, words
from chalicelib.ports import (
    Deferred,
    Launched,
    Registered,
    Rejected,
    Stopping,
    Unclear,
    Undefined,
    Unstopped,
)

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient

PERMANENT = frozenset(
    {
        "AccessDeniedException",
        "BlockedException",
        "ClientException",
        "ClusterNotFoundException",
        "InvalidParameterException",
        "PlatformTaskDefinitionIncompatibilityException",
        "PlatformUnknownException",
        "UnsupportedFeatureException",
    }
)
"""Refusals that the same request would meet again. An error that we do not know is unclear, never a refusal."""

TEMPORARY_FAILURES = ("capacity", "rate exceeded", "throttl", "concurrent", "limit", "try again")
"""Words in the reason of `failures[]` (RunTask answered 200 without a task) that speak of the moment."""


FIRST_VERSION = 1
"""The version of an ECS task at launch (ECS Developer Guide, task state change events)."""


class FargateContainers:
    """Keeps the promises of `Containers`."""

    def __init__(self, client: Callable[[], "ECSClient"]) -> None:
        """Take the client at the first call."""
        self._client = client

    def register(self, definition: Mapping[str, Any]) -> Registered | Deferred | Rejected | Unclear:
        """Send RegisterTaskDefinition."""
        try:
            self._client().register_task_definition(**definition)
        except (BotoCoreError, ClientError) as error:
            return _refusal(error)
        return Registered()

    def run(self, request: Mapping[str, Any]) -> Launched | Deferred | Rejected | Undefined | Unclear:
        """Send RunTask."""
        try:
            answer = self._client().run_task(**request)
        except (BotoCoreError, ClientError) as error:
            if isinstance(error, ClientError) and code(error) == "ConflictException":
                return _conflict(error)
            if _undefined(error):
                return Undefined(words(error))
            return _refusal(error)
        if answer["tasks"]:
            task = answer["tasks"][0]
            return Launched(task["taskArn"], task.get("version", FIRST_VERSION))
        return _failure(answer.get("failures", []))

    def stop(self, cluster: str, arn: str, reason: str) -> Stopping | Unstopped:
        """Send StopTask."""
        try:
            self._client().stop_task(cluster=cluster, task=arn, reason=reason)
        except (BotoCoreError, ClientError) as error:
            return Unstopped(words(error))
        return Stopping()


def _conflict(error: ClientError) -> Launched | Unclear:
    """Our token launched a container with other parameters. Only we make such tokens, so it is ours to adopt."""
    arns = cast("dict[str, list[str]]", error.response).get("resourceIds", [])
    return Launched(arns[0], FIRST_VERSION) if arns else Unclear(words(error))


def _refusal(error: BotoCoreError | ClientError) -> Deferred | Rejected | Unclear:
    if isinstance(error, NEVER_SENT):
        return Deferred(words(error))
    if not isinstance(error, ClientError) or http_status(error) >= SERVER_FAULT:
        return Unclear(words(error))
    if throttled(error):
        return Deferred(words(error))
    return Rejected(words(error)) if code(error) in PERMANENT else Unclear(words(error))


def _undefined(error: BotoCoreError | ClientError) -> bool:
    """ECS's words for a task definition that is not there, or no longer active."""
    return isinstance(error, ClientError) and code(error) == "ClientException" and "taskdefinition" in _squeezed(error)


def _squeezed(error: ClientError) -> str:
    return words(error).lower().replace(" ", "")


def _failure(failures: list[Any]) -> Deferred | Rejected | Unclear:
    """RunTask answered 200, without a task: the reasons say whether for now or for good."""
    reasons = "; ".join(f"{f.get('reason', '')} {f.get('detail', '')}".strip() for f in failures)
    if not reasons:
        return Unclear("RunTask answered neither a task nor a failure")
    temporary = any(word in reasons.lower() for word in TEMPORARY_FAILURES)
    return Deferred(reasons) if temporary or reasons.startswith("RESOURCE") else Rejected(reasons)
