"""A part of the local cloud: a process group, started, watched, paused, killed and stopped as a whole."""

from __future__ import annotations

import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud import keeper, waiting
from localcloud.trouble import PartFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from localcloud.keeper import Keeper

#: The project's folder: the parts are started in it, so that they import ``app`` and ``localcloud``.
ROOT = Path(__file__).resolve().parent.parent
TAIL = 25


@dataclass
class Part:
    """One process group of the local cloud. ``log`` collects its output over all its starts."""

    name: str
    argv: list[str]
    environment: Mapping[str, str]
    log: Path
    keeper: Keeper
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it in a session of its own, so that a Ctrl-C in the terminal reaches the supervisor alone."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self.argv,
                env=dict(self.environment),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.keeper.watch(self._process.pid)

    @property
    def pid(self) -> int:
        """The process's id, which is its group's too."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether its first process is there (paused counts)."""
        return self._process is not None and self._process.poll() is None

    def wait_ready(self, ready: Callable[[], bool], within_s: float) -> None:
        """Wait until ``ready()``. Raises ``PartFailedError`` if it ends before, or takes longer."""
        try:
            waiting.until(lambda: not self.running or ready(), self.name, within_s)
        except TimeoutError:
            raise PartFailedError(self.name, f"was not ready within {within_s:g} s", self.tail()) from None
        self.check()

    def check(self) -> None:
        """Raise ``PartFailedError`` if it is not running."""
        if not self.running:
            code = self._process.returncode if self._process else None
            raise PartFailedError(self.name, f"ended by itself (code {code})", self.tail())

    def pause(self) -> None:
        """Stop it in its tracks (SIGSTOP): it neither answers nor dies."""
        keeper.send(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on (SIGCONT)."""
        keeper.send(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """Kill the whole group at once (SIGKILL), as a crash would."""
        keeper.send(self.pid, signal.SIGKILL)
        self._reap(within_s=5)

    def ask_to_stop(self) -> None:
        """Send SIGTERM, without waiting. A paused part is woken to hear it."""
        if self.running:
            keeper.send(self.pid, signal.SIGTERM)
            keeper.send(self.pid, signal.SIGCONT)

    def stop(self, grace_s: float) -> None:
        """End it: SIGTERM, then SIGKILL after ``grace_s`` seconds. What is left of its group goes with it."""
        self.ask_to_stop()
        if self._process is not None:
            waiting.holds(lambda: not self.running, grace_s)
            self.kill()

    def tail(self) -> str:
        """Show the last lines of its log."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(f"  {self.name} | {line}" for line in lines[-TAIL:])

    def _reap(self, within_s: float) -> None:
        waiting.holds(lambda: not self.running and not keeper.alive(self.pid), within_s)
        if not keeper.alive(self.pid):
            self.keeper.forget(self.pid)
