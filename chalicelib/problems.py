"""Everything that can be wrong with a request, as RFC 9457 problem documents of a documented list of types."""

from collections.abc import Mapping
from typing import ClassVar

from chalice.app import ChaliceUnhandledError
from msgspec import UNSET

from chalicelib.answers import ProblemDocument, TaskDocument

URN = "urn:calloff:problem:"


class Problem(ChaliceUnhandledError):  # noqa: N818 - the standard's name
    """A request that is not carried out. A Chalice error, so that it reaches the middleware, which answers it.

    The subclasses are the whole list of problem types.
    """

    slug: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]
    tells: ClassVar[tuple[str, ...]] = ()
    """Names of headers that always come with it."""

    def __init__(
        self,
        detail: str,
        headers: Mapping[str, str] | None = None,
        *,
        field: str | None = None,
        task: TaskDocument | None = None,
    ) -> None:
        """Say in `detail` what is wrong this time, and in which `field`; `headers` go to the answer."""
        super().__init__(detail)
        self.detail = detail
        self.headers = dict(headers or {})
        self.field = field
        self.task = task

    def document(self, instance: str) -> ProblemDocument:
        """Make the problem document; `instance` is the request's id."""
        return ProblemDocument(
            type=URN + self.slug,
            title=self.title,
            status=self.status,
            detail=self.detail,
            instance=f"urn:calloff:request:{instance}",
            field=UNSET if self.field is None else self.field,
            task=UNSET if self.task is None else self.task,
        )


class Malformed(Problem):
    """The request cannot be read, or a value in it is not what it must be; `field` names it."""

    slug, status, title = "malformed", 400, "The request is not valid"


class Unauthenticated(Problem):
    """No credentials, or none that are known."""

    slug, status, title = "unauthenticated", 401, "Who are you?"
    tells = ("WWW-Authenticate",)


class Forbidden(Problem):
    """The task is somebody else's, or the caller's role may not do this."""

    slug, status, title = "forbidden", 403, "Not yours"


class NotFound(Problem):
    """No such task, or no such route."""

    slug, status, title = "not-found", 404, "Not found"


class MethodNotAllowed(Problem):
    """The route is there, for other methods."""

    slug, status, title = "method-not-allowed", 405, "Method not allowed"
    tells = ("Allow",)


class TooLate(Problem):
    """The task has ended, or, for a new time limit, is being cancelled; `task` is the task."""

    slug, status, title = "too-late", 409, "It is too late for that"


class PreconditionFailed(Problem):
    """The task has changed since the state that `If-Match` names; `task` is the task."""

    slug, status, title = "precondition-failed", 412, "The task has changed"


class BodyTooLarge(Problem):
    """The body exceeds the limit."""

    slug, status, title = "body-too-large", 413, "The body is too large"


class UnsupportedMediaType(Problem):
    """The body is not JSON."""

    slug, status, title = "unsupported-media-type", 415, "Unsupported media type"


class UnknownField(Problem):
    """A field that Calloff does not know, or not yet; `field` names it. It is never accepted and ignored."""

    slug, status, title = "unknown-field", 422, "Unknown field"


class IdempotencyKeyReused(Problem):
    """The Idempotency-Key was used before, with another body."""

    slug, status, title = "idempotency-key-reused", 422, "The Idempotency-Key was used for something else"


class GraceUnsupported(Problem):
    """Fargate knows one grace, the task's `stop_timeout`; another was asked for."""

    slug, status, title = "grace-unsupported", 422, "The grace cannot be changed"


class LimitExceeded(Problem):
    """The task asks for more than this deployment allows; `field` names it."""

    slug, status, title = "limit-exceeded", 422, "More than is allowed here"


class ImageNotAllowed(Problem):
    """This deployment runs other images only, or only images by digest."""

    slug, status, title = "image-not-allowed", 422, "The image may not run here"


class TooManyTasks(Problem):
    """The owner has as many active tasks as may be: wait until one has ended, or cancel one."""

    slug, status, title = "too-many-tasks", 429, "Too many active tasks"
    tells = ("Retry-After",)


class TooManyRequests(Problem):
    """More requests than the whole API takes, or than one caller may send: wait for as long as `Retry-After` says."""

    slug, status, title = "too-many-requests", 429, "Too many requests"


class Internal(Problem):
    """A defect of Calloff; the log has it under the request's id."""

    slug, status, title = "internal", 500, "Internal error"


class LogsUnavailable(Problem):
    """CloudWatch Logs did not answer, or refused for load. The task itself is not touched by that."""

    slug, status, title = "logs-unavailable", 503, "The logs cannot be read now"
    tells = ("Retry-After",)


class Unavailable(Problem):
    """The store did not answer: the outcome is not known. Repeating the request is safe."""

    slug, status, title = "unavailable", 503, "Unavailable"
    tells = ("Retry-After",)
