"""ECS in memory: what was launched under which token, what lives, and which calls came in.

A test may script an operation's next answers. Each script gets the operation itself, as a call without arguments, and
decides whether it is carried out, and what is answered.
"""

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.ports import (
    Deferred,
    Found,
    Launched,
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
from tests.doubles.reports import described, event

Act = Callable[[], Any]
Script = Callable[[Act], Any]

CLUSTER = "calloff-test"
_ACCOUNT = "arn:aws:ecs:us-east-1:123456789012"


def instead(outcome: object) -> Script:
    """Answer `outcome`, and do nothing."""
    return lambda _: outcome


def lost(outcome: object) -> Script:
    """Do it, and answer `outcome`: the real answer got lost."""

    def script(act: Act) -> object:
        act()
        return outcome

    return script


def before(event: Act) -> Script:
    """Let `event` happen, then do it."""

    def script(act: Act) -> Any:
        event()
        return act()

    return script


def after(event: Act) -> Script:
    """Do it, let `event` happen, then answer."""

    def script(act: Act) -> Any:
        outcome = act()
        event()
        return outcome

    return script


@dataclass
class Container:
    """An ECS task of one container."""

    request: Mapping[str, Any]
    detail: dict[str, Any]
    """As ECS describes it."""
    stops: list[str] = field(default_factory=list)
    """The reasons of the StopTasks that it got."""
    forgotten: bool = False
    """ECS calls it MISSING."""

    @property
    def arn(self) -> str:
        return self.detail["taskArn"]

    @property
    def report(self) -> Report:
        return parse(self.detail, Proof.ECS_DESCRIBE)

    @property
    def alive(self) -> bool:
        return not self.report.dead


class MemoryContainers:
    """Keeps the promises of `Containers`. A container that is stopped lives on until `becomes` says otherwise."""

    def __init__(self, cluster: str = CLUSTER) -> None:
        self.calls: list[tuple[str, str]] = []
        """Each call: the operation, and the family, token or ARN that it was about."""
        self.containers: dict[str, Container] = {}
        self.families: set[str] = set()
        self._cluster = cluster
        self._tokens: dict[str, str] = {}
        self._scripts: dict[str, deque[Script]] = defaultdict(deque)
        self._lock = threading.RLock()

    def script(self, operation: str, *scripts: Script) -> None:
        """Script the next calls of `register`, `run` or `stop`."""
        self._scripts[operation] += scripts

    def register(self, definition: Mapping[str, Any]) -> Registered | Deferred | Rejected | Unclear:
        return self._call("register", definition["family"], lambda: self._register(definition))

    def run(self, request: Mapping[str, Any]) -> Launched | Deferred | Rejected | Undefined | Unclear:
        return self._call("run", request["clientToken"], lambda: self._run(request))

    def stop(self, cluster: str, arn: str, reason: str) -> Stopping | Unstopped:
        return self._call("stop", arn, lambda: self._stop(cluster, arn, reason))

    def describe(self, cluster: str, arns: Sequence[str]) -> Mapping[str, Reading]:
        return self._call("describe", ",".join(arns), lambda: {arn: self._reading(arn) for arn in arns})

    def find(self, cluster: str, started_by: str) -> Found | Unclear:
        return self._call("find", started_by, lambda: self._found(started_by))

    def find_all(self, cluster: str) -> Found | Unclear:
        return self._call("find_all", cluster, lambda: self._found(None))

    def cluster_active(self, cluster: str) -> bool:
        return self._call("cluster_active", cluster, lambda: self._known(cluster))

    def becomes(self, arn: str, name: str, **fields: object) -> dict[str, Any]:
        """Move a container on to what the sample `name` shows; answer ECS's event of it."""
        container = self.containers[arn]
        kept = {key: container.detail[key] for key in ("taskArn", "startedBy", "clusterArn")}
        container.detail = described(name, **kept, **({"version": container.detail["version"] + 1} | fields))
        return event(container.detail)

    def forget(self, arn: str) -> None:
        """Let ECS call it MISSING, dead or alive."""
        self.containers[arn].forgotten = True

    @property
    def only(self) -> Container:
        """The one container that was launched."""
        [container] = self.containers.values()
        return container

    @property
    def alive(self) -> list[Container]:
        """The containers that live."""
        return [each for each in self.containers.values() if each.alive]

    def count(self, operation: str) -> int:
        """How often the operation was called."""
        return sum(name == operation for name, _ in self.calls)

    def _call(self, operation: str, about: str, act: Act) -> Any:
        with self._lock:
            self.calls.append((operation, about))
            scripts = self._scripts[operation]
            return scripts.popleft()(act) if scripts else act()

    def _register(self, definition: Mapping[str, Any]) -> Registered:
        self.families.add(definition["family"])
        return Registered()

    def _run(self, request: Mapping[str, Any]) -> Launched | Rejected | Undefined:
        if not self._known(request["cluster"]):
            return Rejected("ClusterNotFoundException: Cluster not found.")
        if (arn := self._tokens.get(request["clientToken"])) is None:
            if request["taskDefinition"] not in self.families:
                return Undefined("ClientException: TaskDefinition not found.")
            arn = self._launch(request)
        return Launched(arn)

    def _launch(self, request: Mapping[str, Any]) -> str:
        number = len(self.containers) + 1
        arn = f"{_ACCOUNT}:task/{self._cluster}/{number:032x}"
        cluster_arn = f"{_ACCOUNT}:cluster/{self._cluster}"
        fields = {"taskArn": arn, "clusterArn": cluster_arn, "startedBy": request["startedBy"]}
        self.containers[arn] = Container(request, described("provisioning", **fields))
        self._tokens[request["clientToken"]] = arn
        return arn

    def _stop(self, cluster: str, arn: str, reason: str) -> Stopping | Unstopped:
        if not self._known(cluster) or arn not in self.containers:
            return Unstopped("InvalidParameterException: The referenced task was not found.")
        self.containers[arn].stops.append(reason)
        return Stopping()

    def _reading(self, arn: str) -> Reading:
        container = self.containers.get(arn)
        return NotThere() if container is None or container.forgotten else container.report

    def _found(self, started_by: str | None) -> Found:
        listed = [c for c in self.containers.values() if not c.forgotten]
        return Found([c.report for c in listed if started_by in (None, c.detail["startedBy"])])

    def _known(self, cluster: str) -> bool:
        return cluster.rpartition("/")[2] == self._cluster
