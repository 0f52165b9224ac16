"""Cancellations that come past the API: by an invocation of a function, or in an event. IAM says who may send them."""

from typing import assert_never

import msgspec
from msgspec import UNSET, UnsetType

from chalicelib import log, parsing
from chalicelib.answers import ProblemDocument, TaskDocument
from chalicelib.cancel import Cancelled, Cancelling, GraceUnsupported, Outcome, TooLate, cancel
from chalicelib.ports import Ports, StoreUnavailableError
from chalicelib.problems import Problem
from chalicelib.show import NotAllowed, NotFound
from chalicelib.views import task_document


class CancelAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a cancellation: `cancelling`, `cancelled`, or why it was not accepted."""

    outcome: str
    task: TaskDocument | UnsetType = UNSET
    problem: ProblemDocument | UnsetType = UNSET


def cancel_directly(ports: Ports, event: object, way: str, request_id: str) -> CancelAnswer:
    """Read a cancellation and carry it out.

    Raises:
        StoreUnavailableError: the outcome is not known; repeating it is safe.
    """
    try:
        request = parsing.direct_cancellation(event, way, ports.settings)
    except Problem as problem:
        answer = CancelAnswer(outcome="refused", problem=problem.document(request_id))
        log.warning("direct_cancel_refused", way=way, detail=problem.detail, field=problem.field)
        return answer
    answer = _answer(ports, cancel(ports, request))
    log.info("direct_cancel", way=way, task_id=request.task_id, by=request.by, outcome=answer.outcome)
    return answer


def cancel_each(ports: Ports, detail: object, request_id: str) -> None:
    """Carry out a batch of cancellations, each by itself: a bad one is logged, and keeps no other from its end.

    Raises:
        StoreUnavailableError: of some the outcome is not known. Hand the whole batch in again.
    """
    try:
        batch = parsing.cancel_batch(detail, ports.settings)
    except Problem as problem:
        log.error("cancel_batch_refused", detail=problem.detail, field=problem.field)
        return
    unknown = [entry for entry in batch if not _done(ports, entry, request_id)]
    if unknown:
        message = f"{len(unknown)} of {len(batch)} cancellations"
        raise StoreUnavailableError(message)


def _done(ports: Ports, entry: object, request_id: str) -> bool:
    try:
        cancel_directly(ports, entry, "events", request_id)
    except StoreUnavailableError as error:
        log.warning("direct_cancel_failed", error=str(error))
        return False
    return True


def _answer(ports: Ports, outcome: Outcome) -> CancelAnswer:
    match outcome:
        case Cancelling(task):
            return CancelAnswer(outcome="cancelling", task=task_document(task, ports.settings))
        case Cancelled(task):
            return CancelAnswer(outcome="cancelled", task=task_document(task, ports.settings))
        case TooLate(task):
            return CancelAnswer(outcome="too_late", task=task_document(task, ports.settings))
        case GraceUnsupported(task):
            return CancelAnswer(outcome="grace_unsupported", task=task_document(task, ports.settings))
        case NotFound() | NotAllowed():
            return CancelAnswer(outcome="not_found")
        case other:
            assert_never(other)
