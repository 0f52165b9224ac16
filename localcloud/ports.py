"""TCP ports and addresses of this machine."""

from __future__ import annotations

import contextlib
import socket

HOST = "127.0.0.1"


def free(count: int) -> list[int]:
    """Choose ``count`` different ports that nobody listens on now.

    Somebody may take one before it is used; the part that finds it taken fails to start, and says so.
    """
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in sockets]


def own(address: str) -> bool:
    """Say whether the address is one of this machine's, so that something can listen on it."""
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
        return True


def taken(port: int) -> bool:
    """Say whether somebody listens on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0
