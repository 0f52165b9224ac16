"""Answers, and the middleware that every request passes."""

import traceback
from collections.abc import Callable, Mapping
from functools import wraps

import msgspec
from chalice.app import Request, Response

from chalicelib import audit, bootstrap, log
from chalicelib.config import Settings
from chalicelib.cors import cors_headers
from chalicelib.etags import unchanged
from chalicelib.ports import StoreUnavailableError
from chalicelib.problems import BodyTooLarge, Internal, Malformed, Problem, Unavailable, UnsupportedMediaType

ALWAYS = {"Cache-Control": "private, no-cache"}
RETRY_AFTER_S = 1
SAFE = ("GET", "HEAD")
NOT_MODIFIED = 304


def json_answer(status: int, body: object, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON."""
    content: dict[str, str | list[str]] = {"Content-Type": "application/json", **(headers or {})}
    return Response(msgspec.json.encode(body).decode(), content, status)


def tagged(request: Request, answer: Response, etag: str) -> Response:
    """Give an answer its entity tag; 304 in its place where the caller has it already."""
    answer.headers["ETag"] = etag
    if request.method in SAFE and unchanged(request.headers.get("if-none-match"), etag):
        return Response("", answer.headers, 304)
    return answer


def guard(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Answer each problem as a document, and give each answer what all have."""
    request_id = request.context.get("requestId", "")
    outcome = None
    try:
        response = get_response(request)
    except Problem as problem:
        outcome = problem.slug
        response = problem_answer(problem, request_id)
    audit.record(request, response, outcome)
    methods = str(response.headers.get("Allow", "")) if request.method == "OPTIONS" else None
    cors = cors_headers(bootstrap.settings().cors_origins, request.headers.get("origin"), methods)
    response.headers = {**ALWAYS, **response.headers, **cors, "X-Request-Id": request_id}
    return without_body(response) if request.method == "HEAD" else response


def without_body(response: Response) -> Response:
    """Answer HEAD: the headers of a GET alone, its length among them (RFC 9110, section 9.3.2)."""
    if response.status_code != NOT_MODIFIED:
        response.headers["Content-Length"] = str(len(response.body.encode()))
    response.body = ""
    return response


def location(request: Request, path: str) -> str:
    """Name `path` as the caller reaches it: on AWS the stage, or a custom domain's base path, goes before it."""
    return f"{_base(request)}{path}"


def api_url(request: Request) -> str:
    """Name the API as the caller reaches it; empty where API Gateway says no name of its own."""
    domain = request.context.get("domainName")
    return f"https://{domain}{_base(request)}" if domain else ""


def _base(request: Request) -> str:
    resource, whole = request.context["resourcePath"], request.context["path"].rstrip("/")
    base: str = whole.rsplit("/", resource.count("/"))[0]
    return base


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


def single_credentials(request: Request) -> Mapping[str, str]:
    """The headers of a request that has one Authorization at most: of two, gateway and function might read another.

    Raises:
        Malformed: it has several.
    """
    several = request.to_original_event().get("multiValueHeaders") or {}
    if sum(len(values) for name, values in several.items() if name.lower() == "authorization") > 1:
        raise Malformed("Authorization is given more than once.", field="Authorization")
    headers: Mapping[str, str] = request.headers
    return headers


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
