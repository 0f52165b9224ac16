"""Containers on a Docker engine.

Starts run in a pool of threads; deaths come over the engine's event stream, so nothing is polled.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from localcloud.ecs.runtimes.docker_engine import DockerEngine, RefusedError, time_of
from localcloud.ecs.runtimes.port import OUT_OF_MEMORY, Exit, Line, Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from localcloud.ecs.runtimes.docker_engine import Death, State
    from localcloud.ecs.runtimes.port import Key, Launch, Reports

_log = logging.getLogger(__name__)
_SIGKILLED = 137
_WORKERS = 16
_REOPEN_S = 0.2
_PIECE = 16 << 10
"""Bytes of a line that the engine takes at once."""
_STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z ")


@dataclass
class _Held:
    """What the runtime remembers of a container between its reports."""

    abandoned: bool = False
    started: bool = False
    ended: bool = False
    killed: bool = False


class DockerRuntime:
    """Runs each container of a task on a Docker engine."""

    name = "docker"

    def __init__(self, endpoint: str, logs: Path) -> None:
        """Serve as the endpoint of that id; logs of ended containers are kept under `logs`."""
        self._engine = DockerEngine(endpoint)
        self._logs = logs
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="ecs-docker")
        self._lock = threading.Lock()
        self._held: dict[Key, _Held] = {}
        self._closed = threading.Event()

    def attach(self, reports: Reports) -> None:
        """Follow the engine's events from now on."""
        self._reports = reports
        self._deaths = self._engine.deaths()
        threading.Thread(target=self._follow, name="ecs-docker-events", daemon=True).start()

    def start(self, launch: Launch) -> None:
        """Pull if needed, create and start, in a thread of the pool."""
        with self._lock:
            self._held[launch.key] = _Held()
        self._submit(self._start, launch)

    def terminate(self, key: Key) -> None:
        """Send the image's stop signal; a container that was not started yet never will be."""
        with self._lock:
            held = self._held.get(key)
            if held is None or held.ended:
                return
            held.abandoned = True
            if not held.started:
                return
        self._submit(self._stop, key)

    def kill(self, key: Key) -> None:
        """Send SIGKILL; the whole PID namespace goes with its first process."""
        with self._lock:
            if key in self._held:
                self._held[key].killed = True
        self._submit(self._engine.signal, key, "SIGKILL")

    def adopt(self, launches: Sequence[Launch]) -> None:
        """Find the containers of a former run by their labels; what nobody asks for any more is killed."""
        here = self._engine.containers().keys()
        for launch in launches:
            with self._lock:
                self._held[launch.key] = _Held()
            self._submit(self._resume if launch.key in here else self._start, launch)
        for key in here - {launch.key for launch in launches}:
            self._submit(self._remove, key)

    def truths(self, keys: Sequence[Key]) -> dict[Key, Truth]:
        """Ask the engine, once for all; again for those whose end it has told, for its list lags behind its events."""
        here = self._engine.containers()
        with self._lock:
            running = {key for key, held in self._held.items() if not held.ended}
        found = {key: here.get(key, Truth(alive=False)) for key in keys}
        return {key: truth if key in running else self._sure(key, truth) for key, truth in found.items()}

    def _sure(self, key: Key, listed: Truth) -> Truth:
        if not listed.alive:
            return listed
        state = self._engine.state(key)
        return replace(listed, alive=state is not None and state.running)

    def logs(self, key: Key) -> bytes:
        """Read the engine's log of the container, or what was kept of it."""
        return b"".join(text for _, text in map(_stamped, self._written(key)))

    def lines(self, key: Key) -> Sequence[Line]:
        """Read the same with the engine's time stamps. The engine itself holds a line back until it is whole."""
        stamped = [(stamp, text.rstrip(b"\r\n")) for stamp, text in map(_stamped, self._written(key))]
        return [Line(stamp, text.decode(errors="replace")) for stamp, text in stamped if text]

    def _written(self, key: Key) -> list[bytes]:
        # Not `splitlines`: a carriage return or a form feed within a line ends none.
        *ended, rest = self._output(key).split(b"\n")
        return [part + b"\n" for part in ended] + ([rest] if rest else [])

    def _output(self, key: Key) -> bytes:
        written = self._engine.logs(key)
        if written is not None:
            return written
        kept = self._kept(key)
        return kept.read_bytes() if kept.exists() else b""

    def discard(self, key: Key) -> None:
        """Keep the log and remove the container."""
        with self._lock:
            self._held.pop(key, None)
        self._submit(self._remove, key)

    def close(self, *, stop: bool) -> None:
        """End the threads; with `stop`, kill and remove every container of this endpoint first."""
        if stop:
            for key in self._engine.containers():
                self._submit(self._remove, key)
        self._pool.shutdown(wait=True)
        self._closed.set()
        self._deaths.close()
        self._engine.close()

    # -- in the pool ------------------------------------------------------------------------------------------------

    def _start(self, launch: Launch) -> None:
        try:
            digest = self._engine.image(launch.image)
        except RefusedError as refusal:
            self._failed(launch.key, f"CannotPullContainerError: {refusal}")
            return
        self._reports.pulled(launch.key, digest)
        try:
            self._engine.create(launch)
        except RefusedError as refusal:
            self._failed(launch.key, f"CannotCreateContainerError: {refusal}")
            return
        self._run(launch.key)

    def _run(self, key: Key) -> None:
        """Start a created container, unless it was called off meanwhile."""
        with self._lock:
            held = self._held.get(key)
        if held is None or held.abandoned:
            self._engine.remove(key)
            self._report_end(key, Exit(None))
            return
        try:
            self._engine.start(key)
        except RefusedError as refusal:
            self._failed(key, f"CannotStartContainerError: {refusal}")
            return
        self._started(key)

    def _started(self, key: Key) -> None:
        """Report a start, and what happened to the container since."""
        state = self._state(key)
        if state is None:
            return
        self._reports.started(key, state.identity[:32])
        with self._lock:
            held = self._held.get(key)
            if held is None:
                return
            held.started = True
            called_off = held.abandoned
        if not state.running:
            self._ended(key, state)
        elif called_off:
            self._stop(key)

    def _resume(self, launch: Launch) -> None:
        """Take over a container that a former endpoint created."""
        state = self._state(launch.key)
        if state is not None and state.status == "created":
            self._run(launch.key)
        else:
            self._started(launch.key)

    def _stop(self, key: Key) -> None:
        state = self._state(key)
        if state is not None and state.running:
            self._engine.signal(key, state.stop_signal)

    def _remove(self, key: Key) -> None:
        self._engine.end(key)
        self._look(key)  # once it is removed, nobody could tell its exit code
        written = self._engine.logs(key)
        if written is not None:
            self._kept(key).parent.mkdir(parents=True, exist_ok=True)
            self._kept(key).write_bytes(written)
        self._engine.remove(key)

    # -- reports ----------------------------------------------------------------------------------------------------

    def _failed(self, key: Key, reason: str) -> None:
        self._engine.remove(key)
        with self._lock:
            self._held.pop(key, None)
        self._reports.failed(key, reason)

    def _ended(self, key: Key, state: State) -> None:
        # The mark stands also where only a child was the victim and the main process ended by itself.
        memory = state.memory and state.exit_code == _SIGKILLED and not self._killed(key)
        self._report_end(key, Exit(state.exit_code, OUT_OF_MEMORY if memory else None, state.finished))

    def _killed(self, key: Key) -> bool:
        """Tell whether the SIGKILL is ours."""
        with self._lock:
            held = self._held.get(key)
            return held is not None and held.killed

    def _report_end(self, key: Key, end: Exit) -> None:
        with self._lock:
            held = self._held.get(key)
            if held is None or held.ended:
                return
            held.ended = True
        self._reports.exited(key, end)

    def _state(self, key: Key) -> State | None:
        """Look at a container; one that somebody removed behind our back is dead, without a code."""
        state = self._engine.state(key)
        if state is None:
            self._report_end(key, Exit(None, "The container is gone from the engine"))
        return state

    # -- the engine's events ----------------------------------------------------------------------------------------

    def _follow(self) -> None:
        """Report deaths as they come; a broken stream is opened again, and what it missed is looked for."""
        while not self._closed.is_set():
            try:
                for death in self._deaths:
                    self._died(death)
            except Exception as fault:  # noqa: BLE001  whatever broke it, it is opened again
                _log.debug("the engine's events broke off: %s", fault)
            if not self._closed.wait(_REOPEN_S):
                self._reopen()

    def _reopen(self) -> None:
        try:
            self._deaths = self._engine.deaths()
        except Exception as fault:  # noqa: BLE001  the engine is away; it is tried again
            _log.debug("the engine does not answer: %s", fault)
            return
        with self._lock:
            known = list(self._held)
        for key in known:
            self._submit(self._look, key)

    def _died(self, death: Death) -> None:
        """Report a death by its event: for a tenth of a second to come, the engine clears up and answers no question.

        Only where the kill may be the kernel's does it have to be asked: the event does not tell of memory.
        """
        if death.exit_code == _SIGKILLED and not self._killed(death.key):
            self._submit(self._look, death.key)
        elif self._reportable(death.key):
            self._report_end(death.key, Exit(death.exit_code, None, death.finished))

    def _reportable(self, key: Key) -> bool:
        """Tell whether an end is to be reported; if its start is not yet, that thread does both."""
        with self._lock:
            held = self._held.get(key)
            return held is not None and held.started and not held.ended

    def _look(self, key: Key) -> None:
        """Report a death if there is one."""
        if not self._reportable(key):
            return
        state = self._state(key)
        if state is not None and not state.running:
            self._ended(key, state)

    def _submit(self, work: Callable[..., None], *args: object) -> None:
        with contextlib.suppress(RuntimeError):  # the pool is closed: the next endpoint takes over
            self._pool.submit(_logged, work, *args)

    def _kept(self, key: Key) -> Path:
        return self._logs / key.task_id / f"{key.container}.log"


def _stamped(line: bytes) -> tuple[float, bytes]:
    """Part a line from the engine's time stamp; a long line comes in pieces, each with one of its own."""
    stamp, _, rest = line.partition(b" ")
    text = rest[:_PIECE]
    while (rest := rest[_PIECE:]) and (found := _STAMP.match(rest)):
        rest = rest[found.end() :]
        text += rest[:_PIECE]
    return time_of(stamp.decode()) or 0.0, text + rest


def _logged(work: Callable[..., None], *args: object) -> None:
    try:
        work(*args)
    except Exception:  # noqa: BLE001  a thread of the pool has nobody else to tell
        _log.exception("the Docker engine failed")
