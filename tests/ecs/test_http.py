"""The endpoint over HTTP, on simulated containers in real time."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from localcloud.ecs import Engine, Plan, Seconds, Settings, SystemClock
from localcloud.ecs.http import Server
from localcloud.ecs.runtimes.simulated import Behaviour, SimulatedRuntime
from tests.ecs.bench import CLUSTER, DEFINITION, RUN
from tests.ecs.endpoint import wait_until

HEADERS = {"content-type": "application/x-amz-json-1.1"}


@pytest.fixture
def server() -> Iterator[Server]:
    clock = SystemClock()
    engine = Engine(SimulatedRuntime(clock), clock=clock, settings=Settings(clusters=(CLUSTER,)))
    engine.open()
    engine.call("RegisterTaskDefinition", DEFINITION)
    server = Server(("127.0.0.1", 0), engine)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.closing.set()
    server.shutdown()
    thread.join()
    engine.close()
    server.server_close()
    clock.close()


def boto(server: Server, read_timeout: float = 10) -> Any:
    config = Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout)
    return boto3.client("ecs", "eu-west-1", endpoint_url=server.url, config=config)


def ask(server: Server, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    connection.request(method, path, None if body is None else json.dumps(body))
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, json.loads(content) if content.startswith(b"{") else content


def test_a_connection_serves_many_calls(server: Server) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    ids = set()
    for _ in range(50):
        target = {"x-amz-target": "AmazonEC2ContainerServiceV20141113.ListTasks", **HEADERS}
        connection.request("POST", "/", json.dumps({"cluster": CLUSTER}), target)
        answer = connection.getresponse()
        assert (answer.status, answer.headers["content-type"]) == (200, "application/x-amz-json-1.1")
        ids.add(answer.headers["x-amzn-requestid"])
        answer.read()
    connection.close()
    assert len(ids) == 50


def test_many_callers_at_once(server: Server) -> None:
    ecs = boto(server)
    with ThreadPoolExecutor(16) as pool:
        tokens = [f"t:{number % 20}" for number in range(100)]
        answers = list(pool.map(lambda token: ecs.run_task(**RUN, clientToken=token)["tasks"][0]["taskArn"], tokens))
    assert len(set(answers)) == 20
    assert len(server.engine.tasks()) == 20


def test_botocores_waiters_work(server: Server) -> None:
    ecs = boto(server)
    arn = ecs.run_task(**RUN)["tasks"][0]["taskArn"]
    quick = {"Delay": 0, "MaxAttempts": 1000}
    ecs.get_waiter("tasks_running").wait(cluster=CLUSTER, tasks=[arn], WaiterConfig=quick)
    ecs.stop_task(cluster=CLUSTER, task=arn)
    ecs.get_waiter("tasks_stopped").wait(cluster=CLUSTER, tasks=[arn], WaiterConfig=quick)


def test_a_call_that_is_not_answered_closes_its_connection(server: Server) -> None:
    status, _ = ask(server, "POST", "/_localcloud/faults", {"once": [{"on": "RunTask", "fault": "apply_then_timeout"}]})
    assert status == 200
    with pytest.raises(ConnectionClosedError):
        boto(server).run_task(**RUN)
    assert len(server.engine.tasks()) == 1


def test_a_call_may_hang_past_its_callers_patience(server: Server) -> None:
    server.engine.set_faults(Plan(calls={"RunTask:timeout": 1}, seconds=Seconds(hold=60)))
    with pytest.raises(ReadTimeoutError):
        boto(server, read_timeout=0.2).run_task(**RUN)
    assert server.engine.tasks() == []


def test_a_hanging_engine_answers_when_it_is_back(server: Server) -> None:
    ask(server, "POST", "/_localcloud/faults", {"paused": "hang"})
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(boto(server).list_tasks, cluster=CLUSTER)
        wait_until(lambda: server.engine._awake._waiters, "the call")  # type: ignore[attr-defined]
        assert not call.done()
        ask(server, "DELETE", "/_localcloud/faults")
        assert call.result(10)["taskArns"] == []


def test_health(server: Server) -> None:
    status, health = ask(server, "GET", "/_localcloud/health")
    assert status == 200
    assert (health["status"], health["runtime"], health["region"]) == ("ok", "simulated", "eu-west-1")


def test_faults_are_shown_merged_and_cleared(server: Server) -> None:
    ask(server, "POST", "/_localcloud/faults", {"seed": 7, "events": {"lost": 0.5}, "seconds": {"late": 9}})
    _, shown = ask(server, "POST", "/_localcloud/faults", {"once": [{"on": "start", "fault": "fail"}]})
    assert (shown["plan"]["seed"], shown["plan"]["events"]) == (7, {"lost": 0.5})
    assert shown["plan"]["seconds"]["late"] == 9
    assert len(shown["plan"]["once"]) == 1
    assert ask(server, "GET", "/_localcloud/faults")[1] == shown

    _, calm = ask(server, "DELETE", "/_localcloud/faults")

    assert calm["plan"]["events"] == {}
    assert calm["plan"]["once"] == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "faults", {"unheard": 1}, 400),
        ("POST", "faults", {"calls": {"RunTask:unheard": 1}}, 400),
        ("POST", "faults", [], 400),
        ("POST", "faults", {"seconds": None}, 400),
        ("POST", "faults", {"seconds": [1]}, 400),
        ("POST", "faults", {"once": [{"on": "RunTask"}]}, 400),
        ("GET", "tasks/unknown", None, 404),
        ("GET", "tasks/unknown/logs", None, 404),
        ("POST", "tasks/unknown/interrupt", {}, 404),
        ("GET", "tasks/logs", None, 404),
        ("POST", "tasks/interrupt", {}, 404),
        ("GET", "unheard", None, 404),
        ("DELETE", "tasks", None, 404),
    ],
)
def test_an_admin_route_refuses_nonsense(server: Server, method: str, path: str, body: Any, status: int) -> None:
    found, words = ask(server, method, f"/_localcloud/{path}", body)
    assert found == status
    assert words["error"]


def test_a_path_that_is_none_of_ours_is_a_404(server: Server) -> None:
    assert ask(server, "GET", "/")[0] == 404


def test_the_runtimes_own_word(server: Server) -> None:
    arn = boto(server).run_task(**RUN, startedBy="me")["tasks"][0]["taskArn"]
    name = arn.rpartition("/")[2]
    boto(server).get_waiter("tasks_running").wait(
        cluster=CLUSTER, tasks=[arn], WaiterConfig={"Delay": 0, "MaxAttempts": 1000}
    )
    _, word = ask(server, "GET", f"/_localcloud/tasks/{name}")
    assert (word["taskArn"], word["startedBy"], word["alive"]) == (arn, "me", True)
    assert ask(server, "GET", "/_localcloud/tasks")[1]["tasks"] == [word]
    assert ask(server, "GET", f"/_localcloud/tasks/{name}/logs") == (200, b"")


def test_an_interruption_by_aws(server: Server) -> None:
    runtime = server.engine._runtime
    assert isinstance(runtime, SimulatedRuntime)
    runtime.script = lambda _: Behaviour(stops=None)
    arn = boto(server).run_task(**RUN)["tasks"][0]["taskArn"]
    name = arn.rpartition("/")[2]
    _, word = ask(server, "POST", f"/_localcloud/tasks/{name}/interrupt", {})
    assert word["desiredStatus"] == "STOPPED"
    task = boto(server).describe_tasks(cluster=CLUSTER, tasks=[arn])["tasks"][0]
    assert task["stopCode"] == "SpotInterruption"


def test_a_body_that_is_too_large_is_refused(server: Server) -> None:
    status, _ = ask(server, "POST", "/", {"x": "y" * (1 << 20)})
    assert status == 413


@pytest.mark.parametrize("length", ["abc", "-5", "1e3", "", "9" * 5000])
def test_a_length_that_is_no_number_is_refused(server: Server, length: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    connection.request("POST", "/_localcloud/faults", None, {"content-length": length})
    answer = connection.getresponse()
    assert (answer.status, b"Content-Length" in answer.read()) == (400, True)
    connection.close()
    assert ask(server, "GET", "/_localcloud/health")[0] == 200
