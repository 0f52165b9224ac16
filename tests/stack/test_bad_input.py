"""One of each kind of bad request, over a real connection: a problem document that names the field, never a 500."""

import http.client
import json
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from localcloud import engine

GOOD = {"image": engine.IMAGE, "command": ["true"]}


def problem(answer) -> tuple[int, str, str | None]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert (document["status"], document["instance"]) == (
        answer.status_code,
        f"urn:calloff:request:{answer.headers['X-Request-Id']}",
    )
    return answer.status_code, document["type"].rpartition(":")[2], document.get("field")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"command": ["true"]}, (400, "malformed", "image")),
        (GOOD | {"image": 7}, (400, "malformed", "image")),
        (GOOD | {"image": "has space"}, (400, "malformed", "image")),
        (GOOD | {"command": ["a\x00b"]}, (400, "malformed", "command[0]")),
        (GOOD | {"cpu": 300}, (400, "malformed", "cpu")),
        (GOOD | {"memory": 513}, (400, "malformed", "memory")),
        (GOOD | {"stop_timeout": 121}, (400, "malformed", "stop_timeout")),
        (GOOD | {"timeout": 0}, (400, "malformed", "timeout")),
        (GOOD | {"queue_timeout": "60"}, (400, "malformed", "queue_timeout")),
        (GOOD | {"labels": {f"l{n}": "" for n in range(17)}}, (400, "malformed", "labels")),
        (GOOD | {"secrets": {"A": "not an ARN"}}, (400, "malformed", "secrets[...]")),
        (GOOD | {"environment": {"CALLOFF_X": "1"}}, (400, "malformed", "environment")),
        (GOOD | {"environment": {"LONG": "x" * 8200}}, (400, "malformed", "environment")),
        (GOOD | {"priority": 1}, (422, "unknown-field", "priority")),
        (["not", "an", "object"], (400, "malformed", "body")),
    ],
    ids=lambda value: "" if isinstance(value, tuple) else None,
)
def test_a_submission_that_is_wrong_names_its_field_and_makes_nothing(stranger, body, expected):
    assert problem(stranger.http.post("/tasks", json=body)) == expected
    assert stranger.http.get("/tasks").json()["tasks"] == []


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"", b"null", b"[" * 20_000], ids=repr)
def test_what_is_no_json_is_said_so(stranger, content):
    answer = stranger.http.post("/tasks", content=content[:30_000], headers={"Content-Type": "application/json"})
    assert problem(answer)[:2] == (400, "malformed")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_only_json_is_taken(stranger, media_type):
    answer = stranger.http.post("/tasks", content=json.dumps(GOOD), headers={"Content-Type": media_type})
    assert problem(answer) == (415, "unsupported-media-type", "Content-Type")


def in_pieces(content: bytes) -> Iterator[bytes]:
    """A body of unknown length: it is sent in chunks."""
    for begin in range(0, len(content), 1000):
        yield content[begin : begin + 1000]


def test_a_chunked_body_is_read_whole(stranger):
    content = json.dumps(GOOD | {"labels": {"how": "in chunks"}}).encode()
    answer = stranger.http.post("/tasks", content=in_pieces(content), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["labels"]) == (201, {"how": "in chunks"})


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_beyond_64_kib_is_too_large_however_it_comes(stranger, chunked):
    content = json.dumps(GOOD | {"labels": {"long": "x" * 65_536}}).encode()
    body = in_pieces(content) if chunked else content
    answer = stranger.http.post("/tasks", content=body, headers={"Content-Type": "application/json"})
    assert problem(answer) == (413, "body-too-large", "body")


@pytest.mark.parametrize("key", ["", "x" * 256, "ümlaut", "tab\there"], ids=["empty", "long", "not-ascii", "tab"])
def test_a_key_that_is_none_is_refused(stranger, key):
    answer = stranger.http.post("/tasks", json=GOOD, headers={"Idempotency-Key": key.encode()})
    assert problem(answer) == (400, "malformed", "Idempotency-Key")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=sleeping", "status"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=two", "limit"),
        ("limit=1&limit=2", "limit"),
        ("label=red", "label"),
        ("cursor=%F0%9F", "cursor"),
    ],
)
def test_a_query_that_is_wrong_names_its_field(stranger, query, field):
    status, kind, named = problem(stranger.http.get(f"/tasks?{query}"))
    assert (status, kind) == (400, "malformed")
    assert named is not None
    assert named.startswith(field)


def test_a_query_that_is_not_known_is_refused(stranger):
    assert problem(stranger.http.get("/tasks?sort=name")) == (422, "unknown-field", "sort")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"mode": "now"}, (400, "malformed", "mode")),
        ({"reason": "x" * 513}, (400, "malformed", "reason")),
        ({"reason_code": "Has Spaces"}, (400, "malformed", "reason_code")),
        ({"grace": 121}, (400, "malformed", "grace")),
        ({"force": True}, (422, "unknown-field", "force")),
    ],
)
def test_a_cancellation_that_is_wrong_is_refused_before_anything_is_looked_up(stranger, body, expected):
    assert problem(stranger.cancel(str(uuid.uuid4()), **body)) == expected


def test_a_head_has_no_body_and_leaves_the_connection_in_order(cloud, alice):
    # http.client, since one connection has to carry both: a body in the first answer would spoil the second.
    connection = http.client.HTTPConnection(urlsplit(cloud.endpoints.api).netloc, timeout=10)
    headers = {"Authorization": "Bearer alice"}
    connection.request("HEAD", "/tasks", headers=headers)
    first = connection.getresponse()
    assert (first.status, first.read()) == (200, b"")
    connection.request("GET", "/healthz")
    assert json.load(connection.getresponse()) == {"status": "ok"}
    connection.close()


def test_each_answer_says_that_it_is_private_and_which_request_it_was(alice):
    answers = [alice.http.get("/tasks"), alice.http.get("/nowhere"), alice.http.post("/tasks", json=GOOD)]
    assert {answer.headers["Cache-Control"] for answer in answers} == {"private, no-cache"}
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == len(answers)
