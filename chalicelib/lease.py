"""The launch lease: who may send a launch, and conclude from what it is answered."""

import uuid


def new_lease_id() -> str:
    """Name a lease, so that a write can tell its own from a later one."""
    return uuid.uuid4().hex[:16]
