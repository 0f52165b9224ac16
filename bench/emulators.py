"""MiniStack and the ECS endpoint with simulated containers, and Calloff in this process, wired to them as to AWS."""

from __future__ import annotations

import io
import json
import os
import queue
import sys
import tempfile
import threading
import urllib.request
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcloud import aws, ministack, ports, resources
from localcloud.gateway import Gateway, Matched
from localcloud.keeper import Keeper
from localcloud.lambda_context import LambdaContext
from localcloud.part import Part
from localcloud.wsgi import HttpRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chalicelib.sweep import Swept

READY_S = 60.0
NOBODY = f"http://{ports.HOST}:9"
"""Where timers and the launch queue would hand over; here the program does it itself."""
HEARD_S = 20.0
SETTINGS = {
    "CALLOFF_AUTH": "local",
    "CALLOFF_SUBNETS": "subnet-00000000000000000",
    "CALLOFF_SECURITY_GROUPS": "sg-00000000000000000",
    # The switches are read once in a while for all the requests of a process: not part of an operation's cost.
    "CALLOFF_SETTINGS_CACHE_S": "86400",
}
BODY = {
    "image": "calloff/busybox:latest",
    "command": ["sh", "-c", "python train.py --epochs 20 --input s3://bucket/input --output s3://bucket/output"],
    "environment": {"STAGE": "production", "LOG_LEVEL": "info"},
    "labels": {"project": "search", "team": "ranking"},
}
"""A task as somebody may submit it."""


@dataclass
class Answer:
    """What the API answered."""

    status: int
    document: dict[str, Any]


@dataclass
class Calloff:
    """The application in this process, called as API Gateway and EventBridge call it."""

    app: Any
    clients: dict[str, Any]
    ecs: str
    """URL of the ECS endpoint."""
    heard: queue.Queue[dict[str, Any]] = field(default_factory=queue.Queue)
    """Events of ECS that nobody has handed in."""

    def __post_init__(self) -> None:
        self._gateway = Gateway(self.app.routes, self.app.api.binary_types)

    def event(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Make the event of a request by alice."""
        headers = (("Authorization", "Bearer alice"), ("Content-Type", "application/json"), ("Host", "localhost"))
        content = json.dumps(body).encode() if body is not None else b""
        matched = self._gateway.match(method, path)
        assert isinstance(matched, Matched), path
        return self._gateway.event(HttpRequest(method, path, "", headers, content, "127.0.0.1"), matched)

    def handle(self, event: dict[str, Any]) -> Any:
        """Let the function answer an event of the API."""
        return self.app(event, LambdaContext("api", 30))

    def request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """Send a request."""
        answer = self.handle(self.event(method, path, body))
        return Answer(answer["statusCode"], json.loads(answer["body"]))

    def submit(self, **more: Any) -> dict[str, Any]:
        """Submit `BODY`; answer the task."""
        answer = self.request("POST", "/tasks", {**BODY, **more})
        assert answer.status == HTTPStatus.CREATED, answer
        return answer.document

    def hand_in(self, task_id: str, status: str) -> None:
        """Wait until ECS tells that the task's container has this status, and hand that event in."""
        while True:
            event = self.heard.get(timeout=HEARD_S)
            if f"/{task_id}/" in event["detail"]["startedBy"] and event["detail"]["lastStatus"] == status:
                self.app_handler("ecs_task_changed")(event, LambdaContext("ecs_task_changed", 30))
                return

    def running(self, **more: Any) -> dict[str, Any]:
        """Submit a task, and hand in that it runs."""
        task = self.submit(**more)
        self.hand_in(task["id"], "RUNNING")
        return task

    def app_handler(self, name: str) -> Any:
        """Find a handler that is no route, by its name."""
        return self.app.handler_map[name]

    def interrupt(self, task_id: str) -> None:
        """Let AWS end the task's container, as it does on Spot."""
        from chalicelib import bootstrap

        record: Any = bootstrap.ports().store.get(task_id)
        self._tell_ecs(f"tasks/{record.ecs_arn.rpartition('/')[2]}/interrupt", {})

    def fault(self, *once: dict[str, Any]) -> None:
        """Let the next calls of ECS go wrong."""
        self._tell_ecs("faults", {"once": once})

    def _tell_ecs(self, route: str, body: Mapping[str, Any]) -> None:
        url = f"{self.ecs}/_localcloud/{route}"
        urllib.request.urlopen(url, json.dumps(body).encode(), timeout=5).close()  # noqa: S310 - loopback

    def sweep(self) -> Swept:
        """Sweep once; the metrics, lines on standard output, go nowhere."""
        from chalicelib import bootstrap
        from chalicelib.sweep import sweep

        with redirect_stdout(io.StringIO()):
            return sweep(bootstrap.ports())

    @property
    def settings(self) -> Any:
        """Calloff's settings."""
        from chalicelib import bootstrap

        return bootstrap.settings()


@contextmanager
def emulated(*, hears: bool = True, **settings: str) -> Iterator[Calloff]:
    """Start all of it, with these `settings` (`CALLOFF_…`). To be entered once a process: Calloff reads them once.

    Without `hears`, ECS tells nobody of its events, which would disturb a measurement in this process.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="calloff-bench-")))
        keeper = Keeper()
        stack.callback(keeper.close)
        heard: queue.Queue[dict[str, Any]] = queue.Queue()
        urls = [stack.enter_context(_listening(heard))] if hears else []
        found = _start(stack, keeper, folder, urls)
        for name in [name for name in os.environ if name.startswith(("AWS_", "CALLOFF_"))]:
            del os.environ[name]
        os.environ.update(SETTINGS | found | settings)
        yield _calloff(found["AWS_ENDPOINT_URL_ECS"], heard)


def _start(stack: ExitStack, keeper: Keeper, folder: Path, event_urls: list[str]) -> dict[str, str]:
    clean, (emulator, ecs) = aws.clean(os.environ), ports.free(2)
    argv = [sys.executable, "-m", "localcloud.ecs", "--runtime", "simulated", "--port", str(ecs)]
    argv += ["--region", aws.REGION, "--account", aws.ACCOUNT, "--cluster", resources.CLUSTER]
    argv += [word for url in event_urls for word in ("--event-url", url)]
    endpoint = Part("ecs", argv, clean, folder / "ecs.log", keeper)
    parts = [(ministack.part(emulator, folder, clean, keeper), emulator), (endpoint, ecs)]
    for part, port in parts:
        part.start()
        stack.callback(part.stop, ministack.GRACE_S)
        part.wait_ready(partial(ports.taken, port), READY_S)
    urls = [f"http://{ports.HOST}:{port}" for port in (emulator, ecs)]
    endpoints = aws.Endpoints(NOBODY, NOBODY, *urls)
    return clean | endpoints.variables | resources.Stack(endpoints).create().variables


def _calloff(ecs: str, heard: queue.Queue[dict[str, Any]]) -> Calloff:
    import logging

    from app import app
    from chalicelib import bootstrap
    from chalicelib.aws import clients

    logging.disable(logging.CRITICAL)
    settings = bootstrap.settings()
    made = {each.__name__: each(settings) for each in (clients.dynamodb, clients.ecs, clients.stepfunctions)}
    return Calloff(app, made, ecs, heard)


@contextmanager
def _listening(heard: queue.Queue[dict[str, Any]]) -> Iterator[str]:
    """Take events in, at the URL that is answered."""

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((ports.HOST, 0), Ear)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{ports.HOST}:{server.server_port}/"
    finally:
        server.shutdown()
