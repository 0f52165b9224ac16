"""Let a task come to its own end when the test wants it, however slow the machine is."""

import os
import signal
from collections.abc import Callable

from localcloud.engine import docker_client
from localcloud.stack import LocalCloud
from localcloud.witness import DockerEyes, ProcessEyes
from tests.stack.caller import FOREVER


def ends_when_told(code: int) -> str:
    """Write the script of a task that ends with this code when it is told to."""
    return f"trap 'exit {code}' USR1; echo ready; {FOREVER}"


def find_bell(cloud: LocalCloud, task_id: str) -> Callable[[], None]:
    """Find out how to tell a running task to end: past Calloff, and past an ECS that may be gone by then."""
    if cloud.engine.runtime == "docker":
        [container] = DockerEyes().find(task_id)
        return lambda: docker_client().api.kill(container, "SIGUSR1")
    [group] = ProcessEyes(cloud.endpoints.ecs).find(task_id)
    return lambda: os.killpg(int(group), signal.SIGUSR1)
