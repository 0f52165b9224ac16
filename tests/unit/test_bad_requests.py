"""What is wrong with other requests is said; nothing that a caller sends is a 500."""

import base64
import json

import msgspec
import pytest

from chalicelib.cursors import to_cursor
from chalicelib.keys import Keys, Purpose
from chalicelib.ports import Position
from tests.doubles.api import Answer, request
from tests.doubles.examples import later
from tests.doubles.world import KEYS

MALFORMED = (400, "malformed")
ID = "5f0c8b1e-3a57-4b8e-9d1c-2f6a7e4b9c03"

pytestmark = pytest.mark.usefixtures("api")


# -- cancel

CANCELS = [("POST", f"/tasks/{ID}/cancel"), ("DELETE", f"/tasks/{ID}"), ("POST", f"/tasks/{ID}/kill")]


@pytest.mark.parametrize(("method", "target"), CANCELS)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reason", 1),
        ("reason", ["x"]),
        ("reason", "x" * 513),
        ("reason", "a\x00b"),
        ("reason_code", ""),
        ("reason_code", "Typo"),
        ("reason_code", "a-b"),
        ("reason_code", "x" * 65),
        ("reason_code", 7),
        ("mode", "kill"),
        ("mode", ""),
        ("mode", None),
        ("mode", True),
        ("grace", -1),
        ("grace", 121),
        ("grace", "30"),
        ("grace", 1.5),
        ("grace", 10**30),
    ],
)
def test_a_cancellation_with_a_wrong_value(method, target, field, value):
    assert request(method, target, {field: value}).problem == (*MALFORMED, field)


@pytest.mark.parametrize(("method", "target"), CANCELS)
@pytest.mark.parametrize("field", ["terminate", "force", "timeout", "cause", "Reason"])
def test_a_cancellation_with_an_unknown_field(method, target, field):
    assert request(method, target, {field: "x"}).problem == (422, "unknown-field", field)


@pytest.mark.parametrize(("method", "target"), CANCELS)
@pytest.mark.parametrize("body", ["{", "[]", "nonsense", '"x"', "[" * 20_000])
def test_a_cancellation_that_is_not_an_object(method, target, body):
    assert request(method, target, body).problem == (*MALFORMED, "body")


@pytest.mark.parametrize(("method", "target"), CANCELS)
def test_a_cancellation_that_is_too_large(method, target):
    assert request(method, target, {"reason": "x" * 70_000}).problem == (413, "body-too-large", "body")


@pytest.mark.parametrize(("method", "target"), CANCELS)
def test_a_cancellation_of_another_media_type(method, target):
    answer = request(method, target, {"reason": "x"}, headers={"Content-Type": "text/plain"})
    assert answer.problem == (415, "unsupported-media-type", "Content-Type")


@pytest.mark.parametrize("value", ["yes", "", "2", "tru", "[]"])
def test_terminate_that_is_no_truth_value(value):
    assert request("POST", f"/tasks/{ID}/cancel?terminate={value}").problem == (*MALFORMED, "terminate")


@pytest.mark.parametrize("query", ["terminate=true&terminate=false", "terminate=true&terminate=true"])
def test_terminate_given_twice(query):
    assert request("POST", f"/tasks/{ID}/cancel?{query}").problem == (*MALFORMED, "terminate")


def test_a_parameter_that_cancel_does_not_know():
    assert request("POST", f"/tasks/{ID}/cancel?force=true").problem == (422, "unknown-field", "force")


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/tasks", {"image": "busybox\n"}),
        ("/tasks", {"image": "busybox", "environment": {"A\n": "x"}}),
        ("/tasks", {"image": "busybox", "secrets": {"A\n": "arn:aws:ssm:eu-west-1:1:parameter/a"}}),
        ("/tasks", {"image": "busybox", "labels": {"a\n": "x"}}),
        (f"/tasks/{ID}/cancel", {"reason_code": "typo\n"}),
    ],
)
def test_a_newline_at_the_end_is_not_passed_over(target, body):
    assert request("POST", target, body).problem[:2] == MALFORMED


def test_an_unknown_field_with_a_backtick_is_named():
    assert request("POST", "/tasks", {"image": "busybox", "a`b": 1}).problem == (422, "unknown-field", "a`b")


@pytest.mark.parametrize(
    ("method", "target", "name"),
    [
        ("DELETE", f"/tasks/{ID}?terminate=true", "terminate"),
        ("POST", f"/tasks/{ID}/kill?grace=5", "grace"),
        ("GET", f"/tasks/{ID}?wait=5", "wait"),
        ("PATCH", f"/tasks/{ID}?timeout=5", "timeout"),
        ("POST", "/tasks?queue=a", "queue"),
    ],
)
def test_a_parameter_that_a_route_does_not_know(method, target, name):
    body = {"image": "busybox"} if target.startswith("/tasks?") else {"timeout": 1} if method == "PATCH" else None
    assert request(method, target, body).problem == (422, "unknown-field", name)


# -- patch


@pytest.mark.parametrize("timeout", [0, -1, "60", 1.5, None, True, 366 * 86400, 10**30])
def test_a_time_limit_out_of_range(timeout):
    assert request("PATCH", f"/tasks/{ID}", {"timeout": timeout}).problem == (*MALFORMED, "timeout")


def test_a_patch_of_nothing():
    assert request("PATCH", f"/tasks/{ID}", {}).problem == (*MALFORMED, "timeout")


def test_a_patch_of_something_else():
    assert request("PATCH", f"/tasks/{ID}", {"timeout": 1, "image": "x"}).problem == (422, "unknown-field", "image")


# -- ids

IDS = [
    "1",
    "x" * 36,
    ID.upper(),
    ID.replace("-", ""),
    f"{{{ID}}}",
    f"urn:uuid:{ID}",
    f"{ID}0",
    f"{ID} ",
    f"%0A{ID}",
    "..",
    "%2e%2e",
    "*",
    "'; DROP TABLE tasks; --",
    "ü",
    "\ud800",
    "x" * 10_000,
    "task%23" + ID,
]


@pytest.mark.parametrize("task_id", IDS)
@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("GET", "", None),
        ("DELETE", "", None),
        ("POST", "/cancel", None),
        ("POST", "/kill", None),
        ("PATCH", "", {"timeout": 1}),
    ],
)
def test_what_is_no_id_is_no_task(task_id, method, rest, body):
    assert request(method, f"/tasks/{task_id}{rest}", body).problem == (404, "not-found", None)


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("GET", "", None),
        ("DELETE", "", None),
        ("POST", "/cancel", None),
        ("POST", "/kill", None),
        ("PATCH", "", {"timeout": 1}),
    ],
)
def test_an_id_of_no_task(method, rest, body):
    assert request(method, f"/tasks/{ID}{rest}", body).problem == (404, "not-found", None)


# -- lists


@pytest.mark.parametrize("limit", ["0", "-1", "101", "1.5", "x", "null", "", "1e3", "9" * 40, "0x10", " 1"])
def test_a_limit_out_of_range(limit):
    assert request("GET", f"/tasks?limit={limit}").problem == (*MALFORMED, "limit")


@pytest.mark.parametrize("status", ["", "RUNNING", "dead", "running,failed", "null", "0"])
def test_a_status_that_is_none(status):
    answer = request("GET", f"/tasks?status=running&status={status}")
    assert answer.problem[:2] == MALFORMED
    assert answer.problem[2].startswith("status")


@pytest.mark.parametrize("label", ["", "team", "team:a"])
def test_a_label_that_is_no_pair(label):
    assert request("GET", f"/tasks?label=a%3Db&label={label}").problem == (*MALFORMED, "label")


@pytest.mark.parametrize("name", ["limit", "cursor", "owner"])
def test_a_parameter_that_is_given_twice(name):
    assert request("GET", f"/tasks?{name}=1&{name}=2").problem == (*MALFORMED, name)


@pytest.mark.parametrize("name", ["state", "Limit", "page", "sort", "%00"])
def test_a_parameter_that_the_list_does_not_know(name):
    answer = request("GET", f"/tasks?{name}=1")
    assert answer.problem[:2] == (422, "unknown-field")


def test_another_owner_is_for_an_admin():
    assert request("GET", "/tasks?owner=bob").problem == (403, "forbidden", "owner")


def encoded(content: object) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(content)).decode().rstrip("=")


CONTENT = msgspec.json.encode(Position(ID, later(0)))
AT = "2026-01-02T03:04:05Z"
CURSORS = [
    "",
    "x",
    "nonsense",
    "====",
    "%ff",
    "ü",
    "a b",
    "AAAA",
    "x" * 10_000,
    encoded(1),
    encoded([]),
    encoded({"task_id": ID, "created_at": AT}),
    base64.urlsafe_b64encode(bytes(16) + msgspec.json.encode({"task_id": ID, "created_at": AT})).decode().rstrip("="),
    encoded([1] * 1000),
    base64.urlsafe_b64encode(b"[" * 5000).decode().rstrip("="),
]


@pytest.mark.parametrize("cursor", CURSORS)
def test_a_cursor_that_no_page_gave(cursor):
    assert request("GET", f"/tasks?cursor={cursor}").problem == (*MALFORMED, "cursor")


GENUINE = to_cursor(KEYS, "alice", Position(ID, later(0)))


@pytest.mark.parametrize("place", range(len(GENUINE)))
def test_a_cursor_that_was_changed_in_one_place(place):
    other = "A" if GENUINE[place] != "A" else "B"
    cursor = GENUINE[:place] + other + GENUINE[place + 1 :]
    assert request("GET", f"/tasks?cursor={cursor}").problem == (*MALFORMED, "cursor")


@pytest.mark.parametrize("cursor", [GENUINE[:-1], GENUINE[:-4], GENUINE + "AAAA", GENUINE[4:], GENUINE * 2])
def test_a_cursor_that_was_cut_or_extended(cursor):
    assert request("GET", f"/tasks?cursor={cursor}").problem == (*MALFORMED, "cursor")


def test_a_cursor_of_another_deployments_key():
    foreign = to_cursor(Keys(lambda: b"another deployment's key"), "alice", Position(ID, later(0)))
    assert request("GET", f"/tasks?cursor={foreign}").problem == (*MALFORMED, "cursor")


def test_a_token_is_no_cursor():
    """The keys of the two differ, though their secret is one."""
    tag = KEYS.tag(Purpose.TASK_TOKEN, b"5:alice" + CONTENT)[:16]
    cursor = base64.urlsafe_b64encode(tag + CONTENT).decode().rstrip("=")
    assert request("GET", f"/tasks?cursor={cursor}").problem == (*MALFORMED, "cursor")
    tag = KEYS.tag(Purpose.CURSOR, b"5:alice" + CONTENT)[:16]
    assert base64.urlsafe_b64encode(tag + CONTENT).decode().rstrip("=") == GENUINE


@pytest.mark.parametrize(("caller", "query"), [("alice", ""), ("admin", ""), ("admin", "&owner=alice")])
def test_a_cursor_of_another_list(caller, query):
    cursor = to_cursor(KEYS, "bob", Position(ID, later(0)))
    assert request("GET", f"/tasks?cursor={cursor}{query}", caller=caller).problem == (*MALFORMED, "cursor")


@pytest.mark.parametrize("owner", ["", "a" * 513])
def test_nobody_is_called_so(owner):
    assert request("GET", f"/tasks?owner={owner}", caller="admin").problem == (*MALFORMED, "owner")


# -- callers

OPEN = ("GET", "/healthz")
CLOSED = [("POST", "/tasks"), ("GET", "/tasks"), ("GET", f"/tasks/{ID}"), ("PATCH", f"/tasks/{ID}"), *CANCELS]


@pytest.mark.parametrize(("method", "target"), CLOSED)
@pytest.mark.parametrize(
    "credentials",
    ["", "alice", "Bearer", "Bearer ", "Bearer  alice", "Basic YWxpY2U6", "Bearer Alice", "Bearer a b", "Bearer -a"],
)
def test_without_credentials_that_are_known(method, target, credentials):
    answer = request(method, target, {"timeout": 1}, caller=None, headers={"Authorization": credentials})
    assert answer.problem == (401, "unauthenticated", None)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("name", ["a" * 65, "ü", "a\n", "a/b", "a#b", "a\x00"])
def test_a_name_that_is_none(name):
    assert request("GET", "/tasks", caller=name).problem == (401, "unauthenticated", None)


@pytest.mark.parametrize(("method", "target"), CLOSED)
def test_without_a_header(method, target):
    assert request(method, target, caller=None).problem == (401, "unauthenticated", None)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_known_in_any_case(scheme):
    assert request("GET", "/tasks", caller=None, headers={"Authorization": f"{scheme} alice"}).status == 200


# -- routes


@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        ("/tasks", "GET, HEAD, POST, OPTIONS"),
        (f"/tasks/{ID}", "GET, HEAD, PATCH, DELETE, OPTIONS"),
        (f"/tasks/{ID}/cancel", "POST, OPTIONS"),
        (f"/tasks/{ID}/kill", "POST, OPTIONS"),
        ("/healthz", "GET, HEAD, OPTIONS"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_method_that_a_route_has_not(method, target, allowed):
    answer = request(method, target, {"image": "busybox", "timeout": 1})
    if method in allowed.split(", "):
        assert answer.status != 405
    else:
        assert answer.status == 405
        assert answer.headers["Allow"] == allowed
        # HEAD has no body to show.
        assert method == "HEAD" or answer.problem == (405, "method-not-allowed", None)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "target", ["/", "/task", "/tasks/a/b/c", f"/tasks/{ID}/events", f"/tasks/{ID}/log", "/cancellations"]
)
def test_a_route_that_is_not_there(method, target):
    assert request(method, target, caller=None).problem == (404, "not-found", None)


def test_health_is_open_to_all():
    answer = request(*OPEN, caller=None)
    assert (answer.status, answer.json) == (200, {"status": "ok"})


@pytest.mark.parametrize(("method", "target", "status"), [(*OPEN, 200), ("GET", "/tasks", 200), ("GET", "/none", 404)])
def test_each_answer_names_its_request_and_is_nobody_elses(method, target, status):
    answer: Answer = request(method, target)
    assert answer.status == status
    assert answer.headers["X-Request-Id"] == "request-1"
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_body_in_base64_is_read(api):
    answer = request("POST", "/tasks", json.dumps({"image": "busybox"}).encode())
    assert (answer.status, answer.json["image"]) == (201, "busybox")


def test_a_header_is_known_in_any_case():
    assert request("POST", "/tasks", {"image": "x"}, headers={"idempotency-KEY": "ü"}).problem[2] == "Idempotency-Key"
