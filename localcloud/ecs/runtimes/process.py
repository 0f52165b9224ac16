"""Process groups in place of containers, for machines without a Docker engine.

Each command runs under a small runner (`runner`) that outlives the endpoint. Two FIFOs tie them together: ``alive``,
which the runner holds open for as long as it lives, so that its end is an end of file here, whoever killed it; and
``control``, which takes signal numbers. Neither can hit a stranger whose pid happens to be the same.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import selectors
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from localcloud.ecs.runtimes import runner, written
from localcloud.ecs.runtimes.port import Exit, Key, Truth

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from localcloud.ecs.runtimes.port import Launch, Line, Reports

_log = logging.getLogger(__name__)
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LAST_DEATH_S = 30.0


@dataclass
class _Held:
    """The endpoint's side of one runner."""

    key: Key
    folder: Path
    alive: int
    control: int
    process: subprocess.Popen[bytes] | None = None
    started: bool = False
    over: threading.Event = field(default_factory=threading.Event)


class ProcessRuntime:
    """Runs commands on this machine. Images, cpu and memory limits mean nothing here."""

    name = "process"

    def __init__(self, root: Path) -> None:
        """Keep a folder for each container under `root`."""
        self._root = root.resolve()
        self._lock = threading.Lock()
        self._held: dict[Key, _Held] = {}
        self._selector = selectors.DefaultSelector()
        self._wake, self._waker = os.pipe()
        self._selector.register(self._wake, selectors.EVENT_READ, None)
        self._thread = threading.Thread(target=self._watch, name="ecs-processes", daemon=True)

    def attach(self, reports: Reports) -> None:
        """Watch from now on."""
        self._reports = reports
        self._thread.start()

    def start(self, launch: Launch) -> None:
        """Start a runner with the launch's command."""
        folder = self._folder(launch.key)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "launch.json").write_text(json.dumps(_command(launch)))
        for fifo in ("alive", "control"):
            os.mkfifo(folder / fifo)
        held = self._open(launch.key)
        self._spawn(held)
        self._register(held)

    def terminate(self, key: Key) -> None:
        """Send SIGTERM to the group; a command that was not started yet never will be."""
        self._order(key, signal.SIGTERM)

    def kill(self, key: Key) -> None:
        """Send SIGKILL to the group and to everybody who left it."""
        self._order(key, signal.SIGKILL)

    def adopt(self, launches: Sequence[Launch]) -> None:
        """Take over the runners that live, and what the others wrote last."""
        for launch in launches:
            if (self._folder(launch.key) / "control").exists():
                self._resume(launch)
            else:
                self.start(launch)

    def _resume(self, launch: Launch) -> None:
        held = self._open(launch.key)
        if _has_writer(held.alive):
            self._register(held)
            if _read(held.folder, "started.json"):
                self._started(held)
        elif _read(held.folder, "started.json", "exit.json"):
            self._ended(held)
        else:
            _close(held)
            self.start(launch)

    def truths(self, keys: Sequence[Key]) -> dict[Key, Truth]:
        """Look at the process table for the commands, and for their runners."""
        return {key: self._truth(key) for key in keys}

    def _truth(self, key: Key) -> Truth:
        main = _read(self._folder(key), "started.json")
        with self._lock:
            runner_lives = key in self._held
        return Truth(alive=runner_lives or _main_lives(main), identity=str(main["pid"]) if main else None)

    def logs(self, key: Key) -> bytes:
        """Read what the command wrote to its standard output and error."""
        log = self._folder(key) / "log"
        return log.read_bytes() if log.exists() else b""

    def lines(self, key: Key) -> Sequence[Line]:
        """Read the same in lines, each with the time at which its last byte came."""
        folder = self._folder(key)
        ended = (folder / "exit.json").exists()  # before the log is read, so that nothing is written after
        return written.lines(self.logs(key), folder / "log.times", whole=ended)

    def discard(self, key: Key) -> None:
        """Keep the log, the pid and the exit code; remove the FIFOs."""
        folder = self._folder(key)
        for name in ("alive", "control", "launch.json"):
            (folder / name).unlink(missing_ok=True)

    def close(self, *, stop: bool) -> None:
        """End the watch; with `stop`, kill every command first and wait for its end."""
        with self._lock:
            held = list(self._held.values())
        if stop:
            for each in held:
                self.kill(each.key)
            for each in held:
                each.over.wait(_LAST_DEATH_S)
        os.write(self._waker, b"x")
        self._thread.join()

    # -- the endpoint's side of a runner ----------------------------------------------------------------------------

    def _open(self, key: Key) -> _Held:
        folder = self._folder(key)
        alive = os.open(folder / "alive", os.O_RDONLY | os.O_NONBLOCK)
        control = os.open(folder / "control", os.O_RDWR | os.O_NONBLOCK)
        return _Held(key, folder, alive, control)

    def _spawn(self, held: _Held) -> None:
        lent = os.open(held.folder / "alive", os.O_WRONLY)
        program = [sys.executable, "-I", "-S", runner.__file__, str(held.folder), str(lent), str(held.control)]
        try:
            held.process = subprocess.Popen(
                program,
                pass_fds=(lent, held.control),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                start_new_session=True,  # a Ctrl-C at the endpoint's terminal is not for the containers
            )
        finally:
            os.close(lent)

    def _register(self, held: _Held) -> None:
        with self._lock:
            self._held[held.key] = held
        self._selector.register(held.alive, selectors.EVENT_READ, held)

    def _order(self, key: Key, number: signal.Signals) -> None:
        with self._lock:
            held = self._held.get(key)
            if held is not None:
                os.write(held.control, bytes([number]))

    # -- the watch --------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        while True:
            for ready, _ in self._selector.select():
                if ready.data is None:
                    return
                try:
                    self._heard(ready.data)
                except Exception:  # noqa: BLE001  the others are still to be followed
                    _log.exception("a process could not be followed")

    def _heard(self, held: _Held) -> None:
        word = os.read(held.alive, 16)
        if word:
            self._started(held)
            return
        self._selector.unregister(held.alive)
        self._ended(held)

    def _started(self, held: _Held) -> None:
        if not held.started:
            held.started = True
            self._reports.pulled(held.key, None)
            self._reports.started(held.key, f"{held.key.task_id}-{_read(held.folder, 'started.json')['pid']}")

    def _ended(self, held: _Held) -> None:
        if held.process is not None:
            held.process.wait()
        main, end = _read(held.folder, "started.json"), _read(held.folder, "exit.json")
        if main:
            self._started(held)
            _finish_off(main)
        with self._lock:
            self._held.pop(held.key, None)
            _close(held)
        if "fault" in end:
            self._reports.failed(held.key, f"CannotStartContainerError: {end['fault']}")
        elif "code" in end:
            self._reports.exited(held.key, Exit(_exit_code(end["code"]), at=_written(held.folder / "exit.json")))
        else:
            self._reports.exited(held.key, Exit(None, "The runner of the process was killed"))
        held.over.set()

    def _folder(self, key: Key) -> Path:
        return self._root / key.task_id / key.container


def _command(launch: Launch) -> dict[str, Any]:
    argv = [*launch.entry_point, *launch.command]
    return {
        "argv": argv or ["", "no command was given, and a process has no image to take it from"],
        "environment": {"PATH": _PATH, **launch.environment},
        "directory": launch.working_directory,
    }


def _has_writer(descriptor: int) -> bool:
    """Say whether a runner holds its FIFO open: reading would have to wait, and ends at once where nobody is there."""
    try:
        return os.read(descriptor, 1) != b""
    except BlockingIOError:
        return True


def _close(held: _Held) -> None:
    os.close(held.alive)
    os.close(held.control)


def _main_lives(main: dict[str, Any]) -> bool:
    return bool(main) and main["start"] is not None and runner.start_time(main["pid"]) == main["start"]


def _finish_off(main: dict[str, Any]) -> None:
    """Kill what is left of a group whose runner was killed before it could.

    The kernel gives a pid to nobody else while a group of that number has members, so a group whose leader is gone is
    still ours; only a leader that started at another time is a stranger.
    """
    if runner.start_time(main["pid"]) in {None, main["start"]}:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(main["pid"], signal.SIGKILL)


def _exit_code(status: int | None) -> int | None:
    """Answer the code as a container engine gives it: 128 and the signal's number."""
    return status if status is None or status >= 0 else 128 - status


def _written(path: Path) -> float:
    return path.stat().st_mtime


def _read(folder: Path, *names: str) -> dict[str, Any]:
    """Answer the first of the files that is there, or nothing."""
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            content: dict[str, Any] = json.loads((folder / name).read_text())
            return content
    return {}
