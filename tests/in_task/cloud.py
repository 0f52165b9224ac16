"""What tests of real containers measure by."""

from datetime import datetime
from typing import Any


def dying_s(task: dict[str, Any]) -> float:
    """Seconds from the cancellation until the container was dead, as the task's own document has it."""
    asked, dead = task["cancellation"]["requested_at"], task["termination"]["execution_stopped_at"]
    return (datetime.fromisoformat(dead) - datetime.fromisoformat(asked)).total_seconds()
