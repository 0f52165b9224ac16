"""Enforce a policy: find the active tasks that it selects, and cancel them, within its limit and at its pace.

Each active task is in the index of what is due, whenever that is; so it is found there, and read consistently. That it
still is what the policy selects is in the condition of the write that cancels it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from chalicelib import log
from chalicelib.batches import batches
from chalicelib.cancel import Cancel, Cancelled, Cancelling, cancel_if
from chalicelib.conditions import OneOf
from chalicelib.firing import Firing
from chalicelib.ports import Firings, Ports
from chalicelib.task import Cause, Task

WHENEVER = datetime(9999, 12, 31, tzinfo=UTC)
BATCH = 100


class UnfinishedError(Exception):
    """There is more to do than one invocation has time for: whoever fired it fires it again."""


class Enforced(msgspec.Struct, frozen=True):
    """What one invocation did."""

    policy: str
    cancelled: int
    limited: bool
    """More tasks were selected than the policy's limit allows; they live on."""
    done: bool
    """False: time ran out, and more is to be done."""


def enforce(ports: Ports, counts: Firings, firing: Firing) -> Enforced:
    """Cancel what the policy selects. To be repeated is safe: what is under cancellation is selected no more.

    Raises:
        StoreUnavailableError: fire again.
    """
    enforced = _enforce(ports, counts, firing)
    level = log.error if enforced.limited else log.info
    level("policy_enforced", firing=firing.id, why=firing.why, **_facts(enforced))
    return enforced


def _enforce(ports: Ports, counts: Firings, firing: Firing) -> Enforced:
    policy, cancelled = firing.policy, 0
    ends_at = ports.clock.now() + timedelta(seconds=ports.settings.sweep_budget_s)
    expires_at = int((ends_at + timedelta(days=1)).timestamp())
    for task in _selected(ports, firing):
        if ports.clock.now() > ends_at:
            return Enforced(policy.name, cancelled, limited=False, done=False)
        # Counted before it is done: a crash in between wastes one of the limit, and never exceeds it.
        if not counts.take(firing.id, policy.limit, expires_at):
            return Enforced(policy.name, cancelled, limited=True, done=True)
        cancelled += _cancel(ports, task, firing)
        # To wait costs less than to be throttled: launches and other cancellations share the calls.
        ports.clock.sleep(1 / ports.settings.policy_stops_per_s)
    return Enforced(policy.name, cancelled, limited=False, done=True)


def _selected(ports: Ports, firing: Firing) -> Iterator[Task]:
    active = ports.store.due(WHENEVER, ports.settings.policy_most)
    if len(active) >= ports.settings.policy_most:
        log.error("policy_looked_at_no_more", policy=firing.policy.name, most=ports.settings.policy_most)
    for ids in batches(active, BATCH):
        found = ports.store.get_many(ids).values()
        yield from (task for task in found if isinstance(task, Task) and firing.policy.cancel.takes(task))


def _cancel(ports: Ports, task: Task, firing: Firing) -> bool:
    request = Cancel(
        task.id,
        f"policy/{firing.policy.name}",
        owner=None,
        cause=Cause.POLICY,
        reason=f"{firing.why}: {firing.policy.reason}",
    )
    outcome = cancel_if(ports, request, (OneOf("status", firing.policy.cancel.wanted),))
    return isinstance(outcome, Cancelling | Cancelled)


def _facts(enforced: Enforced) -> dict[str, object]:
    return {"policy": enforced.policy, "cancelled": enforced.cancelled, "done": enforced.done}
