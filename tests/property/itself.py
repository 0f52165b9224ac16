"""Tasks as callers: what they see of themselves, do to themselves and tell, by their own token and by none else."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, rule

from chalicelib.fargate import log_stream
from chalicelib.keys import Keys
from chalicelib.task import Task
from chalicelib.tokens import TaskToken, make_token
from tests.doubles.api import Answer
from tests.fence.world import World
from tests.property.api import Functions
from tests.property.promise import Promised

DOORS = (("GET", "/self"), ("POST", "/self/cancel"), ("POST", "/self/report"), ("GET", "/self/checkpoint"))
PEOPLES = (("GET", ""), ("GET", "/logs"), ("DELETE", ""), ("PATCH", ""), ("POST", "/cancel"), ("POST", "/kill"))
TELLINGS = ((), ("progress",), ("checkpoint",), ("result",), ("progress", "checkpoint", "result"))

tasks = Bundle("tasks")
picks = st.integers(0, 99)


class Itself:
    """The rules of a machine that has a world, functions and promises."""

    world: World
    functions: Functions
    promised: list[Promised]
    number = 0
    """Of what was told last, in this world."""
    show: Callable[[Promised], None]

    @rule(task=tasks)
    def looks_at_itself(self, task: Promised) -> None:
        if answer := self._by_token(task, "GET", "/self"):
            task.shown(answer.json)

    @rule(task=tasks)
    def cancels_itself(self, task: Promised) -> None:
        task.may_end_by("self")
        if answer := self._by_token(task, "POST", "/self/cancel"):
            task.cancelled(answer.status, answer.json)
            self.world.watch.acknowledged.add(task.id)

    @rule(task=tasks, kinds=st.sampled_from(TELLINGS), overtaken=st.sampled_from([0, 0, 1, 5]))
    def tells(self, task: Promised, kinds: tuple[str, ...], overtaken: int) -> None:
        """A report may carry an older number than others that came before it."""
        record = self._record(task)
        if not self._token(record).good(record):
            self._by_token(task, "POST", "/self/report", {})
            return
        self.number += 1
        order = (record.attempt, max(0, self.number - overtaken))
        body = task.told.tells(kinds, self.number, order, dying=task.accepted)
        if self._by_token(task, "POST", "/self/report", body):
            task.told.acknowledged(kinds, order)
            self.show(task)

    @rule(task=tasks)
    def goes_on(self, task: Promised) -> None:
        """It gets what the task kept that it continues, and none but that."""
        if answer := self._by_token(task, "GET", "/self/checkpoint"):
            found = answer.json["checkpoint"]
            if task.continues is None:
                assert found is None
            else:
                assert found is None or found["task_id"] == task.continues.id
                task.continues.told.resumed(found)

    @rule(task=tasks, door=st.sampled_from(DOORS))
    def an_older_attempt_acts(self, task: Promised, door: tuple[str, str]) -> None:
        self._by_token(task, *door, back=1)

    @rule(task=tasks, other=tasks, way=st.sampled_from(PEOPLES), door=st.sampled_from(DOORS))
    def meddles(self, task: Promised, other: Promised, way: tuple[str, str], door: tuple[str, str]) -> None:
        """By its token nobody does anything to another task, nor as a person; nor with another's id put into it."""
        self.world.gate.clear()
        before = self._state()
        token = self._text(self._token(self._record(task)))
        method, path = way
        answers = [self._sent(token, method, f"/tasks/{other.id}{path}", {"timeout": 9} if method == "PATCH" else None)]
        if other is not task:
            answers.append(self._sent(token.replace(task.id, other.id), *door))
        assert [answer.status for answer in answers] == [401] * len(answers)
        assert self._state() == before

    # -- what containers write

    @rule(pick=picks, lines=st.integers(1, 3))
    def a_container_writes(self, pick: int, lines: int) -> None:
        running = [arn for arn in self.world.alive() if self.world.runs(arn)]
        if running:
            arn = running[pick % len(running)]
            stream = log_stream(arn)
            written = len(self.functions.logs.written.get(stream, ()))
            self.functions.logs.write(stream, *(f"{arn} {written + n}" for n in range(lines)))

    @rule(task=tasks, limit=st.sampled_from([1, 2, 100]))
    def read_its_log(self, task: Promised, limit: int) -> None:
        """All pages together go on where the last reading ended, and hold lines of one container alone."""
        lines: list[str] = []
        where = ""
        while answer := self.functions.send("GET", f"/tasks/{task.id}/logs?limit={limit}{where}", caller=task.owner):
            assert answer.status == 200
            page = answer.json
            lines += [line["text"] for line in page["lines"]]
            if not page["lines"]:
                task.wrote(lines)
                return
            assert len(page["lines"]) <= limit
            where = f"&cursor={page['cursor']}"

    # -- tokens

    def _by_token(self, task: Promised, method: str, path: str, body: object = None, back: int = 0) -> Answer | None:
        """Send it by the task's token, or that of an attempt before; hold the answer to what the token is good for.

        Answer what came, if the task was let in.
        """
        record = self._record(task)
        token = self._token(record, back)
        if token.attempt < 1:
            return None
        if not token.good(record):
            # Once it is no good, it never is again.
            self.world.gate.clear()
            before = self._state()
            refused = self._sent(self._text(token), method, path, body)
            assert refused.status == 401
            assert self._state() == before
            return None
        answer = self.functions.send(method, path, body, caller=None, headers=_bearer(self._text(token)))
        if answer is None or answer.status == 401:
            assert answer is None or not token.good(self._record(task))
            return None
        assert answer.status in (200, 202)
        return answer

    def _sent(self, token: str, method: str, path: str, body: object = None) -> Any:
        return self.functions.send(method, path, body, caller=None, headers=_bearer(token))

    def _token(self, record: Task, back: int = 0) -> TaskToken:
        return TaskToken(record.id, record.attempt - back)

    def _text(self, token: TaskToken) -> str:
        keys: Keys = self.functions.ports.keys
        return make_token(keys, self.world.settings.deployment, token.task_id, token.attempt)

    def _record(self, task: Promised) -> Task:
        record = self.world.store.get(task.id)
        assert isinstance(record, Task)
        return record

    def _state(self) -> Any:
        """All that a call could change."""
        return {task.id: (task, self.world.notes.read(task.id)) for task in self.world._records()}, self.world.stops()


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
