"""The endpoint as a process of its own, started by its command, for tests that kill it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import docker
from botocore.config import Config

from localcloud import waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_ecs import ECSClient

DEADLINE_S = 30.0
ROOT = Path(__file__).parents[2]


def wait_until(condition: Callable[[], Any], what: str, deadline: float = DEADLINE_S) -> Any:
    """Poll until `condition` answers something true, and answer that."""
    return waiting.until(condition, what, deadline)


class Ears(AbstractContextManager["Ears"]):
    """A receiver of events over HTTP; `heard` holds their details with the time of arrival."""

    def __init__(self) -> None:
        self.heard: list[tuple[float, dict[str, Any]]] = []
        self.refuse = False
        ears = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                event = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if not ears.refuse:
                    ears.heard.append((time.time(), event["detail"]))
                self.send_response(500 if ears.refuse else 200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def about(self, arn: str) -> list[dict[str, Any]]:
        return [detail for _, detail in self.heard if detail["taskArn"] == arn]


class Endpoint(AbstractContextManager["Endpoint"]):
    """`python -m localcloud.ecs` on a free port; a second `start` on the same folder is a restart."""

    def __init__(self, state: Path, runtime: str, *options: str) -> None:
        self.state = state
        self._options = ["--runtime", runtime, "--state-dir", str(state), "--cluster", "calloff", *options]
        self.start()

    def start(self) -> None:
        ready = self.state / "ready.json"
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "localcloud.ecs", "--port", "0", "--ready-file", str(ready)]
        with (self.state / "endpoint.log").open("ab") as log:
            self.process = subprocess.Popen([*command, *self._options], cwd=ROOT, stdout=log, stderr=log)
        wait_until(lambda: self.process.poll() is not None or ready.exists(), "the endpoint's start")
        assert self.process.poll() is None, (self.state / "endpoint.log").read_text()
        self.url = json.loads(ready.read_text())["url"]
        config = Config(retries={"total_max_attempts": 1}, read_timeout=10)
        self.ecs: ECSClient = boto3.client("ecs", "eu-west-1", endpoint_url=self.url, config=config)

    def crash(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(DEADLINE_S)

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is not None:
            self.start()  # whatever a crash left alive must not outlive the test
        self.end()

    def admin(self, path: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_localcloud/{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            content = answer.read()
            return json.loads(content) if answer.headers["content-type"] == "application/json" else content

    def word(self, arn: str) -> Any:
        return self.admin(f"tasks/{arn.rpartition('/')[2]}")

    def identity(self, arn: str) -> str:
        """The pid of a living task, or its container."""
        word = self.word(arn)
        assert word["alive"]
        found: str = word["containers"][0]["identity"]
        return found

    def define(self, *, stop_timeout: int = 30, image: str = "calloff/busybox:latest", **main: Any) -> None:
        container = {"name": "main", "image": image, "stopTimeout": stop_timeout, **main}
        self.ecs.register_task_definition(
            family="job",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="1024",
            memory="2048",
            containerDefinitions=[container],  # type: ignore[list-item]
        )

    def run(self, *command: str, **more: Any) -> str:
        override: dict[str, Any] = {"name": "main", "command": list(command)} if command else {"name": "main"}
        answer = self.ecs.run_task(
            cluster="calloff",
            taskDefinition="job",
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
            overrides={"containerOverrides": [override]},  # type: ignore[list-item]
            **more,
        )
        return answer["tasks"][0]["taskArn"]

    def stop(self, arn: str) -> None:
        self.ecs.stop_task(cluster="calloff", task=arn)

    def task(self, arn: str) -> Any:
        return self.ecs.describe_tasks(cluster="calloff", tasks=[arn])["tasks"][0]

    def until(self, arn: str, status: str) -> Any:
        def reached() -> Any:
            task = self.task(arn)
            return task if task["lastStatus"] == status else None

        return wait_until(reached, f"{arn} in {status}")

    def until_said(self, arn: str, words: bytes) -> None:
        name = arn.rpartition("/")[2]
        wait_until(lambda: words in self.admin(f"tasks/{name}/logs"), f"{words!r} in the log")


def alive(pid: int) -> bool:
    """Say whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return False


def ring(name: str) -> None:
    """Send SIGUSR1 to a pid or a container, past any endpoint."""
    if name.isdecimal():
        os.kill(int(name), signal.SIGUSR1)
        return
    client = docker.from_env()
    client.api.kill(name, "SIGUSR1")
    client.close()


def environment(endpoint: Endpoint) -> dict[str, str]:
    return {**os.environ, "AWS_ENDPOINT_URL_ECS": endpoint.url, "AWS_REGION": "eu-west-1"}
