"""The two WSGI fronts around a small Chalice application: HTTP in, HTTP out."""

import json
import os
import subprocess
import sys
import textwrap

import pytest
from chalice import Chalice, Response
from werkzeug.test import Client

from localcloud import wsgi
from localcloud.front import ApiFront
from localcloud.part import ROOT
from localcloud.receiver import EventReceiver

# An empty list switches off Chalice's own check of the media type.
ANY: list[str] = []


def small_app() -> Chalice:
    app = Chalice(app_name="small")

    @app.route("/echo/{name}", methods=["GET", "HEAD", "POST"], content_types=ANY)
    def echo(name):
        body = app.current_request.raw_body
        return Response({"name": name, "size": len(body)}, headers={"X-One": "1", "X-Many": ["1", "2"]})

    @app.route("/picture", methods=["GET"])
    def picture():
        return Response(b"\x89PNG", headers={"Content-Type": "image/png"})

    @app.on_cw_event({"source": ["aws.ecs"]})
    def heard(event):
        if event.detail.get("broken"):
            raise ValueError("broken")
        return {"detail": event.detail, "left_ms": event.context.get_remaining_time_in_millis()}

    @app.lambda_function()
    def plain(event, context):
        return [event, context.function_name, context.invoked_function_arn.rpartition(":")[2]]

    return app


@pytest.fixture
def api() -> Client:
    return Client(ApiFront(small_app(), limit_s=30, region="eu-west-1"))


@pytest.fixture
def receiver() -> Client:
    return Client(EventReceiver(small_app(), limit_s=300, region="eu-west-1"))


def envelope(**detail: object) -> dict[str, object]:
    around = {
        "version": "0",
        "id": "1",
        "detail-type": "x",
        "account": "0",
        "time": "t",
        "region": "r",
        "resources": [],
    }
    return {**around, "source": "aws.ecs", "detail": detail}


def test_an_answer_keeps_status_body_and_repeated_headers(api):
    answer = api.post("/echo/x", data="four", content_type="text/plain")
    assert (answer.status_code, answer.json) == (200, {"name": "x", "size": 4})
    assert answer.headers.getlist("X-Many") == ["1", "2"]
    assert answer.headers["X-One"] == "1"


def test_a_head_request_gets_the_headers_alone(api):
    answer = api.head("/echo/x")
    assert (answer.status_code, answer.data) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 0


def test_a_binary_answer_comes_as_bytes(api):
    answer = api.get("/picture", headers={"Accept": "image/png"})
    assert (answer.data, answer.content_type) == (b"\x89PNG", "image/png")


@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere"), ("DELETE", "/echo/x")])
def test_the_gateway_itself_answers_what_no_route_takes(api, method, path):
    answer = api.open(path, method=method)
    assert (answer.status_code, answer.json) == (403, {"message": "Missing Authentication Token"})


def test_ten_megabytes_pass_and_one_byte_more_does_not(api):
    whole = api.post("/echo/x", data=bytes(wsgi.PAYLOAD_LIMIT), content_type="application/octet-stream")
    more = api.post("/echo/x", data=bytes(wsgi.PAYLOAD_LIMIT + 1), content_type="application/octet-stream")
    assert (whole.status_code, whole.json["size"]) == (200, wsgi.PAYLOAD_LIMIT)
    assert (more.status_code, more.json) == (413, {"message": "Request Too Long"})


def test_a_handler_that_raises_or_answers_nonsense_is_a_502(monkeypatch):
    app = small_app()
    front = ApiFront(app, limit_s=30, region="eu-west-1")
    for nonsense in (lambda *_: 1 / 0, lambda *_: {"no": "status"}, lambda *_: None):
        monkeypatch.setattr(front, "_app", nonsense)
        assert Client(front).get("/echo/x").status_code == 502


def test_an_event_reaches_its_handler_and_the_result_comes_back(receiver):
    answer = receiver.post("/_localcloud/events/heard", json=envelope(key="value"))
    assert (answer.status_code, answer.json["detail"]) == (200, {"key": "value"})
    assert 200_000 < answer.json["left_ms"] <= 300_000


def test_an_event_that_the_rule_does_not_want_reaches_nobody(receiver):
    answer = receiver.post("/_localcloud/events/heard", json=envelope(broken=True) | {"source": "other"})
    assert (answer.status_code, answer.data) == (204, b"")


def test_a_handler_that_raises_is_a_500_so_that_the_sender_repeats(receiver):
    answer = receiver.post("/_localcloud/events/heard", json=envelope(broken=True))
    assert (answer.status_code, answer.json) == (500, {"errorType": "ValueError", "errorMessage": "broken"})


def test_what_is_not_json_is_a_500_too(receiver):
    assert receiver.post("/_localcloud/events/heard", data="{").status_code == 500


def test_a_plain_function_is_called_with_its_event_and_a_context(receiver):
    answer = receiver.post("/_localcloud/events/plain", json={"a": 1})
    assert answer.json == [{"a": 1}, "calloff-local-plain", "calloff-local-plain"]


@pytest.mark.parametrize("path", ["/_localcloud/events/echo", "/_localcloud/events/", "/heard", "/echo/x"])
def test_routes_and_unknown_names_are_no_event_handlers(receiver, path):
    answer = receiver.post(path, data=json.dumps(envelope()))
    assert (answer.status_code, answer.json["handlers"]) == (404, ["heard", "plain"])


def test_events_are_posted(receiver):
    assert receiver.get("/_localcloud/events/heard").status_code == 405


def test_the_api_knows_no_way_for_events(api):
    assert api.post("/_localcloud/events/heard", json=envelope()).status_code == 403


SETTINGS = {
    "CALLOFF_AUTH": "local",
    "CALLOFF_CLUSTER": "calloff-local",
    "CALLOFF_DEPLOYMENT": "local",
    "CALLOFF_EXECUTION_ROLE_ARN": "arn:aws:iam::000000000000:role/execution",
    "CALLOFF_KEY_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:key",
    "CALLOFF_SUBNETS": "subnet-00000000000000000",
    "CALLOFF_TABLE": "table",
    # Nobody listens there: making a client must not call anything.
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
}


def front_made_with(settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    script = """
        from localcloud import receiver
        receiver.create()
        from chalicelib.aws import clients
        for make in (clients.dynamodb, clients.ecs, clients.stepfunctions, clients.sqs):
            print(make.cache_info().currsize)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    return subprocess.run(command, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, check=False)


def test_a_front_has_its_clients_before_the_first_request_so_that_the_first_event_is_not_late():
    made = front_made_with(SETTINGS)
    assert made.stdout.split() == ["1"] * 4, made.stderr


def test_a_front_with_a_wrong_setting_does_not_come_up_and_names_it():
    made = front_made_with(SETTINGS | {"CALLOFF_PAGE": "many"})
    assert made.returncode != 0
    assert "page" in made.stderr
