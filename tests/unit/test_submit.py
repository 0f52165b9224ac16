"""Submit: one record, one launch; the same again finds the first."""

import uuid
from datetime import timedelta

import msgspec
import pytest

from chalicelib.ids import task_id
from chalicelib.lifecycle import Event, Status
from chalicelib.observe import Noted
from chalicelib.ports import Deferred, Unclear
from chalicelib.submit import KeyReused, Replayed, Submitted
from tests.doubles.api import request
from tests.doubles.clock import START
from tests.doubles.containers import before, instead, lost
from tests.doubles.examples import SPEC
from tests.doubles.reports import event

BODY = {"image": "busybox", "command": ["sleep", "60"]}


def test_a_submitted_task_is_launched(world):
    outcome = world.submitted()
    assert isinstance(outcome, Submitted)
    task = outcome.task
    assert (task.status, task.attempt, task.ecs_version) == (Status.STARTING, 1, 1)
    assert task.ecs_arn == world.containers.only.arn
    assert world.now(task) == task


def test_a_record_holds_what_was_asked_for(world):
    task = world.submit(stop_timeout=77, fingerprint="mine")
    assert (task.owner, task.spec, task.stop_timeout, task.fingerprint) == ("alice", SPEC, 77, "mine")
    assert task.created_at == START


def test_the_history_tells_the_launch(world):
    assert [entry.event for entry in world.submit().history] == [Event.SUBMITTED, Event.LAUNCHED]


def test_a_launched_task_holds_no_lease(world):
    task = world.submit()
    assert (task.lease_id, task.lease_ends_at) == (None, None)
    assert task.due_at is not None


def test_before_its_launch_a_record_holds_a_lease(world):
    """Should the launcher die now, the sweep knows when it may take over."""
    world.containers.script("run", *[instead(Unclear("timed out"))] * 2)
    task = world.submit()
    lease_ends_at = START + timedelta(seconds=world.settings.launch_lease_s)
    assert (task.status, task.lease_ends_at, task.due_at) == (Status.STARTING, lease_ends_at, lease_ends_at)
    assert task.lease_id


def test_no_two_leases_have_one_name(world):
    world.containers.script("run", *[instead(Unclear("timed out"))] * 4)
    assert world.submit().lease_id != world.submit().lease_id


def test_tasks_are_spread_over_the_shards_of_what_is_due(world):
    shards = {world.submit().due_shard for _ in range(100)}
    assert shards == {str(n) for n in range(world.settings.due_shards)}


def test_while_launching_is_frozen_a_task_waits(world):
    world.switches.freeze = True
    task = world.submit()
    assert (task.status, task.attempt, task.due_at) == (Status.PENDING, 0, START)
    assert [entry.event for entry in task.history] == [Event.QUEUED]
    assert world.containers.calls == []


# -- idempotency


def test_the_same_again_is_the_same_task(world):
    first = world.submit(idempotency_key="once")
    again = world.submitted(idempotency_key="once")
    assert again == Replayed(first)
    assert world.containers.count("run") == 1


def test_the_same_again_shows_the_task_as_it_is_now(world):
    first = world.submit(idempotency_key="once")
    world.reports(world.of(first), "running")
    again = world.submitted(idempotency_key="once")
    assert isinstance(again, Replayed)
    assert again.task.status is Status.RUNNING


def test_the_key_with_something_else_is_a_mistake(world):
    first = world.submit(idempotency_key="once")
    assert world.submitted(idempotency_key="once", fingerprint="other") == KeyReused(first)
    assert world.containers.count("run") == 1


def test_the_key_of_somebody_else_is_another(world):
    first = world.submit(idempotency_key="once")
    second = world.submitted(idempotency_key="once", owner="bob")
    assert isinstance(second, Submitted)
    assert second.task.id != first.id


def test_without_a_key_each_is_new(world):
    assert world.submit().id != world.submit().id


def test_an_id_is_made_of_deployment_owner_and_key_and_never_changes():
    assert task_id("prod", "alice", "once") == "2a91c602-134c-5aa3-8112-4c470008384a"


def test_without_a_key_an_id_is_drawn():
    assert uuid.UUID(task_id("prod", "alice", None)).version == 4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("d", "a", "bc"), ("d", "ab", "c")),
        (("d", "a", "1:b"), ("d", "a1:b", "")),
        (("d", "alice", "1"), ("d", "alice", "2")),
        (("d", "alice", "x"), ("d", "bob", "x")),
        (("d", "a", "2:bc"), ("d", "a2", "bc")),
        # They may share a cluster, and a client token is made of the id.
        (("dev", "alice", "x"), ("prod", "alice", "x")),
        (("d", "ea", "x"), ("de", "a", "x")),
    ],
)
def test_no_two_have_one_id(one, other):
    assert task_id(*one) != task_id(*other)


# -- through the route


@pytest.fixture(autouse=True)
def _wired(api):
    """The routes reach this world."""


def test_created(world):
    answer = request("POST", "/tasks", BODY)
    assert answer.status == 201
    assert answer.headers["Location"] == f"/tasks/{answer.json['id']}"
    assert "Idempotency-Replayed" not in answer.headers
    assert answer.json["status"] == "starting"
    assert answer.json["owner"] == "alice"


def test_replayed(world):
    first = request("POST", "/tasks", BODY, headers={"Idempotency-Key": "once"})
    again = request("POST", "/tasks", BODY, headers={"Idempotency-Key": "once"})
    assert (again.status, again.json["id"]) == (201, first.json["id"])
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]


@pytest.mark.parametrize(
    "spelling",
    [
        '{"command":["sleep","60"],"image":"busybox"}',
        '{ "image" : "busybox" , "command" : [ "sleep" , "60" ] }',
        '{"image":"busybox","command":["sleep","60"],"cpu":256,"memory":512,"stop_timeout":30,"labels":{}}',
        '{"image":"\\u0062usybox","command":["sleep","60"],"environment":{}}',
    ],
)
def test_the_same_in_another_spelling_is_the_same(world, spelling):
    first = request("POST", "/tasks", BODY, headers={"Idempotency-Key": "once"})
    again = request("POST", "/tasks", spelling, headers={"Idempotency-Key": "once"})
    assert (again.status, again.json["id"]) == (201, first.json["id"])


@pytest.mark.parametrize(
    "other",
    [
        {"image": "other"},
        {"command": ["sleep", "61"]},
        {"environment": {"A": "1"}},
        {"secrets": {"A": "arn:aws:ssm:eu-west-1:1:parameter/a"}},
        {"cpu": 512, "memory": 1024},
        {"memory": 1024},
        {"stop_timeout": 31},
        {"labels": {"a": "b"}},
        {"timeout": 60},
        {"queue_timeout": 60},
    ],
    ids=lambda other: next(iter(other)),
)
def test_reused(world, other):
    first = request("POST", "/tasks", BODY, headers={"Idempotency-Key": "once"})
    answer = request("POST", "/tasks", {**BODY, **other}, headers={"Idempotency-Key": "once"})
    assert answer.problem == (422, "idempotency-key-reused", "Idempotency-Key")
    assert first.json["id"] in answer.json["detail"]


@pytest.mark.parametrize("key", ["a", " ", "~" * 255, "a b/c:d"])
def test_keys(world, key):
    headers = {"Idempotency-Key": key}
    ids = {request("POST", "/tasks", BODY, headers=headers).json["id"] for _ in range(2)}
    assert len(ids) == 1


def test_everything_that_can_be_asked_for(world):
    body = {
        "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/job:1@sha256:" + "a" * 64,
        "command": ["sh", "-c", "echo ü\n\t'\"", ""],
        "environment": {"A": "", "_b2": "x\ny", "NOT_CALLOFF_": "1"},
        "secrets": {"S": "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:a"},
        "cpu": 16384,
        "memory": 122880,
        "stop_timeout": 120,
        "timeout": 31_536_000,
        "queue_timeout": 1,
        "labels": {"a.b_c-1": "x" * 255, **{f"l{n}": "" for n in range(15)}},
    }
    answer = request("POST", "/tasks", body)
    assert answer.status == 201
    task = world.store.get(answer.json["id"])
    assert msgspec.to_builtins(task.spec) == {
        name: tuple(value) if name == "command" else value
        for name, value in body.items()
        if name in ("image", "command", "environment", "secrets", "cpu", "memory", "labels")
    }
    assert (task.stop_timeout, task.timeout, task.queue_timeout) == (120, 31_536_000, 1)


def test_what_is_deferred_is_created_all_the_same(world):
    world.containers.script("run", instead(Deferred("Capacity is unavailable")))
    answer = request("POST", "/tasks", BODY)
    assert (answer.status, answer.json["status"]) == (201, "pending")


def test_a_defect_is_a_500_that_tells_nothing(world):
    def defect(_):
        raise RuntimeError("the password is hunter2")

    world.containers.script("run", defect)
    answer = request("POST", "/tasks", BODY)
    assert answer.problem == (500, "internal", None)
    assert "hunter2" not in answer.text


def test_the_answers_document_is_what_a_look_shows(world):
    answer = request("POST", "/tasks", BODY)
    assert request("GET", answer.headers["Location"]).json == answer.json
    assert answer.json["created_at"] == "2026-01-02T03:04:05.000Z"


def test_what_was_adopted_is_taken_in_from_its_first_version_on(world):
    """The answer may show a container that runs already: the report that says so is still news."""

    def starts() -> None:
        world.containers.becomes(world.containers.only.arn, "running")

    world.containers.script("run", lost(Unclear("timed out")), before(starts))
    task = world.submit()
    assert (task.status, task.ecs_arn, task.ecs_version) == (Status.STARTING, world.containers.only.arn, 1)
    assert world.hand_in(event(world.containers.only.detail)) == Noted(world.now(task))
    assert world.now(task).status is Status.RUNNING
