"""What can go wrong on the stage: workers that die, writes that repeat, requests that are lost, containers that end."""

from typing import Any

import msgspec
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from chalicelib.fargate import run_request
from localcloud.ecs import Once
from localcloud.ecs.faults import NO_CAPACITY
from localcloud.ecs.runtimes.port import Key
from localcloud.ecs.runtimes.simulated import Behaviour
from tests.doubles.containers import Act, Script, after, before
from tests.doubles.wire import Step
from tests.fence.gate import Held, die, lose
from tests.fence.stage import CLUSTER, Stage


class Trouble(Stage):
    """The stage, and what a test can do to those on it."""

    # -- to the workers

    def script(self, name: str, *scripts: Script) -> None:
        """Script the next calls of this name at the gate."""
        self.gate.script(name, *scripts)

    def meanwhile(self, name: str, event: Act) -> None:
        """Let something happen before the next call of this name is carried out: its worker lies still so long."""
        self.script(name, before(event))

    def and_then(self, name: str, event: Act) -> None:
        """Let something happen when the next call of this name has been carried out, before its worker goes on."""
        self.script(name, after(event))

    def configure(self, **changes: Any) -> None:
        """Deploy other settings."""
        self.settings = msgspec.structs.replace(self.settings, **changes)

    def dies_before(self, name: str) -> None:
        """Let the next worker that makes this call die before it is carried out."""
        self.script(name, before(die))

    def dies_after(self, name: str) -> None:
        """Let the next worker that makes this call die when it has been carried out."""
        self.script(name, after(die))

    def answers_500(self, name: str) -> None:
        """Carry the next write of this name out, and answer that the store is not available."""
        self.script(name, after(lose))

    def delays(self, name: str) -> Held:
        """Let the next call of this name be on its way when its worker dies."""
        held = Held(carried_out=False)
        self.script(name, held)
        return held

    def repeats(self, name: str) -> Held:
        """Carry the next write of this name out; it arrives once more when the test says so. Nobody hears of it."""
        held = Held(carried_out=True, then=lose)
        self.script(name, held)
        return held

    # -- to the requests

    def fault(self, operation: str, fault: str, times: int = 1, **parts: Any) -> None:
        """Let the next calls of ECS's operation that nothing is lined up for go wrong."""

        def step(request: AWSPreparedRequest) -> AWSResponse:
            self.engine.add_faults(Once(on=operation, fault=fault, **parts))
            return self.wire.carry_out(request)

        self.answer(operation, *[step] * times)

    def answer(self, operation: str, *steps: Step) -> None:
        """Answer the next requests of ECS's operation that nothing is lined up for on their way to the engine."""
        self.wire.steps[operation] += steps

    def carried_out_then(self, step: Step) -> Step:
        """Let the engine carry a request out, and answer it with `step`."""

        def do(request: AWSPreparedRequest) -> AWSResponse | None:
            self.wire.carry_out(request)
            return step(request)

        return do

    # -- to the containers

    def behave(self, **behaviour: Any) -> None:
        """Say what the containers do that start from now on."""
        self.runtime.script = lambda _: Behaviour(**behaviour)

    def exit(self, arn: str, code: int = 0) -> None:
        """Let a container end by itself; ECS calls it STOPPED half a minute later."""
        self.runtime.exit(Key(arn.rpartition("/")[2], "main"), code)
        self.look()

    def stop_as_somebody_else(self, arn: str) -> None:
        """Stop a container behind Calloff's back."""
        self.engine.call("StopTask", {"cluster": CLUSTER, "task": arn, "reason": "by hand"})
        self.look()

    def fails_to_start(self, reason: str = NO_CAPACITY) -> None:
        """Let the next container never come to run: ECS takes the launch, and says so later."""
        self.engine.add_faults(Once(on="start", fault="fail", reason=reason))

    def stranger(self, key: str = "one", attempt: int = 1, **parts: Any) -> str:
        """Launch another container with the task's mark, as nobody of us does; answer its ARN."""
        request = run_request(msgspec.structs.replace(self.record(key), attempt=attempt), self.settings.deployment, "")
        del request["clientToken"]
        arn: str = self.engine.call("RunTask", request | parts)["tasks"][0]["taskArn"]
        self.watch.strangers.add(arn)
        self.look()
        return arn
