"""Token buckets: how many calls ECS takes, per account and region.

Source: *Request throttling for the Amazon ECS API* (ECS API reference) and *AWS Fargate throttling quotas* (ECS
developer guide). Operations without a line here are not limited.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from localcloud.ecs.errors import throttled, throttled_in_disguise


@dataclass(frozen=True)
class Rate:
    """`burst` tokens at most, `refill` more each second."""

    burst: float
    refill: float


RATES = {
    "cluster-resource-modify": Rate(100, 40),
    "cluster-resource-read": Rate(100, 20),
    "task-definition-modify": Rate(20, 1),
    "fargate-launch": Rate(100, 20),
}
GROUPS = {
    "RunTask": "cluster-resource-modify",
    "StopTask": "cluster-resource-modify",
    "DescribeTasks": "cluster-resource-read",
    "ListTasks": "cluster-resource-read",
    "RegisterTaskDefinition": "task-definition-modify",
}


class Bucket:
    """Holds tokens; full at first."""

    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._tokens = rate.burst
        self._at = now

    def take(self, now: float, tokens: int = 1) -> bool:
        """Take `tokens` if there are as many; take none otherwise."""
        earned = max(0.0, now - self._at) * self._rate.refill
        self._tokens = min(self._rate.burst, self._tokens + earned)
        self._at = now
        if self._tokens < tokens:
            return False
        self._tokens -= tokens
        return True


class Limiter:
    """Refuses calls beyond the rates. `disguised` is the share of throttles that come under a false name."""

    def __init__(self, now: float, *, disguised: float = 0.25, seed: int = 0) -> None:
        self._buckets = {name: Bucket(rate, now) for name, rate in RATES.items()}
        self._disguised = disguised
        self._random = random.Random(seed)  # noqa: S311  repeatable, not secret

    def admit(self, operation: str, now: float) -> None:
        """Count a call; raises the throttle in one of its two names."""
        group = GROUPS.get(operation)
        if group is not None:
            self._take(group, now, 1)

    def launch(self, tasks: int, now: float) -> None:
        """Count the launch of `tasks` on Fargate; raises the throttle."""
        self._take("fargate-launch", now, tasks)

    def _take(self, bucket: str, now: float, tokens: int) -> None:
        if not self._buckets[bucket].take(now, tokens):
            raise throttled_in_disguise() if self._random.random() < self._disguised else throttled()


class NoLimits(Limiter):
    """Takes everything."""

    def _take(self, bucket: str, now: float, tokens: int) -> None:
        """Never refuse."""
