"""Whether this program was asked to end: level-triggered on SIGTERM, for threads and for asyncio.

The signal handler sets a flag and writes one byte into a pipe that nobody reads. So the pipe stays readable, and every
wait, in whatever thread or event loop, ends at once from then on: no lock is taken in the handler, none can deadlock.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import select
import signal
import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import FrameType
    from typing import Protocol

    class HasFileno(Protocol):
        """What the kernel can wait for: a file, a pipe, a socket."""

        def fileno(self) -> int:
            """Answer the descriptor."""


T = TypeVar("T")

EXIT_CODE = 128 + signal.SIGTERM
"""What a program ends with that SIGTERM ended, as shells and container engines count."""
LONGEST_S = 2_000_000
"""23 days: what is longer is for ever, as poll(2) counts milliseconds in an int."""


class TaskCancelled(SystemExit):
    """The task is being cancelled.

    Like `SystemExit`, which it is, it passes `except Exception`, and a program that lets it go ends quietly with exit
    code 143.
    """

    def __init__(self) -> None:
        super().__init__(EXIT_CODE)


class Cancelled:
    """Set from the first SIGTERM on, for good."""

    def __init__(self) -> None:
        """Watch for nothing yet."""
        self._at: float | None = None
        self._installed = False
        self._previous: Any = signal.SIG_DFL
        self._on_install: list[Callable[[], None]] = []
        self._open()
        self._mask = threading.local()
        os.register_at_fork(before=self._hold, after_in_parent=self._release, after_in_child=self._forked)

    def install(self) -> None:
        """Take SIGTERM over; a handler of the program's own is called after ours. Later calls do nothing.

        Raises:
            RuntimeError: the first use is not in the main thread, where alone Python lets signals be handled.
        """
        if self._installed:
            return
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("call calloff.task.install() in the main thread first: only there SIGTERM can be taken")
        self._installed = True
        # None is a handler that Python did not set, and cannot put back.
        self._previous = signal.signal(signal.SIGTERM, self._signalled) or signal.SIG_DFL
        for then in self._on_install:
            then()

    def on_install(self, then: Callable[[], None]) -> None:
        """Call `then` whenever SIGTERM is taken over."""
        self._on_install.append(then)

    @property
    def at(self) -> float | None:
        """When it was set, on the monotonic clock."""
        return self._at

    def is_set(self) -> bool:
        """Tell whether the task is being cancelled. Costs nothing: no call leaves the process."""
        if not self._installed:
            self.install()
        return self._at is not None

    def set(self) -> None:
        """Set it without a signal: the program itself wants to end."""
        if self._at is None:
            self._at = time.monotonic()
            # The pipe is full, or a program that became a daemon closed it.
            with contextlib.suppress(OSError):
                os.write(self._write, b"\0")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait in this thread, at most `timeout` seconds; tell whether it is set."""
        self.install()
        ready([self._read], timeout)
        return self._at is not None

    async def wait_async(self) -> None:
        """Wait in this event loop until it is set."""
        self.install()
        loop = asyncio.get_running_loop()
        heard: asyncio.Future[None] = loop.create_future()
        # A loop takes one reader for a descriptor; each waiter has its own.
        own = os.dup(self._read)
        loop.add_reader(own, _settle, heard)
        try:
            await heard
        finally:
            loop.remove_reader(own)
            os.close(own)

    def settle(self) -> None:
        """Hear no further signal: at its exit Python puts back what would end a cancelled program another way."""
        if self._installed and self._at is not None:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)

    @property
    def descriptor(self) -> int:
        """The end of the pipe that becomes readable when it is set, and stays so. For `select` and the like."""
        return self._read

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        self.set()
        if callable(self._previous):
            self._previous(number, frame)

    def _open(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)

    def _hold(self) -> None:
        """A SIGTERM between the fork and `_forked` would meet our handler in the child, and end nothing."""
        self._mask.before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    def _release(self) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask.before)

    def _forked(self) -> None:
        """Let a forked child have a pipe of its own, and SIGTERM as it was: its parent may end it by that."""
        os.close(self._read)
        os.close(self._write)
        self._open()
        if self._at is not None:
            os.write(self._write, b"\0")
        if self._installed:
            self._installed = False
            signal.signal(signal.SIGTERM, self._previous)
        self._release()


cancelled = Cancelled()
"""The event. `cancelled.is_set()`, `cancelled.wait(s)` in threads, `await cancelled.wait_async()` in asyncio."""


def check_cancellation() -> None:
    """Raise `TaskCancelled` if the task is being cancelled. Cheap: call it in each round of a loop."""
    if cancelled.is_set():
        raise TaskCancelled


def sleep(seconds: float) -> None:
    """Sleep; a cancellation ends it by `TaskCancelled`."""
    if cancelled.wait(seconds):
        raise TaskCancelled


def wait_for_input(source: int | HasFileno, timeout: float | None = None) -> bool:
    """Wait until `source` can be read, or is at its end; False after `timeout` seconds.

    Bytes that a buffered reader holds already are not seen: wait before the first read, or on the raw file.

    Raises:
        TaskCancelled: the task is being cancelled.
    """
    check_cancellation()
    wanted = source if isinstance(source, int) else source.fileno()
    found = ready([wanted, cancelled.descriptor], timeout)
    check_cancellation()
    return wanted in found


async def unless_cancelled(awaitable: Awaitable[T]) -> T:
    """Await something; a cancellation of the task cancels it in its turn.

    Raises:
        TaskCancelled: the task is being cancelled, and `awaitable` has been given up.
    """
    work = asyncio.ensure_future(awaitable)
    bell = asyncio.ensure_future(cancelled.wait_async())
    try:
        await asyncio.wait({work, bell}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
    finally:
        bell.cancel()
        work.cancel()
        await asyncio.gather(work, bell, return_exceptions=True)
    raise TaskCancelled


def _settle(heard: asyncio.Future[None]) -> None:
    if not heard.done():
        heard.set_result(None)


def ready(descriptors: list[int], timeout: float | None) -> set[int]:
    """Wait until one of the descriptors is readable or at its end; answer those that are."""
    if timeout is not None and timeout > LONGEST_S:
        timeout = None
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return {found for found, _ in poll.poll(None if timeout is None else math.ceil(max(timeout, 0) * 1000))}
