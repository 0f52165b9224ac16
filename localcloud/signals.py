"""Ctrl-C and SIGTERM, for programs that must not leave anything running."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDING = (signal.SIGINT, signal.SIGTERM)


class AskedToEnd(BaseException):
    """No error: the program was asked to end; what is open closes on its way out."""


@contextmanager
def ending_cleanly() -> Iterator[None]:
    """Turn the first Ctrl-C or SIGTERM into `AskedToEnd`; later ones are ignored on the way out."""

    def leave(*_: object) -> NoReturn:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        raise AskedToEnd

    before = {number: signal.signal(number, leave) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
