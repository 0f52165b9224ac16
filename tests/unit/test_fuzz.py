"""Whatever is sent: an answer of ours, and never a 500."""

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.problems import Problem
from tests.doubles.api import request, wired
from tests.doubles.world import World

ID = "5f0c8b1e-3a57-4b8e-9d1c-2f6a7e4b9c03"
STATUSES = {problem.status for problem in Problem.__subclasses__()} - {500, 503}

TEXTS = ["busybox", "A", "a", "force", "256", "\x00", "\n", "CALLOFF_X", "arn:aws:ssm:x", ""]
FIELDS = [
    *("image", "command", "environment", "secrets", "cpu", "memory", "stop_timeout", "timeout", "queue_timeout"),
    *("labels", "reason", "reason_code", "mode", "grace", "priority"),
]
texts = st.text() | st.sampled_from(TEXTS)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4))
fields = st.sampled_from(FIELDS)
bodies = st.dictionaries(fields, values, max_size=6).map(lambda body: {"image": "busybox", **body}) | values
names = st.sampled_from(["status", "label", "limit", "cursor", "owner", "terminate", "x"]) | st.text(string.printable)
queries = st.lists(st.tuples(names, texts | st.text(string.printable)), max_size=4)


def known(status: int) -> bool:
    return status in {200, 201, 202} | STATUSES


@pytest.mark.parametrize(
    ("method", "target"), [("POST", "/tasks"), ("POST", f"/tasks/{ID}/cancel"), ("PATCH", f"/tasks/{ID}")]
)
@given(body=bodies.map(json.dumps) | st.text() | st.binary(), key=st.none() | st.text())
def test_any_body(method, target, body, key):
    with wired(World().ports):
        headers = {} if key is None else {"Idempotency-Key": key}
        assert known(request(method, target, body, headers=headers).status)


@pytest.mark.parametrize(("method", "target"), [("GET", "/tasks"), ("POST", f"/tasks/{ID}/cancel")])
@given(query=queries)
def test_any_query(method, target, query):
    with wired(World().ports):
        assert known(request(method, target, query=query).status)


@given(method=st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT"]), path=st.text(), caller=st.text())
def test_any_path_and_caller(method, path, caller):
    with wired(World().ports):
        assert known(request(method, f"/{path.replace('?', '').replace('#', '')}", caller=caller).status)


@given(task_id=st.text().filter(lambda text: not set(text) & set("/?#")))
def test_any_id(task_id):
    with wired(World().ports):
        assert request("GET", f"/tasks/{task_id}").status in (404, 405, 200)
