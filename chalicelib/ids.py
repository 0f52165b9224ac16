"""The ids of tasks: UUIDs, in their canonical text."""

import uuid

NAMESPACE = uuid.UUID("5f0c8b1e-3a57-4b8e-9d1c-2f6a7e4b9c03")
"""Of the ids that are made from an owner and an Idempotency-Key. Never to be changed: it is part of every such id."""


def task_id(owner: str, key: str | None) -> str:
    """Make the id: from the owner and the key where there is one, so that a repeated submit finds the first.

    The lengths stand before the parts, so that no two pairs of owner and key are ever the same text.
    """
    if key is None:
        return str(uuid.uuid4())
    return str(uuid.uuid5(NAMESPACE, f"{len(owner)}:{owner}{len(key)}:{key}"))


def is_task_id(text: str) -> bool:
    """Tell whether a text can be a task's id."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
