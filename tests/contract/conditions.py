"""Conditions as examples: on one record, those that hold and those that do not."""

import msgspec

from chalicelib.conditions import (
    Absent,
    AnyOf,
    AtMost,
    Below,
    Condition,
    Differs,
    Equals,
    Lacks,
    OneOf,
    Shorter,
    leased,
    of_container,
    owned_by,
    unlaunched,
)
from chalicelib.lifecycle import Status
from tests.doubles.examples import ARN, OTHER_ARN, a_task, cancellation, later

SAMPLE = a_task(
    Status.CANCELLING,
    attempt=3,
    ecs_version=4,
    due_at=later(15),
    lease_ends_at=None,
    cancellation=cancellation(repeats=2, force_requested=True),
)
HOLD: list[Condition] = [
    Equals("owner", "alice"),
    Equals("attempt", 3),
    Equals("due_at", later(15)),
    Equals("on_end", Status.CANCELLED),
    Equals("cancellation.force_requested", True),
    Equals("cancellation.stop_sent_at", later(0)),
    Equals("cancellation", SAMPLE.cancellation),
    Differs("owner", "bob"),
    Differs("attempt", "3"),
    Differs("cancellation.reason", "typo"),
    Lacks("history", msgspec.structs.replace(SAMPLE.history[0], write_id="another")),
    Lacks("termination.none", "x"),
    Below("ecs_version", 5),
    Below("due_at", later(15.001)),
    AtMost("ecs_version", 4),
    AtMost("due_at", later(15)),
    AtMost("cancellation.repeats", 2),
    Absent("lease_ends_at"),
    Absent("cancellation.reason"),
    Absent("termination.proof"),
    OneOf("status", (Status.RUNNING, Status.CANCELLING)),
    OneOf("attempt", (3,)),
    Shorter("history", 2),
    AnyOf(((Equals("attempt", 2),), (Equals("owner", "alice"),))),
    AnyOf(((Equals("attempt", 2), Equals("owner", "alice")), (Equals("attempt", 3), Absent("lease_id")))),
    AnyOf(((AnyOf(((Equals("attempt", 3),), (Absent("owner"),))), Absent("lease_id")), (Absent("owner"),))),
    owned_by("alice"),
    of_container(ARN, 9, 5),
]
DO_NOT_HOLD: list[Condition] = [
    Equals("owner", "bob"),
    Equals("attempt", 2),
    Equals("attempt", "3"),
    Equals("lease_id", "lease-1"),
    Equals("cancellation.reason", "typo"),
    Equals("termination.exit_code", 0),
    Differs("owner", "alice"),
    Differs("cancellation.repeats", 2),
    Lacks("history", SAMPLE.history[0]),
    Below("ecs_version", 4),
    Below("due_at", later(15)),
    Below("lease_ends_at", later(999)),
    AtMost("ecs_version", 3),
    AtMost("due_at", later(14.999)),
    AtMost("lease_ends_at", later(999)),
    Absent("owner"),
    Absent("cancellation"),
    Absent("cancellation.repeats"),
    OneOf("status", (Status.RUNNING, Status.STARTING)),
    OneOf("lease_id", ("lease-1",)),
    Shorter("history", 1),
    AnyOf(((Equals("attempt", 3), Equals("owner", "bob")), (Equals("attempt", 2), Equals("owner", "alice")))),
    owned_by("admin"),
    of_container(ARN, 3, 4),
    of_container(OTHER_ARN, 3, 9),
    *unlaunched(2),
    *leased("lease-1"),
]


ODD: list[Condition] = [
    Below("ecs_version", "5"),
    AtMost("due_at", 9_999_999_999),
    Equals("ecs_version", True),
    Shorter("termination", 9),
]
"""On an attribute of another type, or on none: does not hold. moto raises a TypeError or a ValueError of its own."""
