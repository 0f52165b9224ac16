"""What makes a policy fire: the events that say so, read."""

from collections.abc import Mapping
from typing import Any

import msgspec

from chalicelib.policies import Policies, Policy


class Firing(msgspec.Struct, frozen=True):
    """A policy that fires, once. Whatever repeats it has the same `id`, and so shares its limit."""

    policy: Policy
    id: str
    why: str
    again: bool
    """Whoever sent it sends it again when it fails."""


class NoSuchPolicyError(Exception):
    """Somebody named a policy that the package does not have, or sent what is no firing."""


def firings(event: Mapping[str, Any], request_id: str, policies: Policies) -> list[Firing]:
    """Read an event: an alarm that rings, a schedule's, or somebody's `{"policy": name}`.

    `request_id` is the invocation's: Lambda repeats an asynchronous one under the same.

    Raises:
        NoSuchPolicyError: see there. An alarm for which there is no policy is none of our business, and no error.
    """
    match event:
        case {"source": "aws.cloudwatch", "id": str(event_id), "detail": {"alarmName": str(alarm), "state": state}}:
            rang = state.get("value") == "ALARM"
            fired = policies.on_alarm(alarm) if rang else ()
            return [Firing(policy, f"{policy.name}/{event_id}", f"alarm {alarm}", again=True) for policy in fired]
        case {"policy": str(name)}:
            scheduled = event.get("scheduled") is True
            why = "schedule" if scheduled else "by hand"
            found = [Firing(p, f"{p.name}/{request_id}", why, again=scheduled) for p in policies.named(name)]
            if found:
                return found
        case _:
            pass
    message = f"no policy: {dict(event)}"
    raise NoSuchPolicyError(message)
