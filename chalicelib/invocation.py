"""What Lambda tells a function of its own invocation, as far as we read it."""

from typing import Protocol


class Invocation(Protocol):
    """Lambda's context object (AWS Lambda Developer Guide, "Using the Lambda context object in Python")."""

    @property
    def aws_request_id(self) -> str:
        """The invocation's id; Lambda repeats an asynchronous one under the same."""
