"""The functions of the stand, called one by one as Lambda calls them, with what each of them is told; their calls kept.

The code runs in this process. Its AWS is the emulator, where the stand is; its ECS is the endpoint in this process.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3
import pytest

import app
from chalicelib import bootstrap
from chalicelib.aws import clients
from chalicelib.aws.items import to_item
from chalicelib.canary import OWNER
from chalicelib.config import Settings, load
from chalicelib.fargate import placement, task_definition
from chalicelib.lifecycle import Status
from chalicelib.policies import Policies
from chalicelib.ports import Ports
from chalicelib.task import Task
from localcloud.ecs import Arns, Engine, inprocess
from localcloud.ecs import HeldClock as EngineClock
from localcloud.ecs import Settings as EngineSettings
from localcloud.ecs.runtimes.simulated import SimulatedRuntime
from tests.doubles.api import Answer, Context, request, wired
from tests.doubles.clock import HeldClock
from tests.doubles.examples import SPEC, a_task
from tests.doubles.reports import described, event
from tests.infra.permits import Request
from tests.infra.reach import PORTS
from tests.infra.requests_of import ACCOUNT, REGION, requests_of
from tests.infra.stand import Stand

METHOD = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:a1b2c3d4e5/api/GET/tasks"
NOTHING: Mapping[str, str] = {}
API = "app"
"""The handler behind the API."""
REPORTED = {Status.STARTING: ("running", 9), Status.CANCELLING: ("deprovisioning", 12)}
"""What ECS reports next of a task's container, and at which version, by the task's status."""


class Watched:
    """A port that notes which of its methods are called."""

    def __init__(self, port: object, note: Callable[[str], None]) -> None:
        self._port = port
        self._note = note

    def __getattr__(self, method: str) -> Any:
        self._note(method)
        return getattr(self._port, method)


class Stage:
    """Where handlers act. `calls` and `methods` hold what each handler asked for, while it was acting."""

    def __init__(self, stand: Stand, patch: pytest.MonkeyPatch) -> None:
        self.calls: dict[str, set[str]] = defaultdict(set)
        self.requests: dict[str, list[Request]] = defaultdict(list)
        self.methods: dict[str, set[str]] = defaultdict(set)
        self._stand = stand
        self._acting: str | None = None
        self._roles: list[str] = []
        self._during: list[tuple[str, Callable[[], object]]] = []
        self._patch = patch
        self._sessions()
        self.clear()

    def _sessions(self) -> None:
        """Let every client that is made from now on tell what it calls, and find ECS here."""
        session = boto3.Session()
        session.events.register("before-parameter-build", self._called)
        session.events.register("before-send.ecs", self._ecs)
        self._patch.setattr(boto3, "DEFAULT_SESSION", session)
        self._patch.setenv("AWS_ENDPOINT_URL", self._stand.endpoint)
        for made in vars(clients).values():
            if hasattr(made, "cache_clear"):
                made.cache_clear()

    def _called(self, params: dict[str, Any], model: Any, **_: object) -> None:
        if self._acting is not None:
            service, operation = model.service_model.signing_name, model.name
            self.calls[self._acting].add(f"{service}:{operation}")
            self.requests[self._acting] += requests_of(service, operation, params, self._roles)

    def _ecs(self, request: Any, **rest: Any) -> Any:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        for each in [each for each in self._during if each[0] == operation][:1]:
            self._during.remove(each)
            self._act(None, each[1])
        return inprocess._serve(self.engine, request, **rest)

    def clear(self) -> None:
        """Forget all tasks, and all definitions: those in the table, and those of ECS."""
        self.clock, self._engine_clock = HeldClock(), EngineClock()
        client, table = self._stand.client("dynamodb"), self._stand.names["Table"]
        for item in client.scan(TableName=table)["Items"]:
            client.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
        self.forget_definitions()

    def forget_definitions(self) -> None:
        """Let ECS be as on its first day."""
        of = EngineSettings(arns=Arns(REGION, ACCOUNT), clusters=(self._stand.names["Cluster"],))
        self.engine = Engine(SimulatedRuntime(self._engine_clock), settings=of, clock=self._engine_clock)
        self.engine.open()

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self._engine_clock.advance(seconds)

    def during(self, operation: str, action: Callable[[], object]) -> None:
        """Do something while the next call of this operation of ECS is under way."""
        self._during.append((operation, action))

    # -- acting

    def settings(self, handler: str = API, **more: str) -> Settings:
        told = {**os.environ, **self._stand.variables(handler), **more}
        return load(told)

    @contextmanager
    def acting(self, handler: str, **more: str) -> Iterator[Ports]:
        """Be a new process of this function."""
        settings = self.settings(handler, **more)
        bootstrap.firings.cache_clear()
        self._roles = [settings.execution_role_arn, settings.task_role_arn]
        ports = replace(bootstrap.wire(settings), clock=self.clock)
        watched = {
            name: Watched(getattr(ports, name), partial(self._noted, handler, name)) for name in self._has(ports)
        }
        with wired(replace(ports, **watched)):
            yield ports

    @staticmethod
    def _has(ports: Ports) -> list[str]:
        return [name for name in PORTS if hasattr(ports, name)]

    def _noted(self, handler: str, port: str, method: str) -> None:
        if self._acting == handler:
            self.methods[handler].add(f"{port}.{method}")

    def _act(self, handler: str | None, deed: Callable[[], Any]) -> Any:
        before, self._acting = self._acting, handler
        try:
            return deed()
        finally:
            self._acting = before

    def handler(self, handler: str, given: Mapping[str, Any], **more: str) -> Any:
        """Call a handler as Lambda does."""
        with self.acting(handler, **more):
            return self._act(handler, lambda: getattr(app, handler)(given, Context()))

    def packaged(self, policies: Policies) -> None:
        """Let the package have these policies."""
        self._patch.setattr(app, "packaged", lambda: policies)

    def api(
        self, method: str, target: str, body: object = None, told: Mapping[str, str] = NOTHING, **more: Any
    ) -> Answer:
        """Send a request to the API, whose function is `told` more than on the stand."""
        with self.acting(API, **told):
            return self._act(API, lambda: request(method, target, body, **more))

    def authorize(self, token: str, **told: str) -> dict[str, Any]:
        """Let the authorizer read a token."""
        bootstrap.signing_keys.cache_clear()
        asked = {"type": "TOKEN", "authorizationToken": f"Bearer {token}", "methodArn": METHOD}
        return self.handler("authorize", asked, CALLOFF_AUTH="jwt", **told)

    def secret(self, name: str, value: str) -> str:
        """Make a secret of the operator's; its ARN."""
        return self._stand.client("secretsmanager").create_secret(Name=name, SecretString=value)["ARN"]

    # -- what is there beforehand

    def put(self, status: Status, **parts: Any) -> Task:
        """Put a record, whose container, if it has one, ECS does not know."""
        settings = self.settings()
        where = placement(task_definition(SPEC, 30, settings), settings)
        arn = self.engine.settings.arns.of("task", f"{self._stand.names['Cluster']}/{'0' * 32}")
        known = {"ecs_arn": arn} if a_task(status).ecs_arn else {}
        task = a_task(status, **{"placement": where, **known, **parts})
        self._stand.client("dynamodb").put_item(TableName=settings.table, Item=to_item(task))
        return task

    def submitted(self, **fields: Any) -> Task:
        """Submit a task; its container comes up."""
        body = {"image": "busybox", "command": ["sleep", "60"], **fields}
        with self.acting(API):
            answer = self._act(None, lambda: request("POST", "/tasks", body))
        return self.task(answer)

    def task(self, answer: Answer) -> Task:
        """The record of the task that was answered."""
        assert answer.status == 201, answer
        with self.acting(API) as ports:
            task = ports.store.get(answer.json["id"])
        assert isinstance(task, Task)
        return task

    def tasks(self, owner: str) -> Sequence[Task]:
        """The owner's newest tasks."""
        with self.acting(API) as ports:
            return ports.store.page(owner, 10, None).tasks

    def cancels(self, task: Task) -> Callable[[], object]:
        """An admin cancels the task, unheard."""

        def cancel() -> None:
            with self.acting(API):
                assert request("DELETE", f"/tasks/{task.id}", caller="admin").status in {200, 202}

        return cancel

    def report(self, task: Task, name: str, **fields: Any) -> None:
        """Hand in ECS's event of the task's container."""
        mark = f"calloff/{self._stand.variables(API)['CALLOFF_DEPLOYMENT']}/{task.id}/{task.attempt}"
        detail = described(name, **{"taskArn": task.ecs_arn, "startedBy": mark, "version": 9, **fields})
        detail["clusterArn"] = self.settings().cluster
        self.handler("ecs_task_changed", event(detail))

    def flies(self, **told: str) -> None:
        """Let the canary fly; while it waits, ECS reports what becomes of its containers."""

        def waiting(seconds: float) -> None:
            self.advance(seconds)
            for task in self._act(None, lambda: self.tasks(OWNER)):
                if task.ecs_arn and task.status in REPORTED:
                    name, version = REPORTED[task.status]
                    self.report(task, name, version=version)

        # The emulator's timers go by the time of day: the canary's would find it overdue.
        self.clock = HeldClock(datetime.now(UTC))
        self.clock.sleep = waiting
        self.handler("canary", {}, **told)

    def brought(self, task: Task, **more: str) -> Any:
        """Let the launch queue bring the task."""
        record = {"messageId": "1", "body": task.id, "receiptHandle": "r", "attributes": {}, "messageAttributes": {}}
        return self.handler("relaunch", {"Records": [record]}, **more)
