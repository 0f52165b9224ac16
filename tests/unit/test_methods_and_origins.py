"""HEAD, OPTIONS and CORS."""

import pytest

from chalicelib.cors import ACCEPTED, EXPOSED
from chalicelib.http import location
from tests.doubles.api import request, wired
from tests.doubles.world import World

PAGE = "https://console.example.org"


@pytest.fixture
def api():
    world = World(cors_origins=(PAGE, "http://localhost:3000"))
    with wired(world.ports):
        yield world


def cors(answer):
    return {name: value for name, value in answer.headers.items() if name.startswith("Access-Control-")}


# -- HEAD


@pytest.mark.parametrize("target", ["/healthz", "/tasks", "/tasks/{id}", "/tasks?limit=0", "/nowhere"])
def test_head_has_the_headers_of_get_and_no_body(api, target):
    target = target.format(id=api.submit().id)
    got, head = (request(method, target) for method in ("GET", "HEAD"))
    assert (head.status, head.text) == (got.status, "")
    assert head.headers == {**got.headers, "Content-Length": str(len(got.text.encode()))}


# -- OPTIONS


@pytest.mark.parametrize("caller", [None, "alice"])
def test_options_tell_the_methods_to_anybody(api, caller):
    answer = request("OPTIONS", "/tasks", caller=caller)
    assert (answer.status, answer.text, answer.headers["Allow"]) == (204, "", "GET, HEAD, POST, OPTIONS")
    assert cors(answer) == {}


def test_options_of_no_route_are_not_found(api):
    assert request("OPTIONS", "/nowhere").problem == (404, "not-found", None)


# -- CORS


def test_a_preflight_from_an_allowed_origin_is_answered(api):
    answer = request("OPTIONS", "/tasks", caller=None, headers={"Origin": PAGE})
    assert answer.status == 204
    assert cors(answer) == {
        "Access-Control-Allow-Origin": PAGE,
        "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
        "Access-Control-Allow-Headers": ", ".join(ACCEPTED),
        "Access-Control-Max-Age": "600",
    }
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    ("method", "target", "caller", "status"),
    [
        ("GET", "/tasks", "alice", 200),
        ("GET", "/tasks", None, 401),
        ("GET", "/tasks?x=1", "alice", 422),
        ("GET", "/nowhere", "alice", 404),
        ("PUT", "/tasks", "alice", 405),
        ("HEAD", "/healthz", None, 200),
    ],
)
def test_an_allowed_origin_may_read_every_answer(api, method, target, caller, status):
    answer = request(method, target, caller=caller, headers={"Origin": "http://localhost:3000"})
    assert answer.status == status
    assert cors(answer) == {
        "Access-Control-Allow-Origin": "http://localhost:3000",
        "Access-Control-Expose-Headers": ", ".join(EXPOSED),
    }
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
@pytest.mark.parametrize(
    "origin", [None, "null", "https://evil.example.org", f"{PAGE}.evil.org", PAGE.upper(), "http://console.example.org"]
)
def test_nobody_else_may_and_caches_are_told_that_it_depends(api, method, origin):
    answer = request(method, "/tasks", headers={} if origin is None else {"Origin": origin})
    assert cors(answer) == {}
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize("origin", [PAGE, "null"])
def test_any_origin_may_where_all_are_allowed_but_never_with_credentials(origin):
    with wired(World(cors_origins=("*",)).ports):
        answer = request("GET", "/tasks", headers={"Origin": origin})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Vary" not in answer.headers


def test_no_origin_may_by_default():
    with wired(World().ports):
        answer = request("GET", "/tasks", headers={"Origin": PAGE})
        assert cors(answer) == {}
        assert "Vary" not in answer.headers


# -- where things are


@pytest.mark.parametrize(
    ("resource", "path", "base"),
    [
        ("/tasks", "/tasks", ""),
        ("/tasks", "/api/tasks", "/api"),
        ("/tasks", "/api/tasks/", "/api"),
        ("/tasks/{task_id}/cancel", f"/api/tasks/{'0' * 36}/cancel", "/api"),
        ("/tasks/{task_id}", "/v1/jobs/tasks/4711", "/v1/jobs"),
    ],
)
def test_a_location_is_below_the_stage_or_the_domains_base_path(resource, path, base):
    class Request:
        context = {"resourcePath": resource, "path": path}  # noqa: RUF012 - as API Gateway hands it over

    assert location(Request, "/tasks/1") == f"{base}/tasks/1"
