"""Containers on a Docker engine.

Starts run in a pool of threads; deaths come over the engine's event stream, so nothing is polled. Containers are named
after their task, which makes a second one of the same task impossible, and carry labels:
``calloff.ecs.endpoint``, ``.task-arn``, ``.started-by``, ``.container``.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import docker
from docker.errors import APIError, DockerException, ImageNotFound, NotFound

from localcloud.ecs.runtimes.port import OUT_OF_MEMORY, Exit, Key, Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from localcloud.ecs.runtimes.port import Launch, Reports

_log = logging.getLogger(__name__)
_LABEL = "calloff.ecs."
_SIGKILLED = 137
_WORKERS = 16
_CALL_TIMEOUT_S = 600  # a pull may take minutes
_NO_TIME = "0001-01-01"


@dataclass
class _Held:
    """What the runtime remembers of a container between its reports."""

    launch: Launch
    abandoned: bool = False
    started: bool = False
    ended: bool = False
    killed: bool = False


class DockerRuntime:
    """Runs each container of a task on the engine that the environment names (``DOCKER_HOST``)."""

    name = "docker"

    def __init__(self, endpoint: str, logs: Path, *, client: docker.DockerClient | None = None) -> None:
        """Serve as the endpoint of that id; logs of ended containers are kept under `logs`."""
        self._endpoint = endpoint
        self._logs = logs
        self._client = client or docker.from_env(timeout=_CALL_TIMEOUT_S, max_pool_size=_WORKERS + 8)
        self._cpus = int(self._client.info()["NCPU"])
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="ecs-docker")
        self._lock = threading.Lock()
        self._held: dict[Key, _Held] = {}
        self._closed = threading.Event()
        self._stream: Any = None

    def attach(self, reports: Reports) -> None:
        """Follow the engine's events from now on."""
        self._reports = reports
        self._stream = self._events()
        threading.Thread(target=self._follow, name="ecs-docker-events", daemon=True).start()

    def start(self, launch: Launch) -> None:
        """Pull if needed, create and start, in a thread of the pool."""
        with self._lock:
            self._held[launch.key] = _Held(launch)
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
        self._submit(self._signal, key)

    def kill(self, key: Key) -> None:
        """Send SIGKILL; the whole PID namespace goes with its first process."""
        with self._lock:
            if key in self._held:
                self._held[key].killed = True
        self._submit(self._signal, key, "SIGKILL")

    def adopt(self, launches: Sequence[Launch]) -> None:
        """Find the containers of a former run by their labels; what nobody asks for any more is killed."""
        here = {self._key(each["Labels"]): each["Id"] for each in self._containers()}
        wanted = {launch.key for launch in launches}
        for launch in launches:
            with self._lock:
                self._held[launch.key] = _Held(launch)
            self._submit(self._resume if launch.key in here else self._start, launch)
        for key in here.keys() - wanted:
            self._submit(self._remove, key)

    def truth(self, key: Key) -> Truth:
        """Ask the engine."""
        try:
            found = self._client.api.inspect_container(_name(key))
        except NotFound:
            return Truth(alive=False)
        return Truth(alive=found["State"]["Running"], identity=found["Id"])

    def logs(self, key: Key) -> bytes:
        """Read the engine's log of the container, or what was kept of it."""
        try:
            return cast("bytes", self._client.api.logs(_name(key)))
        except APIError:  # it is gone, or just going
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
            for found in self._containers():
                self._submit(self._remove, self._key(found["Labels"]))
        self._pool.shutdown(wait=True)
        self._closed.set()
        with contextlib.suppress(Exception):  # the stream may be broken already
            self._stream.close()
        self._client.close()

    # -- in the pool ------------------------------------------------------------------------------------------------

    def _start(self, launch: Launch) -> None:
        try:
            digest = self._image(launch.image)
        except DockerException as fault:
            self._failed(launch.key, f"CannotPullContainerError: {_said(fault)}")
            return
        self._reports.pulled(launch.key, digest)
        try:
            self._create(launch)
        except DockerException as fault:
            self._failed(launch.key, f"CannotCreateContainerError: {_said(fault)}")
            return
        self._run(launch.key)

    def _run(self, key: Key) -> None:
        """Start a created container, unless it was called off meanwhile."""
        with self._lock:
            held = self._held.get(key)
        if held is None or held.abandoned:
            self._never(key)
            return
        try:
            self._client.api.start(_name(key))
        except DockerException as fault:
            self._failed(key, f"CannotStartContainerError: {_said(fault)}")
            return
        self._started(key)

    def _started(self, key: Key) -> None:
        found = self._inspect(key)
        if found is None:
            return
        self._reports.started(key, found["Id"][:32])
        with self._lock:
            held = self._held.get(key)
            if held is not None:
                held.started = True
            called_off = held is not None and held.abandoned
        if not found["State"]["Running"]:
            self._ended(key, found)
        elif called_off:
            self._signal(key)

    def _never(self, key: Key) -> None:
        with contextlib.suppress(NotFound):
            self._client.api.remove_container(_name(key), force=True)
        self._report_end(key, Exit(None))

    def _resume(self, launch: Launch) -> None:
        """Take over a container that a former endpoint created."""
        found = self._inspect(launch.key)
        if found is not None and found["State"]["Status"] == "created":
            self._run(launch.key)
        else:
            self._started(launch.key)

    def _image(self, image: str) -> str | None:
        try:
            found = self._client.api.inspect_image(image)
        except ImageNotFound:
            self._client.images.pull(image, tag=None if ":" in image.rpartition("/")[2] else "latest")
            found = self._client.api.inspect_image(image)
        digests: list[str] = found.get("RepoDigests") or []
        return digests[0].partition("@")[2] if digests else str(found["Id"])

    def _create(self, launch: Launch) -> None:
        memory = launch.memory_mib << 20
        host = self._client.api.create_host_config(
            mem_limit=memory,
            memswap_limit=memory,
            nano_cpus=int(min(launch.cpu_units / 1024, self._cpus) * 1e9),
            init=launch.init,
            extra_hosts={"host.docker.internal": "host-gateway"},
        )
        with _already_there():
            self._client.api.create_container(
                launch.image,
                command=list(launch.command) or None,
                entrypoint=list(launch.entry_point) or None,
                environment=launch.environment,
                working_dir=launch.working_directory,
                user=launch.user,
                name=_name(launch.key),
                host_config=host,
                labels={
                    _LABEL + "endpoint": self._endpoint,
                    _LABEL + "task-arn": launch.task_arn,
                    _LABEL + "started-by": launch.started_by,
                    _LABEL + "container": launch.key.container,
                },
            )

    def _signal(self, key: Key, signal: str | None = None) -> None:
        found = self._inspect(key)
        if found is None or not found["State"]["Running"]:
            return
        with contextlib.suppress(APIError):  # it may end in between
            self._client.api.kill(_name(key), signal or found["Config"].get("StopSignal") or "SIGTERM")

    def _remove(self, key: Key) -> None:
        with contextlib.suppress(NotFound):
            with contextlib.suppress(APIError):
                self._client.api.kill(_name(key), "SIGKILL")
            self._client.api.wait(_name(key))
            self._keep_logs(key)
            self._client.api.remove_container(_name(key), force=True)

    def _keep_logs(self, key: Key) -> None:
        kept = self._kept(key)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(self._client.api.logs(_name(key)))

    # -- reports ----------------------------------------------------------------------------------------------------

    def _failed(self, key: Key, reason: str) -> None:
        with contextlib.suppress(APIError):
            self._client.api.remove_container(_name(key), force=True)
        with self._lock:
            self._held.pop(key, None)
        self._reports.failed(key, reason)

    def _ended(self, key: Key, found: dict[str, Any]) -> None:
        state = found["State"]
        with self._lock:
            held = self._held.get(key)
            killed = held is not None and held.killed
        # OOMKilled stands also where only a child was the victim and the main process went on, or ended by itself.
        memory = state["OOMKilled"] and state["ExitCode"] == _SIGKILLED and not killed
        self._report_end(key, Exit(state["ExitCode"], OUT_OF_MEMORY if memory else None, _time(state["FinishedAt"])))

    def _report_end(self, key: Key, end: Exit) -> None:
        with self._lock:
            held = self._held.get(key)
            if held is None or held.ended:
                return
            held.ended = True
        self._reports.exited(key, end)

    # -- the engine's events ----------------------------------------------------------------------------------------

    def _events(self) -> Any:
        filters = {"type": "container", "event": "die", "label": f"{_LABEL}endpoint={self._endpoint}"}
        return self._client.events(decode=True, filters=filters)

    def _follow(self) -> None:
        """Report deaths as they come; a broken stream is opened again, and what it missed is looked for."""
        while not self._closed.is_set():
            try:
                for event in self._stream:
                    self._died(self._key(event["Actor"]["Attributes"]))
            except Exception as fault:  # noqa: BLE001  whatever broke it, it is opened again
                _log.debug("the engine's events broke off: %s", fault)
            if not self._closed.wait(0.2):
                self._reopen()

    def _reopen(self) -> None:
        with contextlib.suppress(DockerException, OSError):
            self._stream = self._events()
            with self._lock:
                known = [key for key, held in self._held.items() if held.started and not held.ended]
            for key in known:
                self._submit(self._look_again, key)

    def _look_again(self, key: Key) -> None:
        found = self._inspect(key)
        if found is not None and not found["State"]["Running"]:
            self._ended(key, found)

    def _died(self, key: Key) -> None:
        """Report a death, unless its start is still to be reported: then that thread does it."""
        with self._lock:
            held = self._held.get(key)
            if held is None or not held.started or held.ended:
                return
        found = self._inspect(key)
        if found is not None:
            self._ended(key, found)

    # -- small things -----------------------------------------------------------------------------------------------

    def _submit(self, work: Callable[..., None], *args: object) -> None:
        with contextlib.suppress(RuntimeError):  # the pool is closed: the next endpoint takes over
            self._pool.submit(partial(_logged, work, *args))

    def _inspect(self, key: Key) -> dict[str, Any] | None:
        """Inspect; a container that somebody removed behind our back is dead, without a code."""
        try:
            return cast("dict[str, Any]", self._client.api.inspect_container(_name(key)))
        except NotFound:
            self._report_end(key, Exit(None, "The container is gone from the engine"))
            return None

    def _containers(self) -> list[dict[str, Any]]:
        filters = {"label": f"{_LABEL}endpoint={self._endpoint}"}
        return cast("list[dict[str, Any]]", self._client.api.containers(all=True, filters=filters))

    @staticmethod
    def _key(labels: dict[str, str]) -> Key:
        return Key(labels[_LABEL + "task-arn"].rpartition("/")[2], labels[_LABEL + "container"])

    def _kept(self, key: Key) -> Path:
        return self._logs / key.task_id / f"{key.container}.log"


def _name(key: Key) -> str:
    return f"ecs-{key.task_id}-{key.container}"


@contextlib.contextmanager
def _already_there() -> Any:
    """Let a container of the same name pass: it is this task's, created before a crash."""
    try:
        yield
    except APIError as fault:
        if fault.status_code != 409:  # noqa: PLR2004  HTTP's Conflict
            raise


def _said(fault: DockerException) -> str:
    return str(getattr(fault, "explanation", None) or fault)


def _time(text: str) -> float | None:
    """Read the engine's time stamp, cut to microseconds."""
    if text.startswith(_NO_TIME):
        return None
    whole, _, rest = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{rest[:6]:0<6}+00:00").timestamp()


def _logged(work: Callable[..., None], *args: object) -> None:
    try:
        work(*args)
    except Exception:  # noqa: BLE001  a thread of the pool has nobody else to tell
        _log.exception("the Docker engine failed")
