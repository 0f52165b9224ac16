"""Register a task definition, once."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, assert_never

from chalicelib.ports import Busy, Deferred, Known, Locked, Ports, Registered, Rejected, Unclear

POLL_S = 0.2
POLLS = 20
"""Somebody else's registering takes a second or so; the launch can wait that long inside its lease."""


def ensure(ports: Ports, definition: Mapping[str, Any], polls: int = POLLS) -> Registered | Deferred | Rejected:
    """Make sure that ECS knows `definition`. Costs no call once this process knows it, one where another does.

    Where somebody else is registering it, ask up to `polls` times.
    """
    for _ in range(polls):
        now = ports.clock.now()
        until = now + timedelta(seconds=ports.settings.definition_lock_s)
        match ports.definitions.lock(definition["family"], now, until):
            case Known():
                return Registered()
            case Locked():
                return _register(ports, definition)
            case Busy():
                ports.clock.sleep(POLL_S)
            case other:
                assert_never(other)
    return Deferred("the task definition is being registered")


def _register(ports: Ports, definition: Mapping[str, Any]) -> Registered | Deferred | Rejected:
    family = definition["family"]
    match ports.containers.register(definition):
        case Registered():
            ports.definitions.remember(family)
            return Registered()
        case Unclear(reason):
            # It may be registered by now. Doing it again makes another revision of the same content: harmless.
            ports.definitions.forget(family)
            return Deferred(reason)
        case refused:
            ports.definitions.forget(family)
            return refused
