"""What the endpoint may answer besides a result: AWS's errors by their own names, and silence."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class EcsError(Exception):
    """An error of the ECS API: its code on the wire (``__type``), its HTTP status and further members."""

    code: str
    message: str
    status: int = 400
    members: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def body(self) -> dict[str, object]:
        """Answer the JSON 1.1 body of the error."""
        return {"__type": self.code, "message": self.message, **self.members}


@dataclass(frozen=True)
class NoAnswerError(Exception):
    """The caller gets no answer: after ``hold_s`` seconds the connection closes. What was done stays done."""

    hold_s: float = 0.0


def invalid(message: str) -> EcsError:
    """Answer AWS's InvalidParameterException."""
    return EcsError("InvalidParameterException", message)


def client_error(message: str) -> EcsError:
    """Answer AWS's ClientException."""
    return EcsError("ClientException", message)


def throttled() -> EcsError:
    """Answer the throttle by its own name."""
    return EcsError("ThrottlingException", "Rate exceeded")


def throttled_in_disguise() -> EcsError:
    """Answer the throttle as ECS sometimes hides it, in an InvalidParameterException."""
    return invalid("Rate exceeded")


def server_fault() -> EcsError:
    """Answer AWS's ServerException with status 500."""
    return EcsError("ServerException", "Service Unavailable. Please try again later.", status=500)


def cluster_not_found() -> EcsError:
    """Answer AWS's ClusterNotFoundException."""
    return EcsError("ClusterNotFoundException", "Cluster not found.")
