"""How a task ended, judged from what ECS told of it. Judged when it is shown; what is stored is ECS's word."""

from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.task import Proof, Termination


class How(StrEnum):
    """How a container came to its end."""

    NEVER_STARTED = "never_started"
    """Nothing of it ever ran."""
    GRACEFUL = "graceful"
    """It ended after SIGTERM, within the grace."""
    FORCED = "forced"
    """It outlived the grace and got SIGKILL."""
    EXITED_ON_ITS_OWN = "exited_on_its_own"
    OUT_OF_MEMORY = "out_of_memory"
    UNKNOWN = "unknown"
    """What ECS told does not say."""


KILLED = 128 + 9
"""Exit code of a process that SIGKILL ended."""

CLOCK_GRAIN = timedelta(seconds=0.5)
"""ECS's two time stamps are taken at some distance from the signals; a kill at the grace may seem so much early."""


def how(termination: Termination, grace_s: int, forced_at: datetime | None = None) -> How:
    """Judge the end by stop code, time stamps against the grace, and the container's reason.

    From `forced_at` on the supervisor killed without any grace.

    The exit code alone tells little: a trapped SIGTERM may exit 0, and an out-of-memory kill is 137 like a forced one.
    """
    if (termination.container_reason or "").startswith("OutOfMemory"):
        return How.OUT_OF_MEMORY
    if termination.proof is Proof.GONE:
        return How.UNKNOWN
    if termination.proof is Proof.NEVER_LAUNCHED or not (termination.ran or termination.exit_code is not None):
        return How.NEVER_STARTED
    if termination.stop_code in (None, "EssentialContainerExited"):
        return How.EXITED_ON_ITS_OWN
    return _after_stop(termination, timedelta(seconds=grace_s), forced_at)


def _after_stop(termination: Termination, grace: timedelta, forced_at: datetime | None) -> How:
    if termination.exit_code is None:
        return How.UNKNOWN
    if termination.exit_code != KILLED:
        return How.GRACEFUL
    stopping, stopped = termination.stopping_at, termination.execution_stopped_at
    if stopping is None or stopped is None:
        return How.UNKNOWN
    killed_from = min(stopping + grace, forced_at or stopping + grace)
    return How.UNKNOWN if stopped < killed_from - CLOCK_GRAIN else How.FORCED
