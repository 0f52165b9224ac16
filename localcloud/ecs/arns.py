"""Names: the ARNs of one account in one region, and what a caller may write in their place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from localcloud.ecs.errors import client_error, invalid

_DEFINITION = re.compile(r"^(?P<family>[A-Za-z0-9_-]{1,255})(:(?P<revision>[0-9]+))?$")
_CLUSTER = re.compile(r"^[A-Za-z0-9_-]{1,255}$")


@dataclass(frozen=True)
class Arns:
    """Builds and reads the ARNs of one account (12 digits) and region."""

    region: str = "eu-west-1"
    account: str = "000000000000"

    def of(self, kind: str, name: str) -> str:
        """Answer the ARN of a resource, such as ``task`` and ``<cluster>/<id>``."""
        return f"arn:aws:ecs:{self.region}:{self.account}:{kind}/{name}"

    def cluster_name(self, given: str | None) -> str:
        """Answer the cluster's name from a name, an ARN or nothing (``default``)."""
        name = (given or "default").removeprefix(self.of("cluster", ""))
        if not _CLUSTER.fullmatch(name):
            raise invalid("Invalid identifier: unexpected cluster name or ARN.")
        return name

    def task_id(self, given: str, cluster: str) -> str:
        """Answer a task's id from an id or an ARN; refuse an ARN of another cluster, as ECS does."""
        if not given.startswith("arn:"):
            return given
        prefix, _, path = given.partition(":task/")
        named, _, task_id = path.rpartition("/")
        if f"{prefix}:task/" != self.of("task", "") or not task_id:
            raise invalid("Invalid identifier: unexpected task ARN.")
        if named and named != cluster:
            raise invalid(f"Invalid identifier: Identifier is for {named}. Your cluster is {cluster}")
        return task_id

    def definition(self, given: str) -> tuple[str, int | None]:
        """Answer family and revision (``None``: the newest) of ``family``, ``family:revision`` or an ARN."""
        match = _DEFINITION.fullmatch(given.removeprefix(self.of("task-definition", "")))
        if match is None:
            raise client_error("Invalid task definition name or ARN.")
        revision = match["revision"]
        return match["family"], int(revision) if revision else None
