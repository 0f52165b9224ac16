"""The whole tree of what the client raises.

    CalloffError
    ├── NoAnswerError
    │   └── TimeLimitError
    ├── UnreadableAnswerError
    ├── WaitTimeoutError
    ├── SettingsError
    └── APIError
        ├── MalformedError             400 malformed
        ├── UnauthenticatedError       401 unauthenticated
        ├── ForbiddenError             403 forbidden
        ├── NotFoundError              404 not-found
        ├── MethodNotAllowedError      405 method-not-allowed
        ├── TooLateError               409 too-late
        ├── PreconditionFailedError    412 precondition-failed
        ├── BodyTooLargeError          413 body-too-large
        ├── UnsupportedMediaTypeError  415 unsupported-media-type
        ├── GraceUnsupportedError      422 grace-unsupported
        ├── IdempotencyKeyReusedError  422 idempotency-key-reused
        ├── ImageNotAllowedError       422 image-not-allowed
        ├── LimitExceededError         422 limit-exceeded
        ├── UnknownFieldError          422 unknown-field
        ├── TooManyRequestsError       429 too-many-requests
        ├── TooManyTasksError          429 too-many-tasks
        ├── InternalError              500 internal
        ├── LogsUnavailableError       503 logs-unavailable
        └── UnavailableError           503 unavailable

Each problem that the API names is an `APIError` with its `document`. Made from `chalicelib/problems.py` by `make docs`.
"""

from collections.abc import Mapping
from typing import ClassVar

from calloff.errors import APIError


class MalformedError(APIError):
    """The request cannot be read, or a value in it is not what it must be; `field` names it."""

    slug: ClassVar[str] = "malformed"


class UnauthenticatedError(APIError):
    """No credentials, or none that are known."""

    slug: ClassVar[str] = "unauthenticated"


class ForbiddenError(APIError):
    """The task is somebody else's, or the caller's role may not do this."""

    slug: ClassVar[str] = "forbidden"


class NotFoundError(APIError):
    """No such task, or no such route."""

    slug: ClassVar[str] = "not-found"


class MethodNotAllowedError(APIError):
    """The route is there, for other methods."""

    slug: ClassVar[str] = "method-not-allowed"


class TooLateError(APIError):
    """The task has ended, or, for a new time limit, is being cancelled; `task` is the task."""

    slug: ClassVar[str] = "too-late"


class PreconditionFailedError(APIError):
    """The task has changed since the state that `If-Match` names; `task` is the task."""

    slug: ClassVar[str] = "precondition-failed"


class BodyTooLargeError(APIError):
    """The body exceeds the limit."""

    slug: ClassVar[str] = "body-too-large"


class UnsupportedMediaTypeError(APIError):
    """The body is not JSON."""

    slug: ClassVar[str] = "unsupported-media-type"


class GraceUnsupportedError(APIError):
    """Fargate knows one grace, the task's `stop_timeout`; another was asked for."""

    slug: ClassVar[str] = "grace-unsupported"


class IdempotencyKeyReusedError(APIError):
    """The Idempotency-Key was used before, with another body."""

    slug: ClassVar[str] = "idempotency-key-reused"


class ImageNotAllowedError(APIError):
    """This deployment runs other images only, or only images by digest."""

    slug: ClassVar[str] = "image-not-allowed"


class LimitExceededError(APIError):
    """The task asks for more than this deployment allows; `field` names it."""

    slug: ClassVar[str] = "limit-exceeded"


class UnknownFieldError(APIError):
    """A field that Calloff does not know, or not yet; `field` names it. It is never accepted and ignored."""

    slug: ClassVar[str] = "unknown-field"


class TooManyRequestsError(APIError):
    """More requests than the whole API takes, or than one caller may send: wait for as long as `Retry-After` says."""

    slug: ClassVar[str] = "too-many-requests"


class TooManyTasksError(APIError):
    """The owner has as many active tasks as may be: wait until one has ended, or cancel one."""

    slug: ClassVar[str] = "too-many-tasks"


class InternalError(APIError):
    """A defect of Calloff; the log has it under the request's id."""

    slug: ClassVar[str] = "internal"


class LogsUnavailableError(APIError):
    """CloudWatch Logs did not answer, or refused for load. The task itself is not touched by that."""

    slug: ClassVar[str] = "logs-unavailable"


class UnavailableError(APIError):
    """The store did not answer: the outcome is not known. Repeating the request is safe."""

    slug: ClassVar[str] = "unavailable"


BY_SLUG: Mapping[str, type[APIError]] = {
    kind.slug: kind
    for kind in (
        MalformedError,
        UnauthenticatedError,
        ForbiddenError,
        NotFoundError,
        MethodNotAllowedError,
        TooLateError,
        PreconditionFailedError,
        BodyTooLargeError,
        UnsupportedMediaTypeError,
        GraceUnsupportedError,
        IdempotencyKeyReusedError,
        ImageNotAllowedError,
        LimitExceededError,
        UnknownFieldError,
        TooManyRequestsError,
        TooManyTasksError,
        InternalError,
        LogsUnavailableError,
        UnavailableError,
    )
}
