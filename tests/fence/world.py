"""The world of the launch fence: the real verbs, each as one worker that may vanish, and the way to rest."""

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

from chalicelib.attend import attend
from chalicelib.cancel import Cancel, Cancelled, Cancelling, cancel
from chalicelib.hunt import hunt
from chalicelib.lifecycle import Status
from chalicelib.observe import observe
from chalicelib.ports import NotRead, Ports, StoreUnavailableError
from chalicelib.relaunch import relaunch_by_id
from chalicelib.report import parse
from chalicelib.submit import Submission, submit
from chalicelib.sweep import sweep
from chalicelib.task import Proof, Spec
from localcloud.ecs import Plan
from tests.fence.gate import Died
from tests.fence.stage import id_of
from tests.fence.trouble import Trouble
from tests.fence.watch import OVER

SPEC = Spec(image="busybox", command=("work",), environment={"COLOUR": "blue"}, cpu=256, memory=512)
MINUTE = 60.0
HOUR = 3600.0
SWEEPS_TO_A_HUNT = 5
PATIENCE = 6 * HOUR
"""A world that has not come to rest after so long never does: the longest way is an hour and two listings."""


@dataclass(frozen=True)
class Vanished:
    """The worker died, or the store did not answer it: nobody heard what came of it."""


VANISHED = Vanished()


class World(Trouble):
    """The stage with its trouble, and the verbs as a test says them."""

    _swept = 0

    # -- the workers; each may die at the gate

    def submit(self, key: str = "one", **parts: Any) -> Any:
        submission = Submission("alice", SPEC, 30, "f" * 32, key, **parts)
        return self._work(lambda ports: submit(ports, submission))

    def cancel(self, key: str = "one") -> Any:
        return self.cancel_by_id(id_of(key))

    def cancel_by_id(self, task_id: str, owner: str = "alice") -> Any:
        outcome = self._work(lambda ports: cancel(ports, Cancel(task_id, owner, owner)))
        if isinstance(outcome, Cancelling | Cancelled):
            self.watch.acknowledged.add(task_id)
        self.look()
        return outcome

    def sweep(self) -> Any:
        return self._work(sweep)

    def attend(self) -> Any:
        """Wake the task, due or not."""
        return self._work(lambda ports: attend(ports, self.task, NotRead()))

    def sweeps(self, minutes: int) -> None:
        """Let so many minutes pass in which there are sweeps, but no launches from the queue and no hunts."""
        for _ in range(minutes):
            self.advance(MINUTE)
            self.sweep()

    def hunt(self) -> Any:
        return self._work(hunt)

    def relaunch(self) -> Any:
        """Be the launchers of what waits in the launch queue. A task whose launcher vanished comes again."""
        taken, self.queue.waiting = self.queue.waiting, []
        for task_id in taken:
            if self._work(lambda ports, i=task_id: relaunch_by_id(ports, i)) is VANISHED:
                self.queue.waiting.append(task_id)

    def deliver(self, *events: dict[str, Any]) -> Any:
        """Hand events of ECS over, in this order; answer what came of the last."""
        outcome = None
        for event in events:
            report = parse(event["detail"], Proof.ECS_EVENT)
            outcome = self._work(lambda ports, r=report: observe(ports, r))
        return outcome

    def _work(self, verb: Callable[[Ports], Any]) -> Any:
        try:
            # Metrics are lines on standard output; here nobody reads them.
            with redirect_stdout(io.StringIO()):
                return verb(self.ports)
        except (Died, StoreUnavailableError):
            return VANISHED
        finally:
            self.look()

    # -- time

    def minutes(self, number: int) -> None:
        """Let so many minutes pass, with what happens each minute and each five."""
        for _ in range(number):
            self.advance(MINUTE)
            self.sweep()
            self.relaunch()
            self._swept += 1
            if self._swept % SWEEPS_TO_A_HUNT == 0:
                self.hunt()

    # -- rest

    def at_rest(self) -> bool:
        """Tell whether nothing is left to do: each task has ended, or runs in the container that its record names."""
        left = [task for task in self._records() if task.status not in OVER]
        run = all(task.status is Status.RUNNING for task in left)
        theirs = sorted(task.ecs_arn or "" for task in left) == sorted(self.alive())
        stopping = any(each.stopping for each in self.watch.living())
        return run and theirs and not stopping and not self.queue.waiting

    def settle(self) -> Status | None:
        """Come to rest, and hand every event over again, the newest first: what comes late changes nothing any more."""
        self.rest()
        self.deliver(*reversed(self.heard))
        self.minutes(SWEEPS_TO_A_HUNT)
        return self.rest()

    def rest(self) -> Status | None:
        """Let faults cease and time pass, without any further event of ECS, until all rests; check that it does.

        Answer the status of the first task; there is none if nobody heard of its submission.
        """
        self.gate.clear()
        self.wire.steps.clear()
        self.engine.set_faults(Plan())
        latest = self.clock.now() + PATIENCE
        while not self.at_rest():
            assert self.clock.now() < latest, f"never comes to rest: {self._words()}"
            self.minutes(1)
        self.check()
        return next((task.status for task in self._records()), None)

    def check(self) -> None:
        """Everything that must hold at rest."""
        for task in self._records():
            self.watch.look_at_history(task)
            assert task.status is Status.CANCELLED or task.id not in self.watch.acknowledged
        self.look()
        assert self.at_rest(), self._words()

    def _words(self) -> str:
        records = [(str(t.status), t.attempt, t.ecs_arn, [str(e.event) for e in t.history]) for t in self._records()]
        return f"{records}, alive: {self.alive()}, waiting: {self.queue.waiting}"
