"""The package, deployed by CloudFormation: one task submitted and cancelled through API Gateway and Lambda.

Containers are real process groups of the local ECS endpoint, so that this runs without an engine.
"""

import json
import os
import queue
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from infra import emulator, local_overrides
from localcloud import aws, engine, ministack, ports
from localcloud.keeper import Keeper
from localcloud.part import Part

ALICE = {"Authorization": "Bearer alice"}
DEADLINE_S = 30
READY_S = 30
STOP_S = 15


class EventBus:
    """Takes ECS's events, which nobody may put on the emulator's bus (`aws.*`), and acts as the stack's rule does."""

    def __init__(self, endpoint: str) -> None:
        self.events: queue.SimpleQueue[dict] = queue.SimpleQueue()
        self._rules = aws.client("events", endpoint)
        self._functions = aws.client("lambda", endpoint)

    def deliver(self, rule: str) -> None:
        """Wait for one event, and hand it to the rule's target if the rule wants it."""
        event = self.events.get(timeout=DEADLINE_S)
        pattern = self._rules.describe_rule(Name=rule)["EventPattern"]
        if self._rules.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"]:
            for target in self._rules.list_targets_by_rule(Rule=rule)["Targets"]:
                answer = self._functions.invoke(FunctionName=target["Arn"], Payload=json.dumps(event))
                assert "FunctionError" not in answer, answer["Payload"].read()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("smoke")


@pytest.fixture(scope="module")
def keeper() -> Iterator[Keeper]:
    keeper = Keeper()
    yield keeper
    keeper.close()


@pytest.fixture(scope="module")
def aws_url(no_account, folder, keeper) -> Iterator[str]:
    [port] = ports.free(1)
    yield from served(ministack.part(port, folder, aws.clean(os.environ), keeper), port, ministack.GRACE_S)


@pytest.fixture(scope="module")
def bus(aws_url) -> Iterator[tuple[EventBus, str]]:
    bus = EventBus(aws_url)

    class Inbox(BaseHTTPRequestHandler):
        def do_POST(self):
            bus.events.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer((ports.HOST, 0), Inbox) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield bus, f"http://{ports.HOST}:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def ecs_url(bus, folder, keeper) -> Iterator[str]:
    [port] = ports.free(1)
    state = folder / "ecs"
    options = ["--port", str(port), "--region", aws.REGION, "--runtime", "process", "--state-dir", str(state)]
    command = [sys.executable, "-m", "localcloud.ecs", *options, "--event-url", bus[1]]
    part = Part("ecs", command, aws.clean(os.environ), folder / "ecs.log", keeper)
    yield from served(part, port, STOP_S)


def served(part, port, grace_s) -> Iterator[str]:
    part.start()
    part.wait_ready(lambda: ports.taken(port), READY_S)
    yield f"http://{ports.HOST}:{port}"
    part.stop(grace_s)


@pytest.fixture(scope="module")
def stack(built, aws_url, ecs_url) -> emulator.Deployed:
    return emulator.deploy(built.zip_path.parent, "smoke", aws_url, ecs_url)


@pytest.fixture
def api(stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.url, headers=ALICE, timeout=DEADLINE_S) as client:
        yield client


def test_a_cancelled_task_is_proven_dead_through_gateway_lambda_and_rule(api, bus, stack, ecs_url):
    submitted = api.post("/tasks", json={"image": "example", "command": ["sleep", "600"], "stop_timeout": 2})
    assert submitted.status_code == 201, submitted.text
    where = f"/tasks/{submitted.json()['id']}"

    cancelled = api.post(f"{where}/cancel", json={"reason": "smoke test"})
    assert cancelled.status_code == 202, cancelled.text
    assert cancelled.json()["status"] == "cancelling"

    task = wait_for_the_end(api, where, bus[0], stack.names["EcsTaskChangedEcsTaskChangedEvent"])
    assert task["status"] == "cancelled"
    assert task["termination"]["proof"] == "ecs_event"
    assert containers(ecs_url, stack) == ["STOPPED"]


def test_the_state_machine_cancels_what_does_not_come_to_run_in_time(api, bus, stack):
    body = {"image": "example", "command": ["sleep", "600"], "stop_timeout": 2, "queue_timeout": 1}
    where = f"/tasks/{api.post('/tasks', json=body).json()['id']}"
    deadline = time.monotonic() + DEADLINE_S
    # ECS's events are held back, so for all that Calloff knows it does not run.
    while (task := api.get(where).json())["status"] == "starting":
        assert time.monotonic() < deadline, task
    assert task["cancellation"]["cause"] == "queue_timeout"

    task = wait_for_the_end(api, where, bus[0], stack.names["EcsTaskChangedEcsTaskChangedEvent"])
    assert (task["status"], task["termination"]["proof"]) == ("cancelled", "ecs_event")


def wait_for_the_end(api, where, bus, rule) -> dict:
    deadline = time.monotonic() + DEADLINE_S
    while (task := api.get(where).json())["status"] == "cancelling":
        assert time.monotonic() < deadline, task
        bus.deliver(rule)
    return task


def containers(ecs_url, stack) -> list[str]:
    ecs, cluster = aws.client("ecs", ecs_url), stack.outputs["ClusterArn"]
    listed = ecs.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"]
    described = ecs.describe_tasks(cluster=cluster, tasks=listed)["tasks"]
    return [container["lastStatus"] for task in described for container in task["containers"]]


def test_anybody_may_ask_whether_it_answers(stack):
    answer = httpx.get(f"{stack.url}/healthz", timeout=DEADLINE_S)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/tasks/00000000-0000-4000-8000-000000000000", 404),
        ("GET", "/no/such/route", 404),
        ("PATCH", "/tasks", 405),
        ("POST", "/tasks", 400),
    ],
)
def test_errors_are_problem_documents_behind_the_gateway_too(api, method, path, status):
    answer = api.request(method, path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_the_emulator_gets_the_template_for_aws_but_for_code_and_what_stands_for_ecs(built):
    ours = local_overrides.adapted(built.template(), "s3://code/deployment.zip", "http://127.0.0.1:1")
    variables = ours["Globals"]["Function"]["Environment"]["Variables"]
    assert variables.pop("AWS_ENDPOINT_URL_ECS") == "http://127.0.0.1:1"
    assert variables.pop("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS") == "http://127.0.0.1:1"
    assert variables.pop("CALLOFF_CANARY_IMAGE") == engine.IMAGE
    for resource in ours["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "./deployment.zip"
    assert ours == built.template()


@pytest.mark.parametrize("path", ["/healthz", "/openapi.json", "/docs", "/docs/docs.js"])
def test_what_is_open_to_all_is_served_with_a_tag_and_head_keeps_the_connection(stack, path):
    with httpx.Client(base_url=stack.url, timeout=DEADLINE_S) as nobody:
        head, got = nobody.head(path), nobody.get(path)
        assert (head.status_code, head.content, got.status_code) == (200, b"", 200)
        assert head.headers["content-type"] == got.headers["content-type"]
        assert head.headers.get("etag") == got.headers.get("etag")
        if etag := got.headers.get("etag"):
            spared = nobody.get(path, headers={"If-None-Match": etag})
            assert (spared.status_code, spared.content) == (304, b"")


def test_a_location_names_the_stage(api, stack):
    submitted = api.post("/tasks", json={"image": "example", "command": ["true"]})
    assert submitted.headers["Location"] == f"/{emulator.STAGE}/tasks/{submitted.json()['id']}"
