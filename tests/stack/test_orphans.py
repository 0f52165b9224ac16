"""The orphan hunt: what carries this deployment's mark and is nobody's is stopped; nothing else is touched."""

import uuid
from typing import Any

import pytest

from localcloud import resources, waiting
from tests.stack.caller import PATIENCE_S, TRAPS, Caller
from tests.stack.ecs import Ecs


@pytest.fixture
def cloud(hasty):
    return hasty


def launch(ecs: Ecs, like: dict[str, Any], started_by: str) -> str:
    """Launch a container past Calloff, with the task definition and the network of one of its own."""
    launched = ecs.api.run_task(
        cluster=resources.CLUSTER,
        taskDefinition=like["taskDefinitionArn"],
        launchType="FARGATE",
        startedBy=started_by,
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-00000000000000000"]}},
        overrides={"containerOverrides": [{"name": "main", "command": ["sh", "-c", TRAPS]}]},
    )
    return launched["tasks"][0]["taskArn"]


def ended(ecs: Ecs, arn: str) -> dict[str, Any] | None:
    (found,) = ecs.api.describe_tasks(cluster=resources.CLUSTER, tasks=[arn])["tasks"]
    return found if found["lastStatus"] == "STOPPED" else None


def test_orphans_are_stopped_and_what_is_not_ours_is_left_alone(alice: Caller, ecs: Ecs):
    terminal = alice.until(alice.submit("true")["id"], "completed")
    running = alice.running(TRAPS)
    # No event tells of them: only the lists show what runs.
    ecs.faults(events={"lost": 1})
    like = ecs.described(running["id"])
    unknown = launch(ecs, like, f"calloff/local/{uuid.uuid4()}/1")
    left_over = launch(ecs, like, f"calloff/local/{terminal['id']}/2")
    second = launch(ecs, like, f"calloff/local/{running['id']}/1")
    foreign = launch(ecs, like, f"calloff/other/{uuid.uuid4()}/1")
    unmarked = launch(ecs, like, "somebody")
    for arn in (unknown, left_over, second):
        found = waiting.until(lambda arn=arn: ended(ecs, arn), f"the end of {arn}", PATIENCE_S)
        assert found["stoppedReason"].startswith("calloff/")
    for arn in (foreign, unmarked):
        assert ended(ecs, arn) is None
        ecs.api.stop_task(cluster=resources.CLUSTER, task=arn, reason="the test is over")
    assert alice.show(running["id"])["status"] == "running"
    assert alice.show(terminal["id"]) == terminal


def test_a_container_that_an_event_shows_is_stopped_without_a_hunt(cloud, alice: Caller, ecs: Ecs):
    running = alice.running(TRAPS)
    cloud.pause("scheduler")
    try:
        second = launch(ecs, ecs.described(running["id"]), f"calloff/local/{running['id']}/1")
        waiting.until(lambda: ended(ecs, second), "its end", PATIENCE_S)
    finally:
        cloud.resume("scheduler")
    assert alice.show(running["id"])["status"] == "running"
