"""Answers, and the middleware that every request passes."""

import traceback
from collections.abc import Callable, Mapping
from functools import wraps

import msgspec
from chalice.app import Request, Response

from chalicelib import log
from chalicelib.config import Settings
from chalicelib.ports import StoreUnavailableError
from chalicelib.problems import BodyTooLarge, Internal, Problem, Unavailable, UnsupportedMediaType

ALWAYS = {"Cache-Control": "private, no-cache"}
RETRY_AFTER_S = 1


def json_answer(status: int, body: object, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON."""
    content: dict[str, str | list[str]] = {"Content-Type": "application/json", **(headers or {})}
    return Response(msgspec.json.encode(body).decode(), content, status)


def guard(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Answer each problem as a document, and mark each answer with the request's id."""
    request_id = request.context.get("requestId", "")
    try:
        response = get_response(request)
    except Problem as problem:
        response = problem_answer(problem, request_id)
    response.headers |= {**ALWAYS, "X-Request-Id": request_id}
    return response


def careful(view: Callable[..., Response]) -> Callable[..., Response]:
    """Turn what escapes a view into a problem; an exception that is none would be Chalice's bare 500."""

    @wraps(view)
    def careful_view(**arguments: str) -> Response:
        try:
            return view(**arguments)
        except Problem:
            raise
        except StoreUnavailableError as error:
            log.warning("store_unavailable", error=str(error))
            detail = (
                "The outcome is not known; repeating the request is safe (a submission: with the same Idempotency-Key)."
            )
            raise Unavailable(detail, {"Retry-After": str(RETRY_AFTER_S)}) from error
        except Exception as error:
            log.error("defect", error=repr(error), trace=traceback.format_exc())
            raise Internal("This is a defect of Calloff; its log has the details.") from error

    return careful_view


def problem_answer(problem: Problem, request_id: str) -> Response:
    """Answer with a problem document."""
    headers: dict[str, str | list[str]] = {"Content-Type": "application/problem+json", **problem.headers}
    return Response(msgspec.json.encode(problem.document(request_id)).decode(), headers, problem.status)


def json_body(request: Request, settings: Settings) -> bytes:
    """Read the body.

    Raises:
        UnsupportedMediaType: there is one, and it does not say that it is JSON.
        BodyTooLarge: it exceeds the limit.
    """
    body = request.raw_body
    body = body.encode() if isinstance(body, str) else body
    if len(body) > settings.max_body_bytes:
        raise BodyTooLarge(f"The body has {len(body)} bytes; at most {settings.max_body_bytes}.", field="body")
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if body and media_type != "application/json":
        raise UnsupportedMediaType(f"Send application/json, not {media_type}.", field="Content-Type")
    return body
