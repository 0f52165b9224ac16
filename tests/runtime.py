"""What runs the containers of tests."""

import os


def runtime() -> str:
    """Insist on containers where they are required, else take what was chosen, or what there is."""
    return "docker" if os.environ.get("CALLOFF_REQUIRE_DOCKER") else os.environ.get("CALLOFF_RUNTIME", "auto")
