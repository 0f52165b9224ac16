"""ECS as a value: what it holds at one moment, and what it will have told of it.

A container is the string of the states that it went through, so that every event it ever caused can be read off it, and
told again, late, or out of order. Nothing here changes: each call answers a new cloud.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from chalicelib.ports import Found, Launched, NotThere, Reading, Stopping, Unstopped
from chalicelib.report import Report, parse
from chalicelib.task import Proof
from tests.doubles.reports import described

CLUSTER = "calloff-test"
ACCOUNT = "arn:aws:ecs:us-east-1:123456789012"
KEPT = timedelta(hours=1)
"""For so long after its end ECS can describe a container, and its client token lives."""

PROVISIONING, RUNNING, STOPPING, STOPPED_BY_OTHERS = "P", "R", "S", "E"
ALIVE = frozenset("PRSE")
STOPPABLE = frozenset("PR")
EXIT_CODES = {"0": 0, "1": 1, "K": 137, "T": 143}
"""How a container that ran may exit."""
NO_START = {"F": "CannotPullContainerError: not found", "C": "Capacity is unavailable at this time."}
"""Why it may never come to run: for good, and for now."""
UNBORN = "X"
"""It was stopped before it ran."""


@dataclass(frozen=True)
class Box:
    """A container."""

    started_by: str
    token: str
    times: tuple[datetime, ...]
    """When it came to each state of its path."""
    path: str = PROVISIONING
    stop_reason: str = ""
    """Of the StopTask of ours that it got first."""

    @property
    def alive(self) -> bool:
        return self.path[-1] in ALIVE

    def forgotten(self, now: datetime) -> bool:
        """Tell whether ECS has forgotten it, and its client token."""
        return not self.alive and now - self.times[-1] >= KEPT


@dataclass(frozen=True)
class Cloud:
    """All containers, in the order of their launch, and the RunTasks that are on their way."""

    boxes: tuple[Box, ...] = ()
    late: tuple[tuple[str, str], ...] = ()
    """Token and mark of each RunTask that nobody waits for, and that may still be carried out."""

    # -- what callers do

    def run(self, token: str, started_by: str, now: datetime) -> tuple["Cloud", Launched]:
        """Carry a RunTask out: the container that the token launched before, or a new one."""
        for number, box in enumerate(self.boxes):
            if box.token == token and not box.forgotten(now):
                return self, Launched(arn(number))
        return replace(self, boxes=(*self.boxes, Box(started_by, token, (now,)))), Launched(arn(len(self.boxes)))

    def stop(self, stopped: str, reason: str, now: datetime) -> tuple["Cloud", Stopping | Unstopped]:
        """Carry a StopTask out: from now on it may die."""
        for number, box in enumerate(self.boxes):
            if arn(number) == stopped:
                cloud = self.grown(number, STOPPING, now, stop_reason=reason) if box.path[-1] in STOPPABLE else self
                return cloud, Stopping()
        return self, Unstopped("InvalidParameterException: The referenced task was not found.")

    def describe(self, arns: Sequence[str], now: datetime) -> Mapping[str, Reading]:
        """Tell of each of these containers as it is."""
        known = {arn(n): self.report(n) for n, box in enumerate(self.boxes) if not box.forgotten(now)}
        return {each: known.get(each, NotThere()) for each in arns}

    def find(self, started_by: str | None, now: datetime) -> Found:
        """List the containers with this mark, or all."""
        listed = [n for n, box in enumerate(self.boxes) if not box.forgotten(now)]
        return Found([self.report(n) for n in listed if started_by in (None, self.boxes[n].started_by)])

    def lagging(self) -> "Cloud":
        """What a reader sees who is one change behind: of the newest containers nothing."""
        older = (replace(box, path=box.path[:-1], times=box.times[:-1]) for box in self.boxes if len(box.path) > 1)
        return Cloud(tuple(older))

    # -- what happens

    def grown(self, number: int, letter: str, now: datetime, **parts: Any) -> "Cloud":
        """Move a container on."""
        box = self.boxes[number]
        grown = replace(box, path=box.path + letter, times=(*box.times, now), **parts)
        return replace(self, boxes=(*self.boxes[:number], grown, *self.boxes[number + 1 :]))

    def arrived(self, request: tuple[str, str], now: datetime) -> "Cloud":
        """Let a RunTask that was on its way be carried out."""
        return replace(self, late=tuple(each for each in self.late if each != request)).run(*request, now)[0]

    def without_late(self) -> "Cloud":
        """Let every RunTask that is on its way be lost."""
        return replace(self, late=())

    # -- what it tells

    def report(self, number: int, version: int | None = None, proof: Proof = Proof.ECS_DESCRIBE) -> Report:
        """What ECS tells of a container, at its newest or an earlier version."""
        box = self.boxes[number]
        return _report(number, box.started_by, box.path[:version], box.times[:version], box.stop_reason, proof)


def arn(number: int) -> str:
    """The ARN of the container of this number."""
    return f"{ACCOUNT}:task/{CLUSTER}/{number + 1:032x}"


@cache
def _report(
    number: int, started_by: str, path: str, times: tuple[datetime, ...], stop_reason: str, proof: Proof
) -> Report:
    facts = {
        "taskArn": arn(number),
        "clusterArn": f"{ACCOUNT}:cluster/{CLUSTER}",
        "startedBy": started_by,
        "version": len(path),
        **_instants(path, times),
    }
    return parse(_detail(path, stop_reason) | facts, proof)


def _instants(path: str, times: tuple[datetime, ...]) -> dict[str, str]:
    """The time stamps that ECS tells."""
    told = {"startedAt": path.find(RUNNING)}
    if path[-1] not in ALIVE:
        stops = (path.find(letter) for letter in (STOPPING, STOPPED_BY_OTHERS))
        told["stoppingAt"] = next((stop for stop in stops if stop >= 0), len(path) - 1)
        if RUNNING in path:
            told["executionStoppedAt"] = len(path) - 1
    return {name: times[at].isoformat() for name, at in told.items() if at >= 0}


def _detail(path: str, stop_reason: str) -> dict[str, Any]:
    """What the samples show of such a container."""
    last = path[-1]
    if last == PROVISIONING:
        return described("provisioning")
    if last == RUNNING:
        return described("running")
    if last in NO_START and not {STOPPING, STOPPED_BY_OTHERS} & set(path):
        return described("failed-to-start", stoppedReason=NO_START[last])
    ran = RUNNING in path
    if STOPPING in path or STOPPED_BY_OTHERS in path:
        ours = STOPPED_BY_OTHERS not in path
        how = {"stopCode": "UserInitiated", "stoppedReason": stop_reason if ours else "Task stopped by user"}
        if last in (STOPPING, STOPPED_BY_OTHERS):
            name = "running" if ran else "provisioning"
            return described(name, desiredStatus="STOPPED", lastStatus="DEACTIVATING", **how)
        return _exited("deprovisioning", last, ran=ran) | how
    return _exited("exited-0", last, ran=ran)


def _exited(name: str, last: str, *, ran: bool) -> dict[str, Any]:
    detail = described(name) if ran else described(name, startedAt=None)
    [container] = detail["containers"]
    exit_code = {"exitCode": EXIT_CODES[last]} if last in EXIT_CODES else {}
    bare = {key: value for key, value in container.items() if key != "exitCode"}
    return detail | {"containers": [bare | exit_code]}
