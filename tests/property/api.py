"""Calloff's functions as AWS calls them, each as one worker that may vanish, over the stage of the launch fence.

The records are in memory, ECS is the engine behind Calloff's own client; all routes and handlers are those of `app.py`.
"""

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import replace
from functools import partial
from typing import Any

import app
from chalicelib.ports import StoreUnavailableError
from tests.doubles.api import Answer, Context, request
from tests.doubles.reports import sample
from tests.doubles.services import MemoryLogs
from tests.fence.gate import Died, Gated
from tests.fence.world import World

UNAVAILABLE = 503


class Functions:
    """The functions of one deployment, in one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.logs = MemoryLogs()
        self.ports = replace(world.ports, notes=Gated(world.notes, world.gate), logs=self.logs)
        self._woken: set[tuple[str, int]] = set()

    def send(self, method: str, target: str, body: object = None, **parts: Any) -> Answer | None:
        """Send a request; None where no answer came, or one that says that nobody knows."""
        answer = self._call(lambda: request(method, target, body, **parts))
        assert answer is None or answer.status < 500 or answer.status == UNAVAILABLE, answer
        return None if answer is None or answer.status == UNAVAILABLE else answer

    def told(self, event: dict[str, Any]) -> None:
        """Hand in an event of ECS. What fails, EventBridge would hand in again; here it may be lost."""
        self._call(lambda: app.ecs_task_changed(event, Context()))

    def sweep(self) -> None:
        self._call(lambda: app.sweep(sample("running"), Context()))

    def hunt(self) -> None:
        self._call(lambda: app.hunt(sample("running"), Context()))

    def relaunch(self) -> None:
        """Hand the launch queue's messages in; what fails comes back by itself."""
        waiting, self.world.queue.waiting = self.world.queue.waiting, []
        messages = [{"messageId": str(n), "body": each, "receiptHandle": "r"} for n, each in enumerate(waiting)]
        answer = self._call(lambda: app.relaunch({"Records": messages}, Context())) if messages else None
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]} if answer else set()
        if messages and answer is None:
            failed = {each["messageId"] for each in messages}
        self.world.queue.waiting += [each["body"] for each in messages if each["messageId"] in failed]

    def wake(self) -> None:
        """Let the timers fire whose time has come."""
        now = self.ports.clock.now()
        for timer, at in list(self.ports.timers.started.items()):
            if at <= now and timer not in self._woken:
                self._woken.add(timer)
                self._call(partial(app.on_deadline, {"task_id": timer[0]}, Context()))

    def _call(self, function: Callable[[], Any]) -> Any:
        try:
            # Metrics are lines on standard output; here nobody reads them.
            with redirect_stdout(io.StringIO()):
                return function()
        except (Died, StoreUnavailableError):
            return None
        finally:
            self.world.look()
