"""The rules, each taken away once: what is found then, or that it can be spared alone."""

from dataclasses import dataclass, field

from chalicelib.lifecycle import Event
from tests.model.record import Guard
from tests.model.state import Bounds, Rules

HOLDS = ""
SMALL = Bounds(faults=2, limits=False)
LIMITED = Bounds(faults=1)
TINY = Bounds(faults=1, limits=False)
"""What never comes to rest is found after all else, so within fewer."""

FACTS = (
    Event.STARTED,
    Event.SIGHTED,
    Event.EXITED_ZERO,
    Event.EXITED_NONZERO,
    Event.START_DEFERRED,
    Event.START_FAILED,
    Event.STOPPED,
    Event.STOPPED_EXTERNALLY,
)
"""What ECS tells of a container."""
REFUSALS = (Event.LAUNCH_DEFERRED, Event.LAUNCH_REJECTED)
CANCELS = (Event.CANCEL_REQUESTED, Event.CANCELLED_UNLAUNCHED)


@dataclass(frozen=True)
class Mutation:
    """Something taken away."""

    name: str
    rules: Rules
    found: str = HOLDS
    """What the search must find; nothing, where all holds without it."""
    bounds: Bounds = field(default=SMALL)


def without(kind: str, name: str, *events: Event) -> Rules:
    """The rules, but for this guard in the writes of these events."""
    return Rules(dropped=frozenset(Guard(event, kind, name) for event in events))


ALIVE = "and a container is alive"
LIE = f"cancelled, {ALIVE}"

MUTATIONS = (
    # Guards of the writes.
    Mutation("a cancellation for time without the deadline", without("AtMost", "deadline", *CANCELS), "moved", LIMITED),
    Mutation("a refused launch without the lease's id", without("Equals", "lease_id", *REFUSALS), ALIVE),
    Mutation("a refused launch without a look for an ARN", without("Absent", "ecs_arn", *REFUSALS)),
    Mutation("an ARN saved without the attempt", without("Equals", "attempt", Event.LAUNCHED), ALIVE),
    Mutation("an ARN saved over another", without("Absent", "ecs_arn", Event.LAUNCHED)),
    Mutation("facts without the ARN", without("Equals", "ecs_arn", *FACTS), ALIVE),
    Mutation("facts without the attempt", without("Equals", "attempt", *FACTS), ALIVE),
    Mutation("facts without the version", without("Below", "ecs_version", *FACTS)),
    Mutation("a claim without the rev", without("Equals", "rev", Event.CLAIMED)),
    Mutation("a takeover of another lease", without("Equals", "lease_id", Event.LEASE_TAKEN)),
    Mutation("a takeover of a lease that lasts", without("AtMost", "lease_ends_at", Event.LEASE_TAKEN)),
    Mutation("a takeover of a container that is known", without("Absent", "ecs_arn", Event.LEASE_TAKEN)),
    Mutation("nothing found, without the lease's id", without("Equals", "lease_id", Event.NOTHING_FOUND)),
    Mutation("nothing found, without the first list", without("Equals", "listed_empty_at", Event.NOTHING_FOUND)),
    Mutation("a first empty list without the lease's id", without("Equals", "lease_id", Event.LISTED_EMPTY)),
    Mutation("a first empty list again and again", without("Absent", "listed_empty_at", Event.LISTED_EMPTY)),
    Mutation("gone, without the ARN", without("Equals", "ecs_arn", Event.GONE), ALIVE),
    Mutation("gone, without the first reading", without("Equals", "missing_at", Event.GONE)),
    Mutation("missed, without the rev", without("Equals", "rev", Event.MISSED)),
    # What a cancellation does.
    Mutation("a cancellation of a launch is done at once", Rules(cancels_at_once=True), LIE),
    Mutation("a cancellation reads, then writes", Rules(cancel_reads_first=True), LIE),
    Mutation("a cancellation does not bind the end", Rules(binds_the_end=False), "an acknowledged cancel"),
    Mutation("a container that is stopping is dead", Rules(stopping_is_death=True), LIE),
    # The launch.
    Mutation("RunTask without the client token", Rules(token=False), "two containers are alive"),
    Mutation("a client token dies with its container", Rules(token_outlives=False), "two containers"),
    Mutation("RunTask before the claim", Rules(claim_first=False), "pending, and a container is alive"),
    Mutation("a refusal of a second send counts", Rules(refusal_of_resend_counts=True), ALIVE),
    Mutation("a lease that is over means nothing ran", Rules(lease_over_means_nothing_ran=True), ALIVE),
    Mutation("sent again for ever", Rules(resends_forever=True), "two containers"),
    Mutation("never sent again", Rules(resends=False)),
    Mutation("one empty list is a proof", Rules(listings=1), ALIVE),
    Mutation("what is stopping is not listed", Rules(listings_show_stopping=False), ALIVE),
    Mutation("the lists are never asked", Rules(searches=False), "rest", TINY),
    Mutation("a holder outlives its lease", Rules(lease_binds=False), ALIVE),
    Mutation("a write applies twice", Rules(repeats_apply=True)),
    Mutation("whoever saves does not look", Rules(launcher_looks_back=False)),
    # What is found out later.
    Mutation("MISSING is a proof", Rules(missing_is_proof=True), ALIVE),
    Mutation("MISSING never ends a task", Rules(missing_ends=False), "rest", TINY),
    Mutation("a task that runs is not looked at", Rules(sweep_looks=False), "rest", TINY),
    Mutation("the sweep does not stop again", Rules(sweep_stops=False)),
    Mutation("reports stop nothing", Rules(reports_stop=False)),
    Mutation("no hunt", Rules(hunts=False)),
    Mutation("no hunt, and the sweep does not stop again", Rules(hunts=False, sweep_stops=False), "rest", TINY),
    Mutation(
        "no hunt, and neither reports nor launchers stop",
        Rules(hunts=False, reports_stop=False, launcher_looks_back=False),
    ),
    Mutation("legitimate is what has a lease", Rules(legitimate_by_lease=True), "nobody had cancelled"),
)
