"""Runs one command in place of a container, and outlives the endpoint: exit code, logs and death survive its crash.

A script of its own, for bare Python (``python -I -S runner.py FOLDER ALIVE CONTROL``): no imports of ours, and quick
to start. ``ALIVE`` is the inherited descriptor of a FIFO that the runner holds open for as long as it lives; a byte in
it says that the command runs. ``CONTROL`` takes signal numbers, a byte each. In the folder it reads ``launch.json``
and writes ``log`` and ``log.times`` (for each piece of it, the byte where it begins and when it came),
``started.json`` and, once nothing of the command is left, ``exit.json``.

The command leads a session of its own. On Linux the runner is also the *subreaper* of everything under it, so a
process that escapes its group still comes home to be killed, as it would die with a container's PID namespace.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import time

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, linux/prctl.h
_PDEATHSIG = 1  # PR_SET_PDEATHSIG


def main(folder: str, alive: int, control: int) -> None:
    """Run the command of `folder` to its end."""
    os.chdir(folder)
    for descriptor in (alive, control):
        os.set_inheritable(descriptor, False)  # noqa: FBT003  the function knows no keyword
    _prctl(_SUBREAPER, 1)
    wake = _wake_on_children()
    output = _Output()
    if select.select([control], [], [], 0)[0]:
        _write("exit.json", {"code": None})  # called off before it began
        return
    pid = _spawn(output)
    if pid is not None:
        _write("started.json", {"pid": pid, "start": start_time(pid)})
        with contextlib.suppress(BrokenPipeError):  # the endpoint is gone; its successor finds the file
            os.write(alive, b"s")
        _write("exit.json", {"code": _watch(pid, control, wake, output)})


class _Output:
    """What the command writes, on its way into the log; when it came is known only here."""

    def __init__(self) -> None:
        self.end, self.descriptor = os.pipe()
        os.set_blocking(self.end, False)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._log = os.open("log", flags, 0o644)
        self._times = os.open("log.times", flags, 0o644)
        self._written = 0

    def take(self) -> bool:
        """Write down what is there; answer whether there was anything."""
        try:
            piece = os.read(self.end, 1 << 16)
        except BlockingIOError:
            return False
        if piece:
            os.write(self._times, b"%d %.6f\n" % (self._written, time.time()))
            os.write(self._log, piece)
            self._written += len(piece)
        return bool(piece)


def _wake_on_children() -> int:
    """Answer a descriptor that becomes readable when a child ends; other signals are not for the runner."""
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for ignored in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    return wake


def _spawn(output: _Output) -> int | None:
    """Start the command and answer its pid; what cannot be executed is told in ``exit.json``."""
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        _become(tell, output.descriptor)
    os.close(tell)
    os.close(output.descriptor)
    fault = os.read(told, 4096)
    os.close(told)
    if not fault:
        return pid
    os.waitpid(pid, 0)
    _write("exit.json", {"fault": fault.decode(errors="replace")})
    return None


def _become(tell: int, output: int) -> None:
    """Turn this forked child into the command; `tell` closes on success, and carries the fault otherwise."""
    try:
        with open("launch.json") as file:  # noqa: PTH123  pathlib costs a third of the start
            launch = json.load(file)
        os.setsid()
        _prctl(_PDEATHSIG, signal.SIGKILL)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        os.chdir(launch["directory"] or ".")
        os.execvpe(launch["argv"][0], launch["argv"], launch["environment"])  # noqa: S606  that is its purpose
    except BaseException as fault:  # noqa: BLE001  a forked child must never return
        os.write(tell, str(fault).encode()[:4096])
    finally:
        os._exit(127)


def _watch(pid: int, control: int, wake: int, output: _Output) -> int:
    """Pass signals on until the command ends; then leave none of its processes behind, and nothing unread."""
    status = None
    heard = [control, wake, output.end]
    while status is None:
        ready, _, _ = select.select(heard, [], [])
        if output.end in ready and not output.take():
            heard.remove(output.end)  # nobody holds its other end any more
        if wake in ready:
            os.read(wake, 4096)
            status = _reap(pid)
        if control in ready and status is None:
            for number in os.read(control, 64):
                _signal(pid, number)
    _signal(pid, signal.SIGKILL)
    while _wait_for_any():
        _kill_children()
    while output.take():
        pass
    return os.waitstatus_to_exitcode(status)


def _reap(pid: int) -> int | None:
    """Take in every child that ended, adopted ones too; answer the status of `pid` if it was among them."""
    found = None
    while True:
        try:
            ended, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if ended == 0:
            return found
        if ended == pid:
            found = status


def _wait_for_any() -> bool:
    try:
        os.waitpid(-1, 0)
    except ChildProcessError:
        return False
    return True


def _signal(pid: int, number: int) -> None:
    """Send a signal to the whole group, and SIGKILL also to whatever else is below the runner."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left in the group
        os.killpg(pid, number)
    if number == signal.SIGKILL:
        _kill_children()


def _kill_children() -> None:
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:  # noqa: PTH123
            children = [int(word) for word in file.read().split()]
    except OSError:
        return
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def start_time(pid: int) -> int | None:
    """Answer when a process started, in the kernel's ticks: with the pid it names one process for good."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if fields[0] in {b"Z", b"X"} else int(fields[19])


def _prctl(option: int, value: int) -> None:
    """Ask the Linux kernel for a favour; elsewhere go without."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _write(name: str, content: object) -> None:
    """Write a whole file or none."""
    with open(name + ".part", "w") as file:  # noqa: PTH123
        json.dump(content, file)
    os.rename(name + ".part", name)  # noqa: PTH104


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
