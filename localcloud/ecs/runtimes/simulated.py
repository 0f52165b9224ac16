"""Containers that exist in memory only, on any clock: for tests that need thousands of them, or a held time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from localcloud.ecs.runtimes.port import Exit, Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from localcloud.ecs.clock import Clock
    from localcloud.ecs.runtimes.port import Key, Launch, Line, Reports

_SIGTERMED = 143
_SIGKILLED = 137


@dataclass(frozen=True)
class Behaviour:
    """What a simulated container does. Times in seconds; `runs` of ``None`` is until it is stopped.

    `stops` is how long it takes from the stop signal to its end with `stop_code`; ``None`` ignores the signal.
    """

    starts: float = 0.0
    runs: float | None = None
    code: int = 0
    reason: str | None = None
    stops: float | None = 0.0
    stop_code: int = _SIGTERMED
    fails: str | None = None


@dataclass
class _Ghost:
    launch: Launch
    behaviour: Behaviour
    state: str = "created"
    end: Exit | None = None

    @property
    def over(self) -> bool:
        return self.state in {"dead", "failed"}


class SimulatedRuntime:
    """Plays each launch by the behaviour that `script` gives it. It outlives an engine: give it to the next one."""

    name = "simulated"

    def __init__(self, clock: Clock, script: Callable[[Launch], Behaviour] | None = None) -> None:
        self._clock = clock
        self.script = script or (lambda _: Behaviour())
        self._ghosts: dict[Key, _Ghost] = {}
        self.launched: list[Key] = []
        """Each start that was really carried out, in order: a key twice here would be a second container."""
        self.signals: list[tuple[Key, str]] = []

    def attach(self, reports: Reports) -> None:
        """Report to this one from now on."""
        self._reports = reports

    def start(self, launch: Launch) -> None:
        """Make a container that starts, or fails to, when its behaviour says."""
        ghost = self._ghosts[launch.key] = _Ghost(launch, self.script(launch))
        self._in(ghost.behaviour.starts, partial(self._begin, ghost))

    def terminate(self, key: Key) -> None:
        """Send the stop signal."""
        ghost = self._ghosts.get(key)
        if ghost is None or ghost.over:
            return
        self.signals.append((key, "TERM"))
        if ghost.state == "created":
            self._in(0, partial(self._end, ghost, Exit(None)))
        elif ghost.behaviour.stops is not None:
            self._in(ghost.behaviour.stops, partial(self._end, ghost, Exit(ghost.behaviour.stop_code)))

    def kill(self, key: Key) -> None:
        """Send SIGKILL."""
        ghost = self._ghosts.get(key)
        if ghost is not None and not ghost.over:
            self.signals.append((key, "KILL"))
            self._in(0, partial(self._end, ghost, Exit(_SIGKILLED)))

    def adopt(self, launches: Sequence[Launch]) -> None:
        """Report again what became of these."""
        for launch in launches:
            ghost = self._ghosts.get(launch.key)
            if ghost is None:
                self.start(launch)
            elif ghost.state != "created":
                self._in(0, partial(self._tell, ghost))

    def truths(self, keys: Sequence[Key]) -> dict[Key, Truth]:
        """Say which of the containers live."""
        ghosts = {key: self._ghosts.get(key) for key in keys}
        return {
            key: Truth(ghost is not None and ghost.state == "alive", key.task_id if ghost else None)
            for key, ghost in ghosts.items()
        }

    def logs(self, key: Key) -> bytes:
        """Answer nothing: a simulated container does not write."""
        del key
        return b""

    def lines(self, key: Key) -> Sequence[Line]:
        """Answer nothing."""
        del key
        return ()

    def discard(self, key: Key) -> None:
        """Forget the container."""
        self._ghosts.pop(key, None)

    def close(self, *, stop: bool) -> None:
        """End all containers if asked to."""
        if stop:
            for ghost in list(self._ghosts.values()):
                self._end(ghost, Exit(_SIGKILLED))

    def exit(self, key: Key, code: int, reason: str | None = None) -> None:
        """Let a container end now, by itself."""
        self._end(self._ghosts[key], Exit(code, reason))

    def _begin(self, ghost: _Ghost) -> None:
        if ghost.state != "created":
            return
        if ghost.behaviour.fails is not None:
            ghost.state = "failed"
            self._tell(ghost)
            return
        ghost.state = "alive"
        self.launched.append(ghost.launch.key)
        self._tell(ghost)
        if ghost.behaviour.runs is not None:
            own_end = Exit(ghost.behaviour.code, ghost.behaviour.reason)
            self._in(ghost.behaviour.runs, partial(self._end, ghost, own_end))

    def _tell(self, ghost: _Ghost) -> None:
        key = ghost.launch.key
        if ghost.state == "failed":
            self._reports.failed(key, ghost.behaviour.fails or "")
            return
        if ghost.end is None or ghost.end.code is not None:
            self._reports.pulled(key, f"sha256:{'0' * 64}")
            self._reports.started(key, key.task_id)
        if ghost.end is not None:
            self._reports.exited(key, ghost.end)

    def _end(self, ghost: _Ghost, end: Exit) -> None:
        if ghost.over:
            return
        ghost.state, ghost.end = "dead", end
        self._reports.exited(ghost.launch.key, end)

    def _in(self, seconds: float, action: Callable[[], None]) -> None:
        self._clock.call_at(self._clock.now() + seconds, action)
