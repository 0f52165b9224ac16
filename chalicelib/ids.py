"""The ids of tasks: UUIDs, in their canonical text."""

import uuid

NAMESPACE = uuid.UUID("5f0c8b1e-3a57-4b8e-9d1c-2f6a7e4b9c03")
"""Of the ids that are made from an Idempotency-Key. Never to be changed: it is part of every such id."""


def task_id(deployment: str, owner: str, key: str | None) -> str:
    """Make the id: from the owner and the key where there is one, so that a repeated submit finds the first.

    The deployment is part of it, because ECS's client tokens are made of it: two deployments may share a cluster, and
    must never be answered with each other's container. The lengths stand before the parts, so that no two triples are
    ever the same text.
    """
    if key is None:
        return str(uuid.uuid4())
    return str(uuid.uuid5(NAMESPACE, "".join(f"{len(part)}:{part}" for part in (deployment, owner, key))))


def is_task_id(text: str) -> bool:
    """Tell whether a text can be a task's id."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
