"""What a program still does when it is being cancelled: once, the newest first, within the grace that is left."""

from __future__ import annotations

import atexit
import os
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from calloff.task._api import PATIENCE_S, RefusedError, UnreachableError, door, log
from calloff.task._cancelled import cancelled
from calloff.task._grace import grace
from calloff.task._sender import sender

if TYPE_CHECKING:
    from collections.abc import Callable

    F = TypeVar("F", bound=Callable[[], Any])

SHARE = 0.5
"""Of the grace: so much the program has to come to its end by itself, before its hooks run beside it."""


class Hooks:
    """The hooks that have not run yet. Each runs once, whoever runs them; one after another, never two at a time."""

    def __init__(self) -> None:
        """Have none."""
        self._hooks: list[Callable[[], Any]] = []
        self._running = threading.RLock()
        self._over = threading.Event()
        cancelled.on_install(self._watch)
        atexit.register(self._at_exit)
        os.register_at_fork(after_in_child=self._forked)

    def add(self, hook: Callable[[], Any]) -> None:
        """Remember a hook."""
        cancelled.install()
        self._hooks.append(hook)

    def run(self) -> None:
        """Run what has not run; what a hook raises is logged, and keeps no other from running."""
        with self._running:
            while self._hooks:
                hook = self._hooks.pop()
                try:
                    hook()
                except BaseException:  # noqa: BLE001 - a hook that exits must not take the others with it
                    log.exception("a clean-up hook failed")

    def _watch(self) -> None:
        threading.Thread(target=self._watched, name="calloff-cleanup", daemon=True).start()

    def _watched(self) -> None:
        """Run the hooks of a program that does not come to its end: it may be stuck, and will be killed."""
        cancelled.wait()
        _learn(_until_hooks())
        left = _until_hooks()
        if left is not None and not self._over.wait(left):
            self.run()

    def _at_exit(self) -> None:
        self._over.set()
        if cancelled.at is not None:
            self.run()
        sender.flush()
        cancelled.settle()

    def _forked(self) -> None:
        """A forked child has work of its own; its parent's hooks are its parent's."""
        self._hooks, self._running, self._over = [], threading.RLock(), threading.Event()


hooks = Hooks()


def on_cleanup(hook: F) -> F:
    """Have `hook()` called when the task is cancelled; also as a decorator. Not called when the program ends by itself.

    It is called when the program ends, or, if it does not, when half of the grace is over; then in another thread.
    """
    hooks.add(hook)
    return hook


def _until_hooks() -> float | None:
    """Seconds until the hooks run beside a program that has not ended; None where nobody kills it."""
    whole, left = grace.whole(), grace.left()
    return None if whole is None or left is None else max(0.0, left - whole * (1 - SHARE))


def _learn(patience: float | None) -> None:
    """Ask Calloff which grace this cancellation has, while there is time: it may be shorter than the task's."""
    if (here := door()) is None:
        return
    try:
        grace.learn(here.call("GET", "/self", patience=PATIENCE_S if patience is None else patience))
    except (RefusedError, UnreachableError) as fault:
        log.debug("the grace of this cancellation is not known: %s", fault)
