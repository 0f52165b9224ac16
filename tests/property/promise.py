"""The promise as callers know it: a small model of each task, and what no answer may contradict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any

from chalicelib.lifecycle import TERMINAL, TRANSITIONS, Status
from tests.property.telling import Told

Document = Mapping[str, Any]

BIRTH = ("starting", "pending")
OF_A_CANCEL = {202: {"cancelling"}, 200: {"cancelled"}, 409: {"completed", "failed"}}
"""What a task is that was cancelled so."""
LIMITS = {"timeout": "timeout", "queue_timeout": "queue_timeout", "heartbeat_timeout": "heartbeat"}
"""What a submission says that may have the task cancelled, and the cause."""
OF_A_PATCH = {200: {"pending", "starting", "running"}, 409: {"cancelling", "completed", "failed", "cancelled"}}


@dataclass
class Promised:
    """What callers were told of one task, and hold Calloff to."""

    id: str
    owner: str
    status: str = ""
    history: Sequence[Document] = ()
    accepted: bool = False
    """A cancellation was answered 200 or 202."""
    too_late: bool = False
    """One was answered 409."""
    timeout: int | None = None
    """As it was last answered."""
    causes: set[str] | None = None
    """What may have it cancelled, as far as its owner knows; None where that is not known."""
    cause: str = ""
    continues: "Promised | None" = None
    told: Told = field(default_factory=Told)
    log: Sequence[str] = ()

    def may_end_by(self, cause: str) -> None:
        """Somebody tries to have it cancelled."""
        if self.causes is not None:
            self.causes.add(cause)

    def shown(self, document: Document) -> None:
        """Hold a document of the task to all that was told before."""
        status, history = document["status"], document["history"]
        assert (document["id"], document["owner"]) == (self.id, self.owner)
        assert not self.status or status in reachable(self.status), f"{self.status} became {status}"
        assert not self.accepted or status in ("cancelling", "cancelled"), f"an accepted cancel, and it is {status}"
        assert not self.too_late or status in ("completed", "failed"), f"a cancel was too late, and it is {status}"
        assert list(history[: len(self.history)]) == list(self.history), "the history was told anew"
        assert is_path(history, status), f"the history is no path to {status}: {[m['event'] for m in history]}"
        assert (document["cancellation"] is not None) == (status in ("cancelling", "cancelled"))
        assert (document["termination"] is not None) == (status in TERMINAL)
        assert (document["ended_at"] is not None) == (status in TERMINAL)
        self.status, self.history = status, history
        if document["cancellation"] is not None:
            self._cancelled_by(document["cancellation"]["cause"])

    def shown_whole(self, document: Document) -> None:
        """The same, with what the task told: `GET /tasks/{id}` shows that, too."""
        self.shown(document)
        self.told.shown(document)

    def wrote(self, lines: Sequence[str]) -> None:
        """Hold its log to what was read of it before: nothing of that is lost, and all is one container's."""
        assert list(lines[: len(self.log)]) == list(self.log), "the log was told anew"
        assert len({line.rpartition(" ")[0] for line in lines}) <= 1
        assert [int(line.rpartition(" ")[2]) for line in lines] == list(range(len(lines)))
        self.log = lines

    def _cancelled_by(self, cause: str) -> None:
        """The first cancellation that is accepted stays the cause."""
        assert cause == (self.cause or cause), f"the cause was {self.cause}, and is {cause}"
        assert self.causes is None or cause in self.causes, f"nobody had it cancelled by {cause}"
        self.cause = cause

    def cancelled(self, status: int, document: Document) -> None:
        """Hold the answer to a cancellation to it."""
        assert document["status"] in OF_A_CANCEL[status], f"a cancel was answered {status}: {document['status']}"
        self.accepted = self.accepted or status in (200, 202)
        self.too_late = self.too_late or status == 409
        self.shown(document)

    def patched(self, status: int, document: Document, timeout: int) -> None:
        """Hold the answer to a new time limit to it."""
        assert document["status"] in OF_A_PATCH[status], f"a PATCH was answered {status}: {document['status']}"
        assert status != 200 or document["timeout"] == timeout
        self.shown(document)


@dataclass
class Key:
    """An Idempotency-Key of one owner's: what was sent under it, and what came of it."""

    sent: list[Document] = field(default_factory=list)
    """Bodies whose answer was lost, or was a 201."""
    task: Promised | None = None

    def answered(self, status: int, body: Document, document: Document, *, replayed: bool) -> bool:
        """Hold the answer to a submission to it; tell whether its task is new to the caller."""
        made = self.sent if self.task is None else [self.task_body]
        if status == 422:
            assert any(body != other for other in made), "the key was called another's, and it was not"
            return False
        assert status == 201
        assert not replayed or body in made, "a replay of what was never sent"
        if self.task is not None:
            assert replayed
            assert body == self.task_body
            assert document["id"] == self.task.id
            return False
        self.task_body = body
        self.task = Promised(
            document["id"], document["owner"], causes={"external", *map(LIMITS.get, LIMITS & body.keys())}
        )
        return True


@cache
def reachable(status: str) -> frozenset[str]:
    """Where a task may come to from this status; itself among them."""
    found = {Status(status)}
    while new := {target for (_, source), target in TRANSITIONS.items() if source in found} - found:
        found |= new
    return frozenset(map(str, found))


def is_path(history: Sequence[Document], status: str) -> bool:
    """Tell whether the history leads, row by row of the table, from a birth to this status."""
    rows = {(str(event), str(source), str(target)) for (event, source), target in TRANSITIONS.items()}
    first, *rest = history
    return (
        first["from"] is None
        and first["to"] in BIRTH
        and history[-1]["to"] == status
        and all(before["to"] == after["from"] for before, after in pairwise(history))
        # Where the record says how it ends, an end leads there.
        and all((m["event"], m["from"], m["to"]) in rows for m in rest)
    )
