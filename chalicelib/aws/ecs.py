"""Containers on ECS: sends one request, and says what its answer means for what was, or may have been, done."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import log
from chalicelib.aws.errors import NEVER_SENT, SERVER_FAULT, code, http_status, throttled, words
from chalicelib.batches import batches
from chalicelib.ports import (
    Deferred,
    Found,
    Launched,
    NotRead,
    NotThere,
    Reading,
    Registered,
    Rejected,
    Stopping,
    Unclear,
    Undefined,
    Unstopped,
)
from chalicelib.report import Report, parse
from chalicelib.task import Proof

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


DESCRIBED_AT_ONCE = 100
"""Tasks that DescribeTasks takes (Amazon ECS API Reference)."""


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
        if tasks := answer.get("tasks"):
            arn = tasks[0].get("taskArn")
            return Launched(arn) if arn else Unclear("RunTask answered no ARN")
        return _failure(answer.get("failures", []))

    def stop(self, cluster: str, arn: str, reason: str) -> Stopping | Unstopped:
        """Send StopTask."""
        try:
            self._client().stop_task(cluster=cluster, task=arn, reason=reason)
        except (BotoCoreError, ClientError) as error:
            return Unstopped(words(error))
        return Stopping()

    def describe(self, cluster: str, arns: Sequence[str]) -> Mapping[str, Reading]:
        """Send DescribeTasks for each hundred."""
        readings: dict[str, Reading] = {}
        for batch in batches(arns, DESCRIBED_AT_ONCE):
            readings |= self._describe(cluster, batch)
        return readings

    def find(self, cluster: str, started_by: str) -> Found | Unclear:
        """List by `startedBy`, and describe what is listed. What cannot be described is listed all the same."""
        readings = self._find(cluster, {"startedBy": started_by})
        if isinstance(readings, Unclear):
            return readings
        reports = [reading for reading in readings.values() if isinstance(reading, Report)]
        return Found(reports) if len(reports) == len(readings) else Unclear("what was listed could not be described")

    def find_all(self, cluster: str) -> Found | Unclear:
        """List the cluster, and describe what is listed; what cannot be described is for the next time."""
        readings = self._find(cluster, {})
        if isinstance(readings, Unclear):
            return readings
        return Found([reading for reading in readings.values() if isinstance(reading, Report)])

    def cluster_active(self, cluster: str) -> bool:
        """Send DescribeClusters."""
        try:
            clusters = self._client().describe_clusters(clusters=[cluster])["clusters"]
        except (BotoCoreError, ClientError):
            return False
        return any(c.get("status") == "ACTIVE" for c in clusters)

    def _find(self, cluster: str, by: Mapping[str, Any]) -> Mapping[str, Reading] | Unclear:
        arns: list[str] = []
        try:
            pages = self._client().get_paginator("list_tasks")
            for wanted in ("RUNNING", "STOPPED"):
                for page in pages.paginate(cluster=cluster, desiredStatus=wanted, **by):
                    arns += page["taskArns"]
        except (BotoCoreError, ClientError) as error:
            return Unclear(words(error))
        return self.describe(cluster, arns)

    def _describe(self, cluster: str, arns: Sequence[str]) -> Mapping[str, Reading]:
        try:
            answer = self._client().describe_tasks(cluster=cluster, tasks=arns)
        except (BotoCoreError, ClientError) as error:
            if len(arns) > 1 and _malformed(error):
                # One ARN that ECS does not take must not hide what it knows of the others.
                half = len(arns) // 2
                return {**self._describe(cluster, arns[:half]), **self._describe(cluster, arns[half:])}
            log.warning("describe_unanswered", error=words(error), tasks=len(arns))
            return dict.fromkeys(arns, NotRead())
        missing = {f.get("arn"): f.get("reason") for f in answer.get("failures", [])}
        reports = {task["taskArn"]: parse(task, Proof.ECS_DESCRIBE) for task in answer["tasks"]}
        absent = {arn: NotThere() if missing.get(arn) == "MISSING" else NotRead() for arn in arns}
        return {**absent, **reports}


def _conflict(error: ClientError) -> Launched | Unclear:
    """Our token launched a container with other parameters.

    Tokens are made of the task's id, which is of this deployment alone: the container is ours to adopt.
    """
    arns = cast("dict[str, list[str]]", error.response).get("resourceIds", [])
    return Launched(arns[0]) if arns else Unclear(words(error))


def _refusal(error: BotoCoreError | ClientError) -> Deferred | Rejected | Unclear:
    if isinstance(error, NEVER_SENT):
        return Deferred(words(error))
    if not isinstance(error, ClientError) or http_status(error) >= SERVER_FAULT:
        return Unclear(words(error))
    if throttled(error):
        return Deferred(words(error))
    return Rejected(words(error)) if code(error) in PERMANENT else Unclear(words(error))


def _malformed(error: BotoCoreError | ClientError) -> bool:
    """Something in the request is refused, and would be again."""
    return isinstance(error, ClientError) and code(error) == "InvalidParameterException" and not throttled(error)


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
