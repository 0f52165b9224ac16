"""Which failures to start pass by themselves. The documented list: `docs/launching.md` is made from it."""

from chalicelib.task import Termination

TRANSIENT = {
    "capacity is unavailable": "Fargate has no room for the task at this moment.",
    "network interface": "An elastic network interface could not be made, or not attached in time.",
    "eni ": "The same, in ECS's short words.",
    "internal error": "A fault of ECS itself.",
    "rate exceeded": "A call that ECS made for the task was throttled.",
    "timeout waiting for": "A resource of the task was not ready in time.",
}
"""Words in `stoppedReason` of a task that never ran (Amazon ECS Developer Guide, stopped task error messages) → what
they mean. A start that failed for anything else, an image or a secret that is not there above all, would fail again."""


def transient(termination: Termination) -> bool:
    """Tell a failure to start after which the same launch may succeed."""
    reason = (termination.stopped_reason or "").lower()
    return any(words in reason for words in TRANSIENT)
