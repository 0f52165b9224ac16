"""A submit that is repeated with its key makes one task and one container, however it is repeated."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from localcloud import engine
from tests.stack.caller import FOREVER

BODY = {"image": engine.IMAGE, "command": ["sh", "-c", FOREVER], "stop_timeout": 2}


@pytest.fixture
def key() -> str:
    return str(uuid.uuid4())


def test_a_repeated_submit_finds_its_task(alice, key, ecs):
    task = alice.submit(key=key)
    again = alice.http.post("/tasks", json=BODY, headers={"Idempotency-Key": key})
    assert (again.status_code, again.json()["id"]) == (201, task["id"])
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == f"/tasks/{task['id']}"
    assert len(ecs.of(task["id"])) == 1


def test_the_key_counts_after_the_end_too(alice, key, ecs):
    ended = alice.until(alice.submit("true", key=key)["id"], "completed")
    body = BODY | {"command": ["sh", "-c", "true"]}
    again = alice.http.post("/tasks", json=body, headers={"Idempotency-Key": key})
    assert (again.status_code, again.json()) == (201, ended)
    assert len(ecs.of(ended["id"])) == 1


def test_a_key_is_not_for_two_different_tasks(alice, key):
    task = alice.submit(key=key)
    refusal = alice.http.post("/tasks", json=BODY | {"stop_timeout": 3}, headers={"Idempotency-Key": key})
    assert (refusal.status_code, refusal.json()["field"]) == (422, "Idempotency-Key")
    assert refusal.json()["type"] == "urn:calloff:problem:idempotency-key-reused"
    assert task["id"] in refusal.json()["detail"]


def test_two_callers_may_use_the_same_key(alice, bob, key):
    assert alice.submit(key=key)["id"] != bob.submit(key=key)["id"]


def test_sixteen_at_once_with_one_key_make_one_task_and_one_container(cloud, alice, key, ecs):
    def submit(_: int) -> httpx.Response:
        headers = {"Authorization": "Bearer alice", "Idempotency-Key": key}
        return httpx.post(f"{cloud.endpoints.api}/tasks", json=BODY, headers=headers, timeout=30, trust_env=False)

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(submit, range(16)))
    assert {answer.status_code for answer in answers} == {201}
    (task_id,) = {answer.json()["id"] for answer in answers}
    alice.submitted.append(task_id)
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    alice.until(task_id, "running")
    assert len(ecs.of(task_id)) == 1
