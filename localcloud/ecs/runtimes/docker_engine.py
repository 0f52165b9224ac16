"""The Docker engine as this package needs it: one typed class in front of the docker SDK."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import docker
from docker.errors import APIError, DockerException, ImageNotFound, NotFound

from localcloud.ecs.runtimes.port import Key, Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.ecs.runtimes.port import Launch

_LABEL = "calloff.ecs."
_CALL_TIMEOUT_S = 600  # a pull may take minutes
_CONNECTIONS = 24
_CONFLICT = 409
_NO_TIME = "0001-01-01"


class RefusedError(Exception):
    """The engine would not do it; the text is the engine's own."""


@dataclass(frozen=True)
class State:
    """What the engine says of a container. `finished` is epoch seconds."""

    identity: str
    status: str
    running: bool
    exit_code: int
    memory: bool
    """A process of it was killed for memory; not necessarily the main one."""
    finished: float | None
    stop_signal: str


@dataclass(frozen=True)
class Death:
    """What the engine tells at once of a container's death. `finished` is epoch seconds."""

    key: Key
    exit_code: int
    finished: float


class DockerEngine:
    """The containers of one endpoint on the engine that the environment names (``DOCKER_HOST``).

    A container is named after its task, so that the same task cannot have a second one. Its labels say whose it is:
    ``calloff.ecs.endpoint``, ``.task-arn``, ``.started-by`` and ``.container``.
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._client = docker.from_env(timeout=_CALL_TIMEOUT_S, max_pool_size=_CONNECTIONS)
        self._api = self._client.api
        self._cpus = int(self._client.info()["NCPU"])

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def image(self, name: str) -> str | None:
        """Answer an image's digest, pulling it if it is not here; RefusedError if it cannot be had."""
        with _refusals():
            found = self._image(name)
        digests: list[str] = found.get("RepoDigests") or []
        return digests[0].partition("@")[2] if digests else str(found["Id"])

    def _image(self, name: str) -> dict[str, Any]:
        try:
            return cast("dict[str, Any]", self._api.inspect_image(name))
        except ImageNotFound:
            self._client.images.pull(name, tag=None if ":" in name.rpartition("/")[2] else "latest")
            return cast("dict[str, Any]", self._api.inspect_image(name))

    def create(self, launch: Launch) -> None:
        """Create the container of a launch, unless it is there already; RefusedError if it cannot be."""
        with _refusals(), _already_there():
            self._api.create_container(
                launch.image,
                command=list(launch.command) or None,
                entrypoint=list(launch.entry_point) or None,
                environment=launch.environment,
                working_dir=launch.working_directory,
                user=launch.user,
                name=_name(launch.key),
                host_config=self._limits(launch),
                labels=self._labels(launch),
            )

    def _limits(self, launch: Launch) -> Any:
        memory = launch.memory_mib << 20
        return self._api.create_host_config(
            mem_limit=memory,
            memswap_limit=memory,
            nano_cpus=int(min(launch.cpu_units / 1024, self._cpus) * 1e9),
            init=launch.init,
            extra_hosts={"host.docker.internal": "host-gateway"},
        )

    def _labels(self, launch: Launch) -> dict[str, str]:
        return {
            _LABEL + "endpoint": self._endpoint,
            _LABEL + "task-arn": launch.task_arn,
            _LABEL + "started-by": launch.started_by,
            _LABEL + "container": launch.key.container,
        }

    def start(self, key: Key) -> None:
        """Start a created container; RefusedError if its program cannot be executed."""
        with _refusals():
            self._api.start(_name(key))

    def state(self, key: Key) -> State | None:
        """Answer the container's state; ``None`` if there is no such container."""
        try:
            found = self._api.inspect_container(_name(key))
        except NotFound:
            return None
        state = found["State"]
        return State(
            identity=found["Id"],
            status=state["Status"],
            running=state["Running"],
            exit_code=state["ExitCode"],
            memory=state["OOMKilled"],
            finished=time_of(state["FinishedAt"]),
            stop_signal=found["Config"].get("StopSignal") or "SIGTERM",
        )

    def signal(self, key: Key, signal: str) -> None:
        """Send a signal to the first process; a container that is over is left alone."""
        with contextlib.suppress(APIError):
            self._api.kill(_name(key), signal)

    def logs(self, key: Key) -> bytes | None:
        """Answer what the container wrote, each line after its time stamp; ``None`` if it is gone, or just going."""
        try:
            return cast("bytes", self._api.logs(_name(key), timestamps=True))
        except APIError:
            return None

    def end(self, key: Key) -> None:
        """Kill the container if it lives, and wait for its end."""
        with contextlib.suppress(NotFound):
            self.signal(key, "SIGKILL")
            self._api.wait(_name(key))

    def remove(self, key: Key) -> None:
        """Remove the container, however it is."""
        with contextlib.suppress(APIError):
            self._api.remove_container(_name(key), force=True)

    def containers(self) -> dict[Key, Truth]:
        """Answer every container of this endpoint in one call."""
        filters = {"label": f"{_LABEL}endpoint={self._endpoint}"}
        found = self._api.containers(all=True, filters=filters)
        return {_key(each["Labels"]): Truth(each["State"] == "running", each["Id"]) for each in found}

    def deaths(self) -> Deaths:
        """Follow the deaths of this endpoint's containers from now on."""
        label = f"{_LABEL}endpoint={self._endpoint}"
        return Deaths(self._client.events(decode=True, filters={"type": "container", "event": "die", "label": label}))


class Deaths:
    """An open stream of deaths; it ends, or breaks, when it is closed or the engine goes away."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[Death]:
        """Answer the containers' deaths as they come."""
        for event in self._stream:
            attributes = event["Actor"]["Attributes"]
            yield Death(_key(attributes), int(attributes["exitCode"]), event["timeNano"] / 1e9)

    def close(self) -> None:
        """Close the stream; whoever iterates it stops."""
        with contextlib.suppress(Exception):  # it may be broken already
            self._stream.close()


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except DockerException as fault:
        raise RefusedError(str(getattr(fault, "explanation", None) or fault)) from fault


@contextlib.contextmanager
def _already_there() -> Iterator[None]:
    """Let a container of the same name pass: it is this task's, created before a crash."""
    try:
        yield
    except APIError as fault:
        if fault.status_code != _CONFLICT:
            raise


def _name(key: Key) -> str:
    return f"ecs-{key.task_id}-{key.container}"


def _key(labels: dict[str, str]) -> Key:
    return Key(labels[_LABEL + "task-arn"].rpartition("/")[2], labels[_LABEL + "container"])


def time_of(text: str) -> float | None:
    """Read the engine's time stamp, cut to microseconds; ``None`` for what has not happened."""
    if text.startswith(_NO_TIME):
        return None
    whole, _, rest = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{rest[:6]:0<6}+00:00").timestamp()
