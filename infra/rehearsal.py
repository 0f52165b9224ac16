"""The rehearsal: the package for AWS, deployed to an emulator, with real containers. ``python -m infra.rehearsal``.

Template, zip, state machine and rules are those that AWS gets. What the emulator lacks is made up for in
``local_overrides.py`` (the template) and ``carrier.py`` (the events of AWS's own services).
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from infra import emulator
from infra.carrier import Carrier
from infra.local_overrides import architecture
from infra.package import package
from infra.parameters import Choice
from localcloud import aws, ecs_endpoint, engine, ministack, ports
from localcloud.folder import Folder
from localcloud.keeper import Keeper
from localcloud.signals import AskedToEnd, ending_cleanly
from localcloud.trouble import LocalCloudError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.part import Part

DEPLOYMENT = "rehearsal"
CHOICE = Choice(stage="dev", architecture=architecture())
"""What is packaged: what AWS gets, but for this machine's processor."""
READY_S = 30.0


@dataclass(frozen=True)
class Rehearsed:
    """What runs, and where."""

    aws: str
    ecs: str
    engine: engine.Engine
    folder: Path
    """Of the logs."""
    deployed: emulator.Deployed

    @property
    def variables(self) -> dict[str, str]:
        """With which boto3 and the AWS CLI find it."""
        return aws.Endpoints(self.deployed.url, "", self.aws, self.ecs).variables


@contextmanager
def rehearsal(folder: Path, runtime: str = "auto", endpoint: str | None = None) -> Iterator[Rehearsed]:
    """Deploy the package that is in the folder, and end everything in the end, containers included.

    `endpoint` is an emulator that runs already, compatible with LocalStack; without it, one is started.
    Raises ``LocalCloudError``, or ``botocore.exceptions.WaiterError`` when the stack cannot be made.
    """
    with ExitStack() as ending:
        keeper = Keeper()
        ending.callback(keeper.close)
        own = Folder(None, keeper)
        ending.callback(own.close)
        at = Parts(own.path, keeper, ending)
        address = endpoint or at.emulator()
        carrier = ending.enter_context(Carrier(address))
        chosen = engine.choose(runtime)
        ecs = at.ecs(chosen, carrier.url)
        deployed = emulator.deploy(folder, DEPLOYMENT, address, ecs, auth="iam")
        yield Rehearsed(address, ecs, chosen, own.path, deployed)


@dataclass(frozen=True)
class Parts:
    """Starts the processes that it takes."""

    folder: Path
    keeper: Keeper
    ending: ExitStack

    def emulator(self) -> str:
        """Start MiniStack; give its address."""
        [port] = ports.free(1)
        part = ministack.part(port, self.folder, aws.clean(os.environ), self.keeper)
        return self._served(part, port, ministack.GRACE_S)

    def ecs(self, chosen: engine.Engine, events: str) -> str:
        """Start ECS; give its address."""
        [port] = ports.free(1)
        setup = ecs_endpoint.Setup(port, chosen, events)
        part = ecs_endpoint.part(setup, self.folder, aws.clean(os.environ), self.keeper)
        return self._served(part, port, ecs_endpoint.GRACE_S)

    def _served(self, part: Part, port: int, grace_s: float) -> str:
        part.start()
        self.ending.callback(part.stop, grace_s)
        part.wait_ready(lambda: ports.taken(port), READY_S)
        return f"http://{ports.HOST}:{port}"


def localstack() -> str | None:
    """Tell the address of the LocalStack that `LOCALSTACK_HOST` names; None where it names none."""
    if not os.environ.get("LOCALSTACK_HOST"):
        return None
    from localstack_client.config import get_service_endpoint

    found: str = get_service_endpoint("cloudformation")
    return found


def main() -> int:
    """Deploy, say where, and serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description="Deploy the package to an emulator, and serve it")
    parser.add_argument("folder", type=Path, help="where the package is made")
    folder = parser.parse_args().folder
    package(CHOICE, folder)
    try:
        with ending_cleanly(), rehearsal(folder, os.environ.get("CALLOFF_RUNTIME", "auto"), localstack()) as running:
            tell(running)
            signal.pause()
    except AskedToEnd:
        print("Stopped. Nothing is left running.")
    except LocalCloudError as error:
        print(f"The rehearsal cannot go on: {error}", file=sys.stderr)
        return 1
    return 0


def tell(running: Rehearsed) -> None:
    """Print what another terminal needs to know."""
    print("The stack is deployed. Ctrl-C ends it and every container of it.\n")
    for name, value in {"API": running.deployed.url, **running.deployed.outputs}.items():
        print(f"  {name:<20} {value}")
    exports = " ".join(f"{name}={value}" for name, value in running.variables.items())
    print(f"\nThe AWS CLI and boto3 find it by:\n\n  export {exports}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
