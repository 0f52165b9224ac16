"""The whole local cloud, supervised: MiniStack, the ECS endpoint, the API, the receiver of events, the schedules.

    with LocalCloud() as cloud:
        httpx.post(f"{cloud.endpoints.api}/tasks", ...)

Every part is a process group of its own. Leaving the block ends all of them, and the containers with them; a
keeper process does the same when the supervisor itself is killed.
"""

from __future__ import annotations

import contextlib
import os
from functools import partial
from typing import TYPE_CHECKING, Self

from localcloud import aws, ecs_endpoint, engine, fronts, ministack, ports, resources, scheduler
from localcloud.folder import Folder
from localcloud.keeper import Keeper
from localcloud.options import Options
from localcloud.trouble import PartFailedError, PortTakenError

if TYPE_CHECKING:
    from types import TracebackType

    from localcloud.engine import Engine
    from localcloud.part import Part

#: Seconds that a part may take to come up. Generous: a busy machine is slow, not broken.
READY_S = 30.0
#: What Calloff is told here and not on AWS. The user's own variables win over these.
DEFAULTS = {
    "CALLOFF_AUTH": "local",
    "CALLOFF_SUBNETS": "subnet-00000000000000000",
    "CALLOFF_SECURITY_GROUPS": "sg-00000000000000000",
    # On AWS a network interface is taken away before ECS says STOPPED; here is none.
    "CALLOFF_EXPECTED_BY_MARGIN_S": "2",
}


class LocalCloud:
    """Starts the parts, knows where they listen, and ends them. A context manager, to be entered once."""

    engine: Engine
    endpoints: aws.Endpoints
    environment: dict[str, str]
    """What the application runs with: enough to call its handlers in another process."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self.parts: dict[str, Part] = {}
        self._ports: dict[str, int] = {}
        self._down: set[str] = set()
        self._over = False
        self._keeper = Keeper()
        self.folder = Folder(self.options.state, self._keeper)

    def __enter__(self) -> Self:
        """Start everything, or nothing. Raises ``LocalCloudError``."""
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything."""
        self.stop()

    def _start(self) -> None:
        self._choose_ports()
        clean, path = aws.clean(os.environ), self.folder.path
        self._add(ministack.part(self._ports["ministack"], path, clean, self._keeper))
        self.engine = engine.choose(self.options.runtime)
        ecs = ecs_endpoint.Setup(self._ports["ecs"], self.engine, self.endpoints.events, self.options.delays)
        self._add(ecs_endpoint.part(ecs, path, clean, self._keeper))
        stack = resources.Stack(self.endpoints)
        self._wait_for("ministack")
        found = self.endpoints.variables | stack.create().variables
        own = {"CALLOFF_API_URL": f"http://{self.engine.host}:{self._ports['api']}"}
        self.environment = DEFAULTS | own | clean | found | dict(self.options.settings)
        for which in fronts.ALL:
            gateway = self.engine.gateway if which == "api" else None
            front = fronts.Setup(which, self._ports[which], self.options.workers, gateway)
            self._add(fronts.part(front, path, self.environment, self._keeper))
        self._wait_for("ecs", *fronts.ALL)
        self._add(scheduler.part(self.endpoints.events, path, clean, self._keeper))

    def _choose_ports(self) -> None:
        names = ["api", "events", "ministack", "ecs"]
        self._ports = dict(zip(names, ports.free(len(names)), strict=True))
        if self.options.port:
            if ports.taken(self.options.port):
                raise PortTakenError(f"port {self.options.port} is taken; PORT=… chooses another")
            self._ports["api"] = self.options.port
        api, events, emulator, ecs = (f"http://{ports.HOST}:{self._ports[name]}" for name in names)
        self.endpoints = aws.Endpoints(api, events, emulator, ecs)

    def _add(self, part: Part) -> None:
        self.parts[part.name] = part
        part.start()

    def _wait_for(self, *names: str) -> None:
        for name in names:
            if name in self._ports:
                self.parts[name].wait_ready(partial(ports.taken, self._ports[name]), READY_S)

    def check(self) -> None:
        """Raise ``PartFailedError`` if a part has ended that nobody killed."""
        for name, part in self.parts.items():
            if name not in self._down:
                part.check()

    def kill(self, name: str) -> None:
        """Kill a part as a crash would. MiniStack forgets everything then."""
        self._down.add(name)
        self.parts[name].kill()

    def restart(self, name: str) -> None:
        """Stop a part if it runs, and start it where it was."""
        self.parts[name].stop(ecs_endpoint.GRACE_S)
        self.parts[name].start()
        self._wait_for(name)
        self._down.discard(name)

    def pause(self, name: str) -> None:
        """Freeze a part: it takes connections but does not answer."""
        self.parts[name].pause()

    def resume(self, name: str) -> None:
        """Let a paused part go on."""
        self.parts[name].resume()

    def stop(self) -> None:
        """End all parts and their containers. Safe to repeat."""
        if self._over:
            return
        self._over = True
        try:
            self._end(scheduler.GRACE_S, scheduler.NAME)
            self._end_containers()
            self._end(fronts.GRACE_S, *fronts.ALL)
            self._end(ministack.GRACE_S, "ministack")
        finally:
            self.folder.close()
            # The keeper ends what an error, or being killed here, would leave.
            self._keeper.close()

    def _end_containers(self) -> None:
        """Stop the ECS endpoint while its events are still heard; bring a dead one back for its containers."""
        if "ecs" in self.parts and not self.parts["ecs"].running:
            # One that cannot even start has launched nothing.
            with contextlib.suppress(PartFailedError):
                self.restart("ecs")
        self._end(ecs_endpoint.GRACE_S, "ecs")

    def _end(self, grace_s: float, *names: str) -> None:
        ending = [self.parts[name] for name in names if name in self.parts]
        for part in ending:
            part.ask_to_stop()
        for part in ending:
            part.stop(grace_s)
