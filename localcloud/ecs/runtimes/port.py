"""The port between the endpoint and whatever runs containers.

A runtime works in threads of its own: `start`, `terminate` and `kill` return at once, and the truth comes back as
reports. For one container the reports come in this order, each at most once: ``pulled``, then ``started`` or
``failed``, and after ``started`` ``exited``. A container that is told to stop before it was started is never
started: it reports ``exited`` without a code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
"""A container's reason when its main process was killed for memory (*Stopped tasks error codes*)."""


@dataclass(frozen=True)
class Key:
    """A container's name for the runtime: its task's id and its own name in the task definition."""

    task_id: str
    container: str


@dataclass(frozen=True)
class Launch:
    """All that a runtime needs to start one container; derived from the task, so that a restart has it again."""

    key: Key
    task_arn: str
    family: str
    image: str
    command: tuple[str, ...] = ()
    entry_point: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    started_by: str = ""
    cpu_units: int = 256
    memory_mib: int = 512
    init: bool = False
    working_directory: str | None = None
    user: str | None = None


@dataclass(frozen=True)
class Exit:
    """How a container ended. `code` is ``None`` if nobody knows; `at` (epoch seconds) if it was a while ago."""

    code: int | None
    reason: str | None = None
    at: float | None = None


@dataclass(frozen=True)
class Line:
    """A line that a container wrote, without its end. `at` (epoch seconds) is when it was whole."""

    at: float
    text: str


@dataclass(frozen=True)
class Truth:
    """The runtime's own word about a container: whether anything of it is alive, and by what id it goes there."""

    alive: bool
    identity: str | None = None


class Reports(Protocol):
    """What the runtime tells; may be called from any thread."""

    def pulled(self, key: Key, digest: str | None) -> None:
        """Say that the image is here."""

    def started(self, key: Key, runtime_id: str) -> None:
        """Say that the main process runs."""

    def failed(self, key: Key, reason: str) -> None:
        """Say that the container could not be started, and never will be."""

    def exited(self, key: Key, end: Exit) -> None:
        """Say that nothing of the container is alive any more."""


class Runtime(Protocol):
    """Runs containers."""

    name: str

    def attach(self, reports: Reports) -> None:
        """Tell whom to report to; called once, before anything else."""

    def start(self, launch: Launch) -> None:
        """Start a container."""

    def terminate(self, key: Key) -> None:
        """Send the stop signal (the image's STOPSIGNAL or SIGTERM)."""

    def kill(self, key: Key) -> None:
        """Send SIGKILL."""

    def adopt(self, launches: Sequence[Launch]) -> None:
        """Take over these containers after a restart: report each that runs or has ended, start what never was."""

    def truths(self, keys: Sequence[Key]) -> dict[Key, Truth]:
        """Look for the containers themselves, past all that is recorded."""

    def logs(self, key: Key) -> bytes:
        """Answer what the container wrote, also after its end."""

    def lines(self, key: Key) -> Sequence[Line]:
        """Answer the same in lines, as a log driver has them: the last one once it is whole, or the container dead."""

    def discard(self, key: Key) -> None:
        """Keep the logs of an ended container and remove the rest of it."""

    def close(self, *, stop: bool) -> None:
        """Stop working; with `stop`, kill every container first and wait for their deaths."""
