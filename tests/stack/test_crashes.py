"""Parts are killed between any two calls, and the whole is started again: what was begun is brought to its end."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from localcloud import waiting
from localcloud.options import Options
from localcloud.stack import LocalCloud
from localcloud.witness import Witness
from tests.runtime import runtime
from tests.stack.caller import PATIENCE_S, TRAPS, Caller
from tests.stack.ecs import Ecs
from tests.stack.nudge import ends_when_told, find_bell


@pytest.fixture
def cloud(hasty):
    yield hasty
    hasty.resume("ecs")
    for name in ("api", "events"):
        if not hasty.parts[name].running:
            hasty.restart(name)


@pytest.fixture
def launching(cloud, stranger: Caller, amazon) -> Iterator[str]:
    """A task whose launcher was killed while ECS had its RunTask and had not answered."""
    cloud.pause("ecs")

    def submit() -> None:
        with contextlib.suppress(httpx.HTTPError):
            stranger.submit(TRAPS)

    submitting = threading.Thread(target=submit)
    submitting.start()
    (task_id,) = waiting.until(lambda: recorded(cloud, amazon, stranger.name), "the record", PATIENCE_S)
    cloud.kill("api")
    submitting.join()
    assert stranger.submitted == []
    stranger.submitted.append(task_id)
    cloud.restart("api")
    return task_id


def recorded(cloud, amazon, owner: str) -> list[str]:
    """The owner's tasks, by the table itself."""
    found = amazon("dynamodb").query(
        TableName=cloud.environment["CALLOFF_TABLE"],
        IndexName="by_owner",
        KeyConditionExpression="#owner = :owner",
        ExpressionAttributeNames={"#owner": "owner"},
        ExpressionAttributeValues={":owner": {"S": owner}},
    )
    return [item["pk"]["S"].removeprefix("task#") for item in found["Items"]]


def test_a_launch_whose_launcher_was_killed_is_adopted_or_made_once(cloud, launching, stranger, ecs: Ecs, witness):
    assert stranger.show(launching)["status"] == "starting"
    cloud.resume("ecs")
    running = stranger.until(launching, "running")
    assert (running["attempt"], len(ecs.of(launching))) == (1, 1)
    assert witness.look(launching).alive


def test_a_launch_whose_launcher_was_killed_is_cancelled_and_dead(cloud, launching, stranger, ecs: Ecs, witness):
    answer = stranger.cancel(launching)
    assert (answer.status_code, answer.json()["status"]) == (202, "cancelling")
    cloud.resume("ecs")
    stranger.until(launching, "cancelled")
    assert not witness.look(launching).alive
    assert not any(each["alive"] for each in ecs.of(launching))


def test_a_cancellation_whose_sender_was_killed_is_carried_out(cloud, alice: Caller, witness):
    task = alice.ready(TRAPS)
    cloud.pause("ecs")

    def cancel() -> None:
        with contextlib.suppress(httpx.HTTPError):
            alice.cancel(task["id"])

    cancelling = threading.Thread(target=cancel)
    cancelling.start()
    waiting.until(lambda: alice_sees(cloud, task["id"]) == "cancelling", "the cancellation", PATIENCE_S)
    cloud.kill("api")
    cancelling.join()
    cloud.restart("api")
    cloud.resume("ecs")
    alice.until(task["id"], "cancelled")
    assert not witness.look(task["id"]).alive


def alice_sees(cloud, task_id: str) -> str:
    """Ask past the connection that waits for its answer."""
    headers = {"Authorization": "Bearer alice"}
    return httpx.get(f"{cloud.endpoints.api}/tasks/{task_id}", headers=headers, timeout=60, trust_env=False).json()[
        "status"
    ]


def test_what_happened_while_nobody_took_events_is_told_later(cloud, alice: Caller, witness):
    short, long = alice.ready(ends_when_told(4)), alice.ready(TRAPS)
    cloud.kill("events")
    find_bell(cloud, short["id"])()
    waiting.until(lambda: not witness.look(short["id"]).alive, "its end", PATIENCE_S)
    assert alice.cancel(long["id"]).status_code == 202
    waiting.until(lambda: not witness.look(long["id"]).alive, "its end", PATIENCE_S)
    assert alice.show(short["id"])["status"] == "running"
    assert alice.show(long["id"])["status"] == "cancelling"
    cloud.restart("events")
    assert alice.until(short["id"], "failed")["exit_code"] == 4
    assert alice.until(long["id"], "cancelled")["termination"]["how"] == "graceful"


def test_a_local_cloud_that_is_stopped_and_started_again_knows_its_tasks(tmp_path: Path):
    options = Options(state=tmp_path, runtime=runtime(), workers=2)
    with LocalCloud(options) as first:
        alice = Caller(first.endpoints.api, "alice")
        done = alice.until(alice.submit("true")["id"], "completed")
        live = alice.ready(TRAPS, timeout=3600)
        witness = Witness(first.engine, first.endpoints.ecs)
        assert witness.look(live["id"]).alive
    # Stopping it stops its containers; what was not told of their ends by then, the next one tells.
    assert not witness.look(live["id"]).alive
    with LocalCloud(options) as second:
        alice = Caller(second.endpoints.api, "alice")
        assert alice.show(done["id"]) == done
        assert alice.until(live["id"], "failed")["termination"]["how"] != "never_started"
        timed = alice.submit(TRAPS, timeout=1)
        assert alice.until(timed["id"], "cancelled")["cancellation"]["cause"] == "timeout"
        again = alice.until(alice.submit("exit 0")["id"], "completed")
        assert [task["id"] for task in alice.http.get("/tasks").json()["tasks"]] == [
            again["id"],
            timed["id"],
            live["id"],
            done["id"],
        ]
