"""Where a scene is played: it calls the API, watches record and engine side by side, and checks what was promised."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from localcloud import engine, waiting
from localcloud.demo.calls import TERMINAL, Answer, Calls
from localcloud.demo.promise import Outcome, Promise

if TYPE_CHECKING:
    from localcloud.demo.screen import Screen
    from localcloud.witness import Sighting, Witness

#: Seconds that anything in a scene may take before the demo calls it broken.
PATIENCE_S = 20.0


class Stage:
    """One scene's stage, with a clock of its own."""

    def __init__(self, title: str, calls: Calls, witness: Witness, screen: Screen) -> None:
        self.outcome = Outcome(title)
        self._calls = calls
        self._witness = witness
        self._screen = screen
        self._began = time.monotonic()
        self._asked_at: float | None = None

    def submit(self, *command: str, stop_timeout: int = 5) -> str:
        """Submit a task and return its id."""
        answer = self._calls.submit(image=engine.IMAGE, command=list(command), stop_timeout=stop_timeout)
        self._tell_answer("POST /tasks", answer)
        self.promise("the task is accepted", answer.status == 201, str(answer.document))  # noqa: PLR2004
        return str(answer.document["id"])

    def cancel(self, task_id: str, expected: int, **how: Any) -> Answer:
        """Cancel, and check the answer's status code. The first time starts the clock of the death."""
        self._asked_at = self._asked_at or time.monotonic()
        answer = self._calls.cancel(task_id, **how)
        self._tell_answer("POST …/cancel", answer)
        self.promise(f"the cancellation is answered {expected}", answer.status == expected, str(answer.status))
        return answer

    def until(self, task_id: str, *statuses: str) -> dict[str, Any]:
        """Watch the record until it has one of the statuses, and ask the engine at that very moment.

        Raises ``TimeoutError`` when it does not come.
        """

        def look() -> dict[str, Any] | None:
            document = self._calls.show(task_id).document
            return document if document["status"] in statuses else None

        document = waiting.until(look, f"{' or '.join(statuses)}", PATIENCE_S)
        sighting = self._witness.look(task_id)
        self._screen.line(self._now(), document["status"], _summary(document), sighting.words)
        if document["status"] in TERMINAL:
            self._ended(document, sighting)
        return document

    def pause(self, seconds: float) -> None:
        """Let some time pass on the stage."""
        time.sleep(seconds)

    def promise(self, sentence: str, kept: bool, found: object = "") -> None:  # noqa: FBT001  reads as a sentence
        """Check a promise."""
        promise = Promise(sentence, kept, str(found))
        self.outcome.promises.append(promise)
        self._screen.promise(promise)

    def _ended(self, document: dict[str, Any], sighting: Sighting) -> None:
        """Note how it ended. A terminal record with a living container is the one lie that must never be."""
        termination = document["termination"] or {}
        self.outcome.status = document["status"]
        self.outcome.how = str(termination.get("how", "")).replace("_", " ")
        self.outcome.exit_code = document["exit_code"]
        self.outcome.engine = sighting.words
        if self._asked_at and document["status"] == "cancelled":
            self.outcome.dead_after_s = time.monotonic() - self._asked_at
        self.promise("as the record says so, nothing of it is alive", not sighting.alive, sighting.words)

    def _tell_answer(self, call: str, answer: Answer) -> None:
        words = f"{answer.status} {answer.document.get('status', '')}"
        if answer.document.get("type"):
            words = f"{answer.status} {answer.document['detail']}"
        self._screen.line(self._now(), call, words)

    def _now(self) -> float:
        return time.monotonic() - self._began


def _summary(document: dict[str, Any]) -> str:
    termination = document["termination"]
    if not termination:
        return ""
    code = document["exit_code"]
    exit_words = "" if code is None else f", exit {code}"
    return f"{termination['how'].replace('_', ' ')}{exit_words}, proof: {termination['proof'].replace('_', ' ')}"
