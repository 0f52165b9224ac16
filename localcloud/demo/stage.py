"""Where a scene is played: calls the API, watches record and engine side by side, checks what was promised."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from localcloud import engine, waiting
from localcloud.demo.calls import TERMINAL, Answer, Calls
from localcloud.demo.promise import Outcome, Promise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.demo.backstage import Backstage
    from localcloud.demo.screen import Screen
    from localcloud.witness import Sighting, Witness

#: Seconds that anything in a scene may take before the demo calls it broken.
PATIENCE_S = 60.0
#: Seconds between two looks at a record: each costs what it looks at some of the same processor.
EVERY_S = 0.04
HOW = {"exited_on_its_own": "by itself"}


class Stage:
    """One scene's stage, with a clock of its own."""

    def __init__(self, title: str, calls: Calls, witness: Witness, screen: Screen, backstage: Backstage) -> None:
        self.outcome = Outcome(title)
        self._calls = calls
        self._witness = witness
        self._screen = screen
        self._backstage = backstage
        self._began = time.monotonic()
        self._asked_at: float | None = None

    def submit(self, *command: str, stop_timeout: int = 5, **fields: Any) -> str:
        """Submit a task and return its id."""
        answer = self._calls.submit(image=engine.IMAGE, command=list(command), stop_timeout=stop_timeout, **fields)
        self._answered("POST /tasks", answer, expected=201)
        return str(answer.document["id"])

    def cancel(self, task_id: str, expected: int, **how: Any) -> Answer:
        """Cancel, and check the answer's status code. The first time starts the clock of the death."""
        self._asked_at = self._asked_at or time.monotonic()
        answer = self._calls.cancel(task_id, **how)
        self._answered("POST …/cancel", answer, expected)
        return answer

    def until(self, task_id: str, *statuses: str) -> dict[str, Any]:
        """Watch the record until it has one of the statuses, and ask the engine at that very moment.

        Raises ``TimeoutError`` when it does not come, ``LookupError`` when the task ends otherwise.
        """

        def look() -> dict[str, Any] | None:
            document = self._calls.show(task_id).document
            if document["status"] in TERMINAL - set(statuses):
                raise LookupError(f"it ended {document['status']}, and was waited for to be {' or '.join(statuses)}")
            return document if document["status"] in statuses else None

        document = waiting.until(look, f"record {' or '.join(statuses)}", PATIENCE_S, EVERY_S)
        at, sighting = self._now(), self._witness.look(task_id)
        if document["status"] in TERMINAL:
            self._ended(document)
        self._screen.record(at, document["status"], self._summary())
        self._compare(document, sighting)
        return document

    def until_engine_says_dead(self, task_id: str) -> None:
        """Watch the engine alone until nothing of the task is alive, and show the record of that moment."""

        def look() -> Sighting | None:
            sighting = self._witness.look(task_id)
            return None if sighting.alive else sighting

        sighting = waiting.until(look, "the container's end", PATIENCE_S)
        document = self._calls.show(task_id).document
        self._screen.record(self._now(), document["status"], f"says the record; {sighting.words}")

    @contextmanager
    def without_ecs(self) -> Iterator[None]:
        """Play a part of the scene while ECS answers nobody."""
        self._screen.record(self._now(), "ECS", "is frozen: it takes calls and answers none")
        with self._backstage.without_ecs():
            yield
        self._screen.record(self._now(), "ECS", "is back")

    def lose_events(self, task_id: str) -> None:
        """Let ECS tell nothing more of the task."""
        self._backstage.lose_events(task_id)
        self._screen.record(self._now(), "ECS", "will lose every event of this task")

    def promise(self, sentence: str, kept: bool, found: object = "") -> None:  # noqa: FBT001  reads as a sentence
        """Check a promise, and show that it was."""
        self._screen.promise(self._checked(sentence, kept=kept, found=found))

    def _checked(self, sentence: str, *, kept: bool, found: object) -> Promise:
        promise = Promise(sentence, kept, str(found))
        self.outcome.promises.append(promise)
        return promise

    def _answered(self, call: str, answer: Answer, expected: int) -> None:
        words = answer.document.get("detail", answer.document["status"])
        self._screen.call(self._now(), call, answer.status, str(words))
        promise = self._checked(f"{call} is answered {expected}", kept=answer.status == expected, found=answer.status)
        if not promise.kept:
            self._screen.promise(promise)

    def _ended(self, document: dict[str, Any]) -> None:
        how = (document["termination"] or {}).get("how", "")
        self.outcome.status = document["status"]
        self.outcome.how = HOW.get(how, str(how).replace("_", " "))
        self.outcome.exit_code = document["exit_code"]
        if self._asked_at and document["status"] == "cancelled":
            self.outcome.dead_after_s = time.monotonic() - self._asked_at

    def _compare(self, document: dict[str, Any], sighting: Sighting) -> None:
        """Hold the record against the engine. A terminal record with a living container is the one great lie."""
        ended = document["status"] in TERMINAL
        self.promise(sighting.words, sighting.alive != ended, f"but the record says {document['status']}")
        if ended:
            self.outcome.engine = sighting.state

    def _summary(self) -> str:
        outcome = self.outcome
        words = [outcome.how] if outcome.how else []
        words += [] if outcome.exit_code is None else [f"exit {outcome.exit_code}"]
        words += [] if outcome.dead_after_s is None else [f"{outcome.dead_after_s:.2f} s after the request"]
        return ", ".join(words)

    def _now(self) -> float:
        return time.monotonic() - self._began
