"""Which resource a path is, and what the event says: as a REST API of API Gateway has it."""

import pytest

from localcloud.gateway import Gateway, Matched, Unmatched
from localcloud.wsgi import HttpRequest

ROUTES = {
    "/": {"GET"},
    "/tasks": {"GET", "POST"},
    "/tasks/{task_id}": {"GET", "DELETE"},
    "/tasks/{task_id}/cancel": {"POST"},
    "/tasks/latest": {"GET"},
    "/{proxy+}": {"GET"},
}


@pytest.fixture
def gateway() -> Gateway:
    return Gateway(ROUTES, ["application/octet-stream"])


def request(path: str = "/tasks", **fields: object) -> HttpRequest:
    defaults = {"method": "GET", "query": "", "headers": (), "body": b"", "source_ip": "127.0.0.1"}
    return HttpRequest(path=path, **(defaults | fields))


@pytest.mark.parametrize(
    ("path", "resource", "parameters"),
    [
        ("/", "/", {}),
        ("/tasks", "/tasks", {}),
        ("/tasks/", "/tasks", {}),
        ("/tasks/latest", "/tasks/latest", {}),
        ("/tasks/4711", "/tasks/{task_id}", {"task_id": "4711"}),
        ("/tasks/a%2Fb%20c", "/tasks/{task_id}", {"task_id": "a/b c"}),
        ("/nowhere", "/{proxy+}", {"proxy": "nowhere"}),
        ("/tasks/4711/nothing/here", "/{proxy+}", {"proxy": "tasks/4711/nothing/here"}),
    ],
)
def test_the_most_particular_resource_takes_the_path(gateway, path, resource, parameters):
    assert gateway.match("GET", path) == Matched(resource, parameters)


@pytest.mark.parametrize(("method", "path"), [("PUT", "/tasks"), ("GET", "/tasks/4711/cancel"), ("POST", "/nowhere")])
def test_a_method_that_the_resource_lacks_does_not_fall_back_to_the_greedy_one(gateway, method, path):
    assert gateway.match(method, path) == Unmatched()


def test_without_a_greedy_resource_an_unknown_path_matches_nothing():
    assert Gateway({"/tasks": {"GET"}}, []).match("GET", "/other") == Unmatched()


def test_the_event_carries_repeated_headers_and_query_keys_whole_and_their_last_value(gateway):
    headers = (("X-TAG", "one"), ("HOST", "here"), ("X-TAG", "two"))
    event = gateway.event(request(headers=headers, query="label=a&label=b&empty="), Matched("/tasks", {}))
    assert event["multiValueHeaders"] == {"X-Tag": ["one", "two"], "Host": ["here"]}
    assert event["headers"] == {"X-Tag": "two", "Host": "here"}
    assert event["multiValueQueryStringParameters"] == {"label": ["a", "b"], "empty": [""]}
    assert event["queryStringParameters"] == {"label": "b", "empty": ""}


def test_what_is_not_there_is_none(gateway):
    event = gateway.event(request(), Matched("/tasks", {}))
    absent = ["queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables", "body"]
    assert {name: event[name] for name in absent} == dict.fromkeys(absent)
    assert event["isBase64Encoded"] is False


def test_the_context_names_the_resource_and_gives_each_request_an_id_of_its_own(gateway):
    matched = Matched("/tasks/{task_id}", {"task_id": "4711"})
    one, two = (gateway.event(request("/tasks/4711"), matched)["requestContext"] for _ in range(2))
    assert (one["resourcePath"], one["httpMethod"]) == ("/tasks/{task_id}", "GET")
    assert (one["path"], one["stage"], one["identity"]["sourceIp"]) == ("/tasks/4711", "api", "127.0.0.1")
    assert one["requestId"] != two["requestId"]


@pytest.mark.parametrize(
    ("content_type", "body", "text", "encoded"),
    [
        ("application/json", b'{"a": "\xc3\xa4"}', '{"a": "ä"}', False),
        ("application/json", b"\xff!", "\ufffd!", False),
        ("application/octet-stream", b"\xff\x00", "/wA=", True),
        ("Application/Octet-Stream; charset=x", b"\xff\x00", "/wA=", True),
        ("application/octet-stream", b"", None, False),
    ],
)
def test_only_binary_types_travel_as_base64(gateway, content_type, body, text, encoded):
    headers = (("CONTENT-TYPE", content_type),)
    event = gateway.event(request(method="POST", headers=headers, body=body), Matched("/tasks", {}))
    assert (event["body"], event["isBase64Encoded"]) == (text, encoded)
