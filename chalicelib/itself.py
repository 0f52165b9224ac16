"""What a running task may do to itself, by its token."""

import msgspec

from chalicelib.cancel import Cancel, Cancelling, GraceUnsupported, NotDue, cancel_if
from chalicelib.ports import Ports
from chalicelib.task import Task
from chalicelib.tokens import TaskToken


class Expired(msgspec.Struct, frozen=True):
    """The token was good once: the task has ended, or another attempt of it is under way."""


def show_itself(ports: Ports, token: TaskToken) -> Task | Expired:
    """Read the task, consistently."""
    task = ports.store.get(token.task_id)
    return task if isinstance(task, Task) and token.good(task) else Expired()


def cancel_itself(ports: Ports, token: TaskToken, request: Cancel) -> Cancelling | GraceUnsupported | Expired:
    """Cancel the task, if the token is good at the moment of the write; repeating it is safe.

    Raises:
        StoreUnavailableError: the outcome is not known.
    """
    match cancel_if(ports, request, token.conditions):
        case Cancelling() as accepted:
            return accepted
        case NotDue(task) if token.good(task):
            # It is being cancelled already, and whoever asked for that sees to it.
            return Cancelling(task)
        case GraceUnsupported(task) as refused if token.good(task):
            return refused
        case _:
            return Expired()
