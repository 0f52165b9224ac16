"""Which engine runs the containers: Docker when it can, else processes of this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from localcloud import ports
from localcloud.trouble import LocalCloudError, NoEngineError

if TYPE_CHECKING:
    from docker import DockerClient

Runtime = Literal["docker", "process", "simulated"]
#: The image of the examples: built here from a static busybox, so that nothing is pulled.
IMAGE = "calloff/busybox:latest"
#: Seconds until an engine that does not answer counts as not there: on a busy machine an answer takes some.
PING_S = 30


@dataclass(frozen=True)
class Engine:
    """The chosen engine, and why it was chosen, for people to read."""

    runtime: Runtime
    why: str
    gateway: str | None = None
    """This machine's address in the containers' network, where something can listen on it: on Linux."""

    @property
    def host(self) -> str:
        """This machine's name, as its containers know it."""
        return "host.docker.internal" if self.runtime == "docker" else ports.HOST


def choose(wanted: str = "auto") -> Engine:
    """Choose the engine. ``wanted``: ``auto``, or ``docker`` or ``process`` to insist; ``simulated`` runs nothing.

    Raises ``NoEngineError`` when Docker is insisted on and cannot be had, with the reason, and ``LocalCloudError`` when
    something else is wanted.
    """
    known = ("auto", *get_args(Runtime))
    if wanted not in known:
        raise LocalCloudError(f"CALLOFF_RUNTIME is one of {', '.join(known)}, not {wanted!r}.")
    if wanted in {"process", "simulated"}:
        return Engine("process" if wanted == "process" else "simulated", "asked for")
    try:
        return _prepare_docker()
    except Exception as error:
        # Whatever the SDK raises here means the same: no containers on this machine.
        if wanted == "docker":
            raise NoEngineError(f"no Docker engine to run containers: {error}") from error
        return Engine("process", f"no Docker engine: {_first_line(error)}")


def docker_client() -> DockerClient:
    """Connect to the engine that the environment names. Raises what the SDK raises when there is none."""
    import docker

    return docker.from_env(timeout=PING_S)


def _prepare_docker() -> Engine:
    from localcloud.ecs.runtimes.images import ensure_busybox_image

    client = docker_client()
    try:
        client.ping()
        ensure_busybox_image(client)
        return Engine("docker", f"Docker {client.version()['Version']}", _gateway(client))
    finally:
        client.close()


def _gateway(client: DockerClient) -> str | None:
    """Answer the bridge's own address, which Docker calls host-gateway, unless the engine is on another machine."""
    settings = client.networks.get("bridge").attrs["IPAM"]["Config"] or [{}]
    address: str | None = settings[0].get("Gateway")
    return address if address and ports.own(address) else None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
