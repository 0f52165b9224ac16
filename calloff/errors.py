"""What the client raises, but for the problems that the API names: those are in `calloff.problems`, with the tree."""

from typing import ClassVar

from calloff.answers import ProblemDocument, TaskDocument


class CalloffError(Exception):
    """Everything that this package raises on purpose."""


class NoAnswerError(CalloffError):
    """The API was not reached, or the answer got lost: the outcome is not known. To repeat the call is safe."""


class TimeLimitError(NoAnswerError):
    """The time limit of the operation was over before an answer came. To repeat the call is safe."""


class UnreadableAnswerError(CalloffError):
    """What came back is none of Calloff's answers: something else listens at this address, or stands in between."""


class WaitTimeoutError(CalloffError):
    """The task had not ended when the time to wait for it was over."""

    def __init__(self, message: str, task: TaskDocument) -> None:
        """Keep the task as it was last seen."""
        super().__init__(message)
        self.task = task


class SettingsError(CalloffError):
    """The client does not know where the API is or who calls, or cannot make sense of what it was told."""


class APIError(CalloffError):
    """The API answered with a problem document. Of a type that this version does not know, if it is no subclass."""

    slug: ClassVar[str] = ""
    """The end of the problem's type: `urn:calloff:problem:<slug>`."""

    def __init__(self, document: ProblemDocument, retry_after: float | None = None) -> None:
        """Keep the document."""
        super().__init__(document.detail)
        self.document = document
        self.retry_after = retry_after
        """Seconds after which the API wants to be asked again, where it said so."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.document.status

    @property
    def detail(self) -> str:
        """What is wrong this time, for people."""
        return self.document.detail

    @property
    def field(self) -> str | None:
        """The field, header or parameter at fault."""
        return self.document.field or None

    @property
    def task(self) -> TaskDocument | None:
        """The task as it is, where that explains the refusal."""
        return self.document.task or None
