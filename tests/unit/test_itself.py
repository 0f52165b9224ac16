"""A task's own token: it opens that task, for that attempt, until its end, and nothing else."""

import json
import uuid
from typing import Any

import msgspec
import pytest

from chalicelib.keys import Keys
from chalicelib.lifecycle import Status
from chalicelib.ports import Deferred, StoreUnavailableError
from chalicelib.relaunch import relaunch
from chalicelib.sweep import sweep
from chalicelib.tokens import make_token, token_size
from tests.doubles.api import Answer, request
from tests.doubles.containers import instead
from tests.doubles.examples import a_task
from tests.doubles.world import DEPLOYMENT, KEYS, World

ALIVE = (Status.STARTING, Status.RUNNING, Status.CANCELLING)


def token_of(task, **parts) -> str:
    return make_token(KEYS, DEPLOYMENT, **{"task_id": task.id, "attempt": task.attempt} | parts)


def by(token: str, method: str = "GET", target: str = "/self", body: object = None) -> Answer:
    return request(method, target, body, caller=None, headers={"Authorization": f"Bearer {token}"})


def environment(request: dict[str, Any]) -> dict[str, str]:
    """What a container finds in its environment, as RunTask's request has it."""
    [override] = request["overrides"]["containerOverrides"]
    return {each["name"]: each["value"] for each in override["environment"]}


def given(world: World, task) -> str:
    """The token as the task's container finds it."""
    return environment(world.of(task).request)["CALLOFF_TOKEN"]


def test_a_container_finds_its_token_and_the_token_its_task(api):
    task = api.running()
    token = given(api, task)
    assert token == token_of(task)
    assert len(token) == token_size(task.attempt)
    answer = by(token)
    assert (answer.status, answer.json["id"], answer.json["status"]) == (200, task.id, "running")


def submitted(world: World, said: dict[str, str]) -> dict[str, Any]:
    """RunTask's request of a task that was submitted so."""
    task_id = request("POST", "/tasks", {"image": "busybox"}, **said).json["id"]
    return world.of(world.store.get(task_id)).request


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"domainName": "abc.execute-api.eu-west-1.amazonaws.com", "path": "/api/tasks"}, "https://{domainName}/api"),
        ({"domainName": "jobs.example", "path": "/tasks"}, "https://{domainName}"),
    ],
)
def test_a_container_finds_the_api_where_its_submitter_did(api, said, found):
    assert environment(submitted(api, said))["CALLOFF_URL"] == found.format(**said)


def test_it_finds_it_there_at_a_later_attempt_too(api):
    api.containers.script("run", instead(Deferred("Capacity is unavailable")))
    task = api.submit(api_url="https://jobs.example")
    api.clock.advance(60)
    assert environment(api.of(relaunch(api.ports, task)).request)["CALLOFF_URL"] == "https://jobs.example"


def test_the_operators_word_counts_more():
    world = World(api_url="https://calloff.internal")
    task = world.submit(api_url="https://jobs.example")
    assert environment(world.of(task).request)["CALLOFF_URL"] == "https://calloff.internal"


def test_a_task_cancels_itself(api):
    task = api.running()
    answer = by(token_of(task), "POST", "/self/cancel", {"reason": "nothing left to do", "reason_code": "done"})
    assert answer.status == 202
    cancellation = answer.json["cancellation"]
    assert (cancellation["cause"], cancellation["requested_by"]) == ("self", "task")
    assert (cancellation["reason"], cancellation["reason_code"]) == ("nothing left to do", "done")
    assert api.now(task).status is Status.CANCELLING
    assert api.containers.count("stop") == 1


@pytest.mark.parametrize("body", [None, {}])
def test_repeating_it_is_safe_and_changes_nothing(api, body):
    task = api.running()
    first = by(token_of(task), "POST", "/self/cancel", body)
    cancelling = api.now(task)
    again = by(token_of(task), "POST", "/self/cancel", body)
    assert (first.status, again.status) == (202, 202)
    assert api.now(task) == cancelling
    assert api.containers.count("stop") == 1


def test_it_is_told_that_somebody_else_cancelled_it(api):
    task = api.running()
    api.cancel(task)
    assert by(token_of(task)).json["status"] == "cancelling"
    assert by(token_of(task), "POST", "/self/cancel").json["cancellation"]["cause"] == "user"


def test_it_cannot_have_another_grace(api):
    task = api.running()
    answer = by(token_of(task), "POST", "/self/cancel", {"grace": 1})
    assert answer.problem == (422, "grace-unsupported", "grace")
    assert api.now(task) == task


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize(("method", "target"), [("GET", "/self"), ("POST", "/self/cancel")])
def test_a_token_is_good_until_the_end(api, status, method, target):
    task = a_task(status)
    api.store.put(task)
    answer = by(token_of(task), method, target)
    if status in ALIVE:
        assert answer.status in (200, 202)
    else:
        assert answer.problem == (401, "unauthenticated", None)
        assert api.now(task) == task


@pytest.mark.parametrize(("method", "target"), [("GET", "/self"), ("POST", "/self/cancel")])
@pytest.mark.parametrize("status", ALIVE)
def test_a_token_of_another_attempt_is_no_good(api, method, target, status):
    task = a_task(status, attempt=2)
    api.store.put(task)
    for attempt in (1, 3):
        assert by(token_of(task, attempt=attempt), method, target).problem[:2] == (401, "unauthenticated")
    assert api.now(task) == task


def test_an_attempt_that_ended_between_look_and_write_is_not_cancelled(api):
    """The token's conditions are in the write itself."""
    task = api.running()
    token = token_of(task)
    later = msgspec.structs.replace(api.now(task), attempt=2, rev=99)
    api.store.put(later)
    assert by(token, "POST", "/self/cancel").problem[:2] == (401, "unauthenticated")
    assert api.now(task) == later


def test_a_token_opens_no_other_task(api):
    one, other = api.running(), api.running()
    assert by(token_of(one)).json["id"] == one.id
    for method, target in [("GET", f"/tasks/{one.id}"), ("DELETE", f"/tasks/{other.id}"), ("GET", "/tasks")]:
        assert by(token_of(one), method, target).problem[:2] == (401, "unauthenticated")
    forged = token_of(one).replace(one.id, other.id)
    assert by(forged).problem[:2] == (401, "unauthenticated")
    assert by(forged, "POST", "/self/cancel").problem[:2] == (401, "unauthenticated")


def test_another_deployments_or_another_keys_token_is_no_good(api):
    task = api.running()
    tokens = [
        make_token(KEYS, "other", task.id, 1),
        make_token(Keys(lambda: b"another secret"), DEPLOYMENT, task.id, 1),
        make_token(KEYS, DEPLOYMENT, str(uuid.uuid4()), 1),
    ]
    for token in tokens:
        assert by(token).problem[:2] == (401, "unauthenticated")


def test_a_token_that_was_changed_anywhere_is_no_good(api):
    token = token_of(api.running())
    for place, character in enumerate(token):
        other = "A" if character != "A" else "B"
        assert by(token[:place] + other + token[place + 1 :]).problem[:2] == (401, "unauthenticated"), place


@pytest.mark.parametrize(
    "header", ["", "Bearer", "alice", "Bearer alice", "Bearer ..", "Basic {token}", "Bearer {token}="]
)
def test_what_is_no_token_at_all(api, header):
    header = header.format(token=token_of(api.running()))
    answer = request("GET", "/self", caller=None, headers={"Authorization": header})
    assert answer.problem == (401, "unauthenticated", None)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_token_is_in_no_answer_and_not_in_the_record(api):
    task = api.running()
    tag = token_of(task).rpartition(".")[2]
    answers = [by(token_of(task)), by(token_of(task), "POST", "/self/cancel"), request("GET", f"/tasks/{task.id}")]
    assert not [answer for answer in answers if tag in answer.text]
    assert tag not in json.dumps(msgspec.to_builtins(api.now(task)))


def test_where_the_key_cannot_be_read_nothing_is_launched_and_the_task_waits(api, monkeypatch):
    def unread() -> bytes:
        raise StoreUnavailableError("no")

    with monkeypatch.context() as patch:
        patch.setattr("tests.doubles.world.KEYS", Keys(unread))
        task = api.submit()
    assert (task.status, api.containers.count("run")) == (Status.STARTING, 0)
    api.clock.advance(api.settings.launch_lease_s + 1)
    sweep(api.ports)
    assert len(api.containers.containers) == 1
