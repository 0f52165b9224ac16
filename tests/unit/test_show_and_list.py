"""Show and list: what a caller sees, and of whom."""

import msgspec
import pytest

from chalicelib.cursors import from_cursor
from chalicelib.lifecycle import Status
from chalicelib.views import task_document
from tests.doubles.api import request
from tests.doubles.examples import SPEC, a_task, later, whole_task
from tests.doubles.world import KEYS


@pytest.fixture(autouse=True)
def _wired(api):
    """The routes reach this world."""


def stored(world, status=Status.RUNNING, *, labels=None, **parts):
    spec = msgspec.structs.replace(SPEC, labels=labels or {})
    task = a_task(status, **{"spec": spec, **parts})
    world.store.put(task)
    return task


def listed(query="", caller="alice"):
    answer = request("GET", f"/tasks{query}", caller=caller)
    assert answer.status == 200, answer
    return [task["id"] for task in answer.json["tasks"]]


# -- show


@pytest.mark.parametrize("caller", ["alice", "admin"])
@pytest.mark.parametrize("status", Status)
def test_an_owner_and_an_admin_see_a_task(world, status, caller):
    task = stored(world, status)
    answer = request("GET", f"/tasks/{task.id}", caller=caller)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert (answer.json["id"], answer.json["status"]) == (task.id, status)


def test_nobody_else_sees_it(world):
    answer = request("GET", f"/tasks/{stored(world).id}", caller="bob")
    assert answer.problem == (403, "forbidden", None)
    assert "busybox" not in answer.text


# -- the document

FIELDS = {
    *("id", "status", "owner", "image", "command", "environment", "secrets", "cpu", "memory", "stop_timeout", "labels"),
    *("created_at", "started_at", "ended_at", "exit_code", "attempt", "cancellation", "termination", "history"),
}
CANCELLATION = {"cause", "reason", "reason_code", "requested_by", "requested_at", "expected_by", "requests"}
TERMINATION = {"how", "proof", "exit_code", "stop_code", "stopped_reason", "stopping_at", "execution_stopped_at"}


@pytest.mark.parametrize("status", Status)
def test_a_document_has_every_field_always(world, status):
    assert request("GET", f"/tasks/{stored(world, status).id}").json.keys() >= FIELDS


def test_a_document_tells_all_of_it(world):
    document = msgspec.to_builtins(task_document(whole_task(Status.CANCELLED), world.settings))
    assert document["cancellation"].keys() == CANCELLATION | {"force_requested", "grace"}
    assert document["termination"].keys() == TERMINATION
    assert document["history"][0].keys() == {"at", "event", "from", "to", "by", "reason"}
    assert all(document[name] is not None for name in FIELDS)


def test_a_document_does_not_tell_values_of_the_environment(world):
    spec = msgspec.structs.replace(SPEC, environment={"B": "hunter2", "A": "x"}, secrets={"S": "arn:aws:ssm:e:1:p/s"})
    text = request("GET", f"/tasks/{stored(world, spec=spec).id}")
    assert text.json["environment"] == ["A", "B"]
    assert text.json["secrets"] == ["S"]
    assert "hunter2" not in text.text
    assert "ssm" not in text.text


def test_times_are_rfc_3339_in_utc(world):
    task = stored(world, Status.COMPLETED, started_at=later(0.5))
    document = request("GET", f"/tasks/{task.id}").json
    assert document["created_at"] == "2026-01-02T03:04:05.000Z"
    assert document["started_at"] == "2026-01-02T03:04:05.500Z"
    assert document["ended_at"] == "2026-01-02T03:05:05.000Z"


def test_a_history_tells_the_statuses(world):
    task = world.running()
    world.cancel(task, reason="wrong input")
    world.reports(world.of(task), "deprovisioning")
    told = request("GET", f"/tasks/{task.id}").json["history"]
    assert [(move["event"], move["from"], move["to"], move["by"]) for move in told] == [
        ("submitted", None, "starting", "alice"),
        ("launched", "starting", "starting", "launcher"),
        ("started", "starting", "running", "ecs"),
        ("cancel_requested", "running", "cancelling", "alice"),
        ("stopped", "cancelling", "cancelled", "ecs"),
    ]
    assert told[3]["reason"] == "wrong input"


def test_how_it_ended_is_judged_when_it_is_shown(world):
    task = world.running()
    world.cancel(task)
    world.reports(world.of(task), "deprovisioning")
    document = request("GET", f"/tasks/{task.id}").json
    assert (document["exit_code"], document["termination"]["exit_code"]) == (143, 143)
    assert (document["termination"]["how"], document["termination"]["proof"]) == ("graceful", "ecs_event")
    assert document["termination"]["stopping_at"] == "2026-01-02T03:06:18.100Z"


# -- list


def test_a_list_is_of_the_callers_own_newest_first(world):
    tasks = [stored(world, created_at=later(s)) for s in (1, 3, 2)]
    stored(world, owner="bob", created_at=later(4))
    assert listed() == [tasks[1].id, tasks[2].id, tasks[0].id]


def test_a_list_shows_documents(world):
    task = stored(world)
    answer = request("GET", "/tasks")
    assert answer.json == {"tasks": [request("GET", f"/tasks/{task.id}").json], "cursor": None}


def test_an_admin_lists_their_own_and_whom_they_name(world):
    own, alices = stored(world, owner="admin"), stored(world)
    assert listed(caller="admin") == [own.id]
    assert listed("?owner=alice", caller="admin") == [alices.id]
    assert listed("?owner=nobody", caller="admin") == []


def test_a_caller_may_name_themselves(world):
    task = stored(world)
    assert listed("?owner=alice") == [task.id]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?status=running", {"run", "runb"}),
        ("?status=running&status=failed", {"run", "runb", "fail"}),
        ("?status=pending", set()),
        ("?label=team%3Da", {"run", "fail"}),
        ("?label=team%3Da&label=env%3Dprod", {"run"}),
        ("?label=team%3D", set()),
        ("?label=note%3Da%3Db", {"runb"}),
        ("?status=failed&label=team%3Da", {"fail"}),
    ],
)
def test_a_list_by_status_and_label(world, query, shown):
    tasks = {
        stored(world, labels={"team": "a", "env": "prod"}).id: "run",
        stored(world, labels={"team": "b", "note": "a=b"}).id: "runb",
        stored(world, Status.FAILED, labels={"team": "a"}).id: "fail",
    }
    assert {tasks[i] for i in listed(query)} == shown


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_follow_each_other(world, limit):
    ids = [stored(world, created_at=later(-s)).id for s in range(7)]
    found, target = [], f"/tasks?limit={limit}"
    for _ in range(9):
        page = request("GET", target).json
        assert len(page["tasks"]) <= limit
        found += [task["id"] for task in page["tasks"]]
        if page["cursor"] is None:
            break
        target = f"/tasks?limit={limit}&cursor={page['cursor']}"
    assert found == ids


def test_a_page_may_be_short_and_more_may_follow(world):
    first, second = (stored(world, s, created_at=later(-n)) for n, s in enumerate((Status.RUNNING, Status.FAILED)))
    page = request("GET", "/tasks?limit=1&status=failed").json
    assert page["tasks"] == []
    assert from_cursor(KEYS, "alice", page["cursor"]).task_id == first.id
    assert listed(f"?limit=1&status=failed&cursor={page['cursor']}") == [second.id]


def test_a_page_has_fifty_unless_asked_otherwise(world):
    for seconds in range(120):
        stored(world, created_at=later(seconds))
    assert len(listed()) == 50
    assert len(listed("?limit=100")) == 100


def test_an_admins_cursor_is_for_whom_they_named(world):
    for seconds in range(2):
        stored(world, created_at=later(seconds))
    cursor = request("GET", "/tasks?owner=alice&limit=1", caller="admin").json["cursor"]
    assert len(listed(f"?owner=alice&cursor={cursor}", caller="admin")) == 1
    assert request("GET", f"/tasks?cursor={cursor}", caller="admin").problem == (400, "malformed", "cursor")
