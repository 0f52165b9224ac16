"""The document's examples. Those of requests are sent by a test; those of answers are made by the code that answers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from chalicelib.answers import Health, LogLine, LogPage, ProblemDocument, Reported, Resumption, TaskDocument, TaskPage
from chalicelib.config import Settings
from chalicelib.lifecycle import Event, Status
from chalicelib.notes import Checkpoint
from chalicelib.problems import URN, Problem
from chalicelib.schema import CancelBody, PatchBody, ReportBody, SubmitBody
from chalicelib.task import Cancellation, Cause, Entry, Placement, Proof, Spec, Task, Termination
from chalicelib.tell import Resumed
from chalicelib.views import resumption, task_document

Bodies = dict[str, dict[str, Any]]

ID = "0d9c0f8e-4b3a-4f53-9d0c-6c1a52a1c7b1"
REQUEST = "urn:calloff:request:6f1f7a3e-2f0f-4f5b-8f0e-0f3a8d1f2c11"
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

SUBMISSIONS: Bodies = {
    "small": {"image": "busybox:1.36", "command": ["sleep", "60"]},
    "whole": {
        "image": "public.ecr.aws/docker/library/busybox:1.36",
        "command": ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1; done"],
        "environment": {"COLOUR": "blue"},
        "secrets": {"TOKEN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-a1b2c3"},
        "cpu": 512,
        "memory": 1024,
        "stop_timeout": 10,
        "timeout": 600,
        "queue_timeout": 120,
        "labels": {"team": "search"},
    },
}
CANCELLATIONS: Bodies = {
    "plain": {},
    "with a reason": {"reason": "wrong input", "reason_code": "user_error"},
    "by force": {"mode": "force"},
}
REPORTS: Bodies = {
    "that it lives": {},
    "progress": {"progress": {"done": 3, "total": 10, "message": "third of ten"}},
    "checkpoint": {"checkpoint": {"data": {"done": 3}}},
    "result": {"result": {"data": {"score": 0.93}}},
}
BODIES: dict[type[msgspec.Struct], Bodies] = {
    SubmitBody: SUBMISSIONS,
    CancelBody: CANCELLATIONS,
    PatchBody: {"ten minutes": {"timeout": 600}},
    ReportBody: REPORTS,
}
QUERIES = {"status": ["cancelled"], "label": ["team=search"], "limit": 20, "owner": "alice", "terminate": True}
"""Examples of parameters; a cursor is only what a page gave."""


LOG = LogPage(lines=(LogLine(at="2026-01-02T03:04:25.678Z", text="10 of 40 rows"),), cursor="bm9uZSBvZiB5b3Vycw")


def answer(of: type[msgspec.Struct], status: int, settings: Settings) -> Any:
    """Make the example of an answer."""
    return msgspec.to_builtins(_answers(status, settings)[of])


def problem(kind: type[Problem], settings: Settings) -> Any:
    """Make the example of a problem."""
    told = (kind.__doc__ or "").partition("\n")[0]
    shown = task_document(_completed(), settings) if "`task`" in told else msgspec.UNSET
    return msgspec.to_builtins(
        ProblemDocument(
            type=URN + kind.slug, title=kind.title, status=kind.status, detail=told, instance=REQUEST, task=shown
        )
    )


def _answers(status: int, settings: Settings) -> dict[type[msgspec.Struct], msgspec.Struct]:
    task = _task(settings, status)
    found = Resumed(ID, Checkpoint(data={"done": 3}, at=_at(30)))
    return {
        TaskDocument: task,
        TaskPage: TaskPage(tasks=(task,), cursor=None),
        LogPage: LOG,
        Reported: Reported(status=Status.RUNNING),
        Resumption: resumption(found),
        Health: Health(),
    }


def _task(settings: Settings, status: int) -> TaskDocument:
    """Show the task as it was when an answer of this status was given: new, being cancelled, or at its end."""
    return task_document({201: _submitted(), 202: _cancelling()}.get(status, _cancelled()), settings)


def _submitted() -> Task:
    return Task(
        id=ID,
        owner="alice",
        status=Status.STARTING,
        spec=Spec(image="busybox:1.36", command=("sleep", "60"), cpu=256, memory=512, labels={"team": "search"}),
        stop_timeout=30,
        fingerprint="",
        created_at=START,
        placement=Placement(cluster="", definition="", subnets=()),
        attempt=1,
        rev=2,
        due_shard="0",
        history=_history(2),
    )


def _cancelling() -> Task:
    cancellation = Cancellation(
        cause=Cause.USER, requested_by="alice", requested_at=_at(60), reason="wrong input", reason_code="user_error"
    )
    changes = {"status": Status.CANCELLING, "started_at": _at(20), "cancellation": cancellation, "history": _history(4)}
    return msgspec.structs.replace(_submitted(), **changes)


def _cancelled() -> Task:
    end = Termination(
        proof=Proof.ECS_EVENT,
        exit_code=0,
        stop_code="UserInitiated",
        stopped_reason="calloff/cancel",
        ran=True,
        stopping_at=_at(60.4),
        execution_stopped_at=_at(61),
    )
    changes = {"status": Status.CANCELLED, "ended_at": _at(61.5), "termination": end, "history": _history(5)}
    return msgspec.structs.replace(_cancelling(), **changes)


def _completed() -> Task:
    end = Termination(proof=Proof.ECS_EVENT, exit_code=0, stop_code="EssentialContainerExited", ran=True)
    history = (*_history(3), _entry(50, Event.EXITED_ZERO, "ecs"))
    changes = {"status": Status.COMPLETED, "started_at": _at(20), "ended_at": _at(50), "termination": end}
    return msgspec.structs.replace(_submitted(), **changes, history=history)


def _history(length: int) -> tuple[Entry, ...]:
    whole = (
        _entry(0, Event.SUBMITTED, "alice"),
        _entry(0.3, Event.LAUNCHED, "launcher"),
        _entry(20, Event.STARTED, "ecs"),
        _entry(60, Event.CANCEL_REQUESTED, "alice", "wrong input"),
        _entry(61.5, Event.STOPPED, "ecs"),
    )
    return whole[:length]


def _entry(seconds: float, event: Event, by: str, reason: str | None = None) -> Entry:
    return Entry(at=_at(seconds), event=event, by=by, write_id="", reason=reason)


def _at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)
