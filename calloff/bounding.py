"""Bound what cannot be interrupted: a request of httpx, each of whose waits has a limit, but not their sum."""

from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T]) -> T:
    """Do the work in a thread of its own, and answer what it answers, or raise what it raises.

    Work that takes longer is left alone: nobody hears of its end, and it does not keep the program from ending. A
    request ends with its client, too.

    Raises:
        TimeoutError: it took longer.
    """
    outcome: Future[T] = Future()

    def carry() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised again, by whoever waits
            outcome.set_exception(error)

    Thread(target=copy_context().run, args=(carry,), name="calloff", daemon=True).start()
    return outcome.result(seconds)
