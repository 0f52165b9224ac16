"""Callers of the API: each lives one story after the other, whatever the API answers."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from chalicelib.ids import task_id as id_of
from localcloud.resources import DEPLOYMENT
from tests.chaos.life import OK, TOO_LATE, Life
from tests.chaos.live_stories import MARK, Ask, Story
from tests.chaos.live_watch import Watch

OWNER = "alice"
SUBMITTED, NOT_FOUND, UNAVAILABLE = 201, 404, 503
TIMEOUT_S = 30.0
PATIENCE_S = 120.0
"""What has not ended so long after its last cancellation, all being calm, never does."""
POLL_S = 0.05


@dataclass
class Lived:
    """A story that was lived: what was seen, and what does not fit."""

    task_id: str
    life: Life
    wrongs: list[str] = field(default_factory=list)
    ended: bool = False


class Caller:
    """One caller with a connection of its own."""

    def __init__(self, api: str, run: str, watch: Watch, answers: Counter[str]) -> None:
        self._run = run
        self._watch = watch
        self._answers = answers
        self._http = httpx.Client(
            base_url=api, headers={"Authorization": f"Bearer {OWNER}"}, timeout=TIMEOUT_S, trust_env=False
        )

    def live(self, story: Story) -> Lived:
        """Live a story to its end, or until patience ends: whoever is tortured may need longer (`settle`)."""
        key = f"{self._run}-{story.number}"
        lived = Lived(id_of(DEPLOYMENT, OWNER, key), Life(f"task {story.number}"))
        self._watch.follow(lived.task_id, story.body["environment"][MARK], lived.life)
        began = time.monotonic()
        self._submit(story, key, lived)
        for after_s, act in sorted(self._plan(story, lived), key=lambda each: each[0]):
            _wait_until(began + after_s)
            act()
        self._end(lived, began + story.last_ask_s)
        return lived

    def settle(self, lived: Lived) -> None:
        """See a story to its end now that all is calm."""
        if not lived.ended:
            self._end(lived, time.monotonic())
        if not lived.ended:
            lived.wrongs.append(f"never ends: {lived.life.statuses}, {self._watch.records([lived.task_id])}")

    def _plan(self, story: Story, lived: Lived) -> Iterator[tuple[float, Any]]:
        for ask in story.asks:
            yield ask.after_s, lambda ask=ask: self._cancel(ask, lived)
        if story.patch is not None:
            after_s, timeout = story.patch
            yield after_s, lambda: self._send("PATCH", f"/tasks/{lived.task_id}", lived, json={"timeout": timeout})

    def _submit(self, story: Story, key: str, lived: Lived) -> None:
        """Submit until it is answered: the key makes repeating safe."""
        given_up = time.monotonic() + PATIENCE_S
        headers = {"Idempotency-Key": key}
        while self._send("POST", "/tasks", lived, json=story.body, headers=headers) in (None, UNAVAILABLE):
            if time.monotonic() > given_up:
                lived.wrongs.append("the submit was never answered")
                return
            time.sleep(0.2)

    def _cancel(self, ask: Ask, lived: Lived) -> None:
        asked_at = time.time()
        match ask.way:
            case "delete":
                status = self._send("DELETE", f"/tasks/{lived.task_id}", lived)
            case "cancel" if ask.grace is not None:
                status = self._send("POST", f"/tasks/{lived.task_id}/cancel", lived, json={"grace": ask.grace})
            case way:
                status = self._send("POST", f"/tasks/{lived.task_id}/{way}", lived)
        if status is not None:
            lived.life.answered(status, asked_at)

    def _end(self, lived: Lived, ask_at: float) -> None:
        """Wait for its end; ask for it when it takes too long."""
        given_up = max(ask_at, time.monotonic()) + PATIENCE_S
        while not self._watch.over(lived.task_id):
            if time.monotonic() > given_up:
                return
            if time.monotonic() > ask_at and not lived.life.accepted:
                self._cancel(Ask(0, "cancel"), lived)
                ask_at = time.monotonic() + 1.0
            time.sleep(POLL_S)
        lived.ended = True
        lived.wrongs += lived.life.contradictions(self._history(lived))

    def _history(self, lived: Lived) -> list[dict[str, Any]]:
        while True:
            try:
                answer = self._http.get(f"/tasks/{lived.task_id}")
            except httpx.HTTPError:
                continue
            if answer.status_code == OK:
                history: list[dict[str, Any]] = answer.json()["history"]
                return history
            time.sleep(0.2)

    def _send(self, method: str, path: str, lived: Lived, **parts: Any) -> int | None:
        """Send a request; None where no answer came."""
        try:
            answer = self._http.request(method, path, **parts)
        except httpx.HTTPError as error:
            self._answers[type(error).__name__] += 1
            return None
        self._answers[f"{method} {answer.status_code}"] += 1
        if answer.status_code not in (SUBMITTED, OK, 202, NOT_FOUND, TOO_LATE, UNAVAILABLE):
            lived.wrongs.append(f"{method} {path} was answered {answer.status_code}: {answer.text[:200]}")
        return answer.status_code


def _wait_until(instant: float) -> None:
    time.sleep(max(0.0, instant - time.monotonic()))
