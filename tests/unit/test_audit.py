"""Every attempt is one line of the log: who, from where, what, which outcome; and nothing secret."""

import json
import logging

import pytest

from chalicelib import log
from chalicelib.authorization import Role
from chalicelib.tokens import make_token
from tests.doubles.api import request
from tests.doubles.world import DEPLOYMENT, KEY, KEYS

ID = "5f0c8b1e-3a57-4b8e-9d1c-2f6a7e4b9c03"
BODY = {"image": "busybox"}


@pytest.fixture
def audited(api, capsys):
    """The lines since it was asked last."""
    capsys.readouterr()

    def lines() -> list[dict]:
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
        return [line for line in found if line.get("event") == "audit"]

    return lines


def test_a_submission(api, audited):
    made = request("POST", "/tasks", BODY, identity={"sourceIp": "192.0.2.7", "userAgent": "curl/8"})
    assert audited() == [
        {
            "level": "INFO",
            "event": "audit",
            "request_id": "request-1",
            "verb": "submit",
            "by": "alice",
            "role": "owner",
            "task_id": made.json["id"],
            "method": "POST",
            "route": "/tasks",
            "status": 201,
            "outcome": "ok",
            "source_ip": "192.0.2.7",
            "user_agent": "curl/8",
        }
    ]


ATTEMPTS = {
    "400": (("POST", "/tasks", {"image": 7}), "alice", "submit", "alice", "malformed"),
    "401": (("DELETE", f"/tasks/{ID}"), None, "cancel", None, "unauthenticated"),
    "403 of the role": (("POST", "/tasks", BODY), "viewer", "submit", "viewer", "forbidden"),
    "404": (("GET", f"/tasks/{ID}"), "alice", "read", "alice", "not-found"),
    "404 of a route": (("GET", "/nowhere"), "alice", None, None, "not-found"),
    "405": (("PUT", "/tasks"), "alice", None, None, "method-not-allowed"),
    "413": (("POST", f"/tasks/{ID}/cancel", {"reason": "x" * 70_000}), "alice", "cancel", "alice", "body-too-large"),
    "422": (("POST", "/tasks", BODY | {"new": 1}), "alice", "submit", "alice", "unknown-field"),
    "list": (("GET", "/tasks"), "admin", "list", "admin", "ok"),
}


@pytest.mark.parametrize(("sent", "caller", "verb", "by", "outcome"), ATTEMPTS.values(), ids=ATTEMPTS)
def test_an_attempt(audited, sent, caller, verb, by, outcome):
    answer = request(*sent, caller=caller)
    [line] = audited()
    assert (line["verb"], line["by"], line["outcome"], line["status"]) == (verb, by, outcome, answer.status)


@pytest.mark.parametrize(
    ("method", "path", "verb", "body"),
    [
        ("GET", "", "read", None),
        ("DELETE", "", "cancel", None),
        ("POST", "/cancel", "cancel", {}),
        ("POST", "/kill", "cancel", None),
        ("PATCH", "", "change", {"timeout": 60}),
    ],
)
def test_a_refused_stranger_is_in_the_log_and_changes_nothing_in_the_item(api, audited, method, path, verb, body):
    task = api.running()
    before = api.now(task)
    answer = request(method, f"/tasks/{task.id}{path}", body, caller="mallory")
    assert answer.problem[:2] == (403, "forbidden")
    [line] = audited()
    assert (line["by"], line["verb"], line["task_id"], line["outcome"]) == ("mallory", verb, task.id, "forbidden")
    assert api.now(task) == before


def test_what_comes_too_late(api, audited):
    task = api.running()
    api.reports(api.of(task), "deprovisioning")
    request("DELETE", f"/tasks/{task.id}")
    [line] = audited()
    assert (line["status"], line["outcome"], line["task_id"]) == (409, "too-late", task.id)


def test_a_task_is_known_by_its_id(api, audited):
    task = api.running()
    token = make_token(KEYS, DEPLOYMENT, task.id, 1)
    request("POST", "/self/cancel", caller=None, headers={"Authorization": f"Bearer {token}"})
    [line] = audited()
    assert (line["by"], line["role"], line["verb"], line["task_id"]) == (task.id, Role.TASK, "cancel", task.id)


@pytest.mark.parametrize(("method", "path"), [("GET", "/healthz"), ("HEAD", "/healthz"), ("OPTIONS", "/tasks")])
def test_what_is_open_to_all_is_nobodys_attempt(audited, method, path):
    assert request(method, path, caller=None).status < 300
    assert audited() == []


def test_nobody_writes_lines_of_their_own(audited):
    agent = 'x"}\n{"event": "audit", "by": "admin"}' + "y" * 1000
    request("GET", "/tasks/%0A", identity={"sourceIp": "192.0.2.7", "userAgent": agent})
    [line] = audited()
    assert (line["by"], len(line["user_agent"])) == ("alice", 200)
    assert line["task_id"] is None


# -- nothing secret

CANARIES = {
    "environment": "canary-of-the-environment",
    "command": "canary-of-the-command",
    "label": "canary-of-a-label",
    "query": "canary-of-the-query",
    "header": "canary-of-a-header",
}


def test_the_log_has_nothing_that_callers_send_as_content_and_no_secret(api, capsys):
    body = BODY | {
        "environment": {"PASSWORD": CANARIES["environment"]},
        "command": ["sh", "-c", CANARIES["command"]],
        "labels": {"a": CANARIES["label"]},
    }
    headers = {"Cookie": CANARIES["header"], "X-Api-Key": CANARIES["header"], "Authorization": "Bearer alice"}
    made = request("POST", "/tasks", body, headers=headers)
    where = f"/tasks/{made.json['id']}"
    token = make_token(KEYS, DEPLOYMENT, made.json["id"], 1)
    answers = [
        made,
        request("POST", "/tasks", body | {"cpu": 7}, headers=headers),
        request("POST", "/tasks", body | {"environment": {"A": CANARIES["environment"] + "x" * 9000}}),
        request("GET", where, headers=headers),
        request("GET", f"/tasks?owner={CANARIES['query']}", headers=headers),
        request("GET", "/self", headers={"Authorization": f"Bearer {token}"}),
        request("GET", "/self", headers={"Authorization": f"Bearer {token[:-1]}"}),
        request("GET", "/tasks", headers={"Authorization": f"Bearer {token}"}),
        request("POST", f"{where}/cancel", {"reason": "wrong input"}, headers=headers),
    ]
    logged = capsys.readouterr().out
    assert '"event":"audit"' in logged
    secret = [token, token.rpartition(".")[2], KEY, CANARIES["environment"], CANARIES["header"]]
    for text in [*secret, CANARIES["command"], CANARIES["label"], CANARIES["query"]]:
        assert text not in logged, text
    for text in secret:
        assert not [answer for answer in answers if text in answer.text or text in str(answer.headers)], text


def test_lines_are_written_from_information_on_and_as_they_are(capsys):
    log.to_standard_output()
    log.info("happened", n=1)
    assert json.loads(capsys.readouterr().out) == {"level": "INFO", "event": "happened", "n": 1}
    assert logging.getLogger("calloff").isEnabledFor(logging.INFO)
