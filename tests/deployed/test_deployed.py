"""The deployed stack, end to end: API Gateway, Lambda, DynamoDB, ECS, Step Functions, EventBridge and SQS."""

import json

import httpx
import pytest

from localcloud import waiting
from tests.deployed.target import PATIENCE_S, Target

FOREVER = "trap 'exit 0' TERM; while :; do sleep 0.05; done"


@pytest.fixture
def alice(target):
    with target.http() as client:
        yield client


@pytest.fixture
def stranger(target):
    """Somebody else, known by another signature."""
    if target.witness is None:
        pytest.skip("makes no users in an account that is somebody's")
    iam = target.client("iam")
    iam.create_user(UserName="bob")
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    with target.http((key["AccessKeyId"], key["SecretAccessKey"])) as client:
        yield client


def submit(target: Target, client, script: str = FOREVER, **fields) -> str:
    body = {"image": target.image, "command": ["sh", "-c", script], "stop_timeout": 5} | fields
    answer = client.post("/tasks", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def alive(target: Target, task: str) -> list[str]:
    """What ECS, and whoever else knows, says is alive of the task."""
    ecs, cluster = target.client("ecs"), target.deployed.outputs["ClusterArn"]
    listed = [arn for wanted in ("RUNNING", "STOPPED") for arn in mine(ecs, cluster, task, wanted)]
    found = ecs.describe_tasks(cluster=cluster, tasks=listed)["tasks"] if listed else []
    told = [each["taskArn"] for each in found for c in each["containers"] if c["lastStatus"] != "STOPPED"]
    seen = target.witness.look(task) if target.witness else None
    return [*told, seen.words] if seen and seen.alive else told


def mine(ecs, cluster, task, wanted) -> list[str]:
    pages = ecs.get_paginator("list_tasks").paginate(cluster=cluster, desiredStatus=wanted)
    arns = [arn for page in pages for arn in page["taskArns"]]
    found = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
    return [each["taskArn"] for each in found if f"/{task}/" in each.get("startedBy", "")]


def invoke(target: Target, function: str, event: dict) -> dict:
    name = target.deployed.names[function]
    answer = target.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
    payload = json.loads(answer["Payload"].read() or "null")
    assert "FunctionError" not in answer, payload
    return payload


def scheduled(name: str) -> dict:
    """The event of a schedule, for a rule that nobody waits a minute for."""
    empty = {"version": "0", "id": name, "account": "", "region": "", "time": "1970-01-01T00:00:00Z"}
    return empty | {"source": "aws.events", "detail-type": "Scheduled Event", "resources": [], "detail": {}}


def test_a_task_runs_and_is_cancelled_and_proven_dead(target, alice):
    task = submit(target, alice)
    target.until(alice, task, "running")
    assert alive(target, task)
    answer = alice.post(f"/tasks/{task}/cancel", json={"reason": "wrong input"})
    assert (answer.status_code, answer.json()["status"]) == (202, "cancelling")

    ended = target.until(alice, task, "cancelled")
    assert alive(target, task) == []
    assert (ended["cancellation"]["cause"], ended["cancellation"]["reason"]) == ("user", "wrong input")
    assert (ended["termination"]["how"], ended["termination"]["proof"]) == ("graceful", "ecs_event")
    assert [move["event"] for move in ended["history"]][:3] == ["submitted", "launched", "started"]


def test_a_task_is_its_submitters_and_nobody_elses(target, alice, stranger):
    task = submit(target, alice)
    assert alice.get(f"/tasks/{task}").json()["owner"].startswith("arn:")
    assert stranger.get(f"/tasks/{task}").status_code == 403
    assert stranger.delete(f"/tasks/{task}").status_code == 403
    assert alice.delete(f"/tasks/{task}").status_code == 202
    target.until(alice, task, "cancelled")


def test_without_a_signature_there_is_health_and_nothing_else(target):
    with httpx.Client(base_url=target.deployed.url, timeout=30, trust_env=False) as nobody:
        assert nobody.get("/healthz").status_code == 200
        refused = nobody.get("/tasks")
    # The template's own answer is a 401; the emulator refuses before it comes to that.
    assert refused.status_code in (401, 403)


def test_a_task_ends_by_itself(target, alice):
    assert target.until(alice, submit(target, alice, "exit 0"), "completed")["exit_code"] == 0
    assert target.until(alice, submit(target, alice, "exit 3"), "failed")["exit_code"] == 3


def test_the_state_machine_cancels_what_runs_for_too_long(target, alice):
    task = submit(target, alice, timeout=2)
    ended = target.until(alice, task, "cancelled")
    assert alive(target, task) == []
    assert (ended["cancellation"]["cause"], ended["cancellation"]["requested_by"]) == ("timeout", "deadline")

    machine = target.deployed.outputs["TimerArn"].replace(":stateMachine:", ":execution:")
    steps = target.client("stepfunctions")
    timer = f"{machine}:{task}-1"
    waiting.until(lambda: steps.describe_execution(executionArn=timer)["status"] == "SUCCEEDED", timer, PATIENCE_S)
    visited = [each["stateEnteredEventDetails"]["name"] for each in entered(steps, timer)]
    assert visited[0] == "Wait"
    assert visited[-3:] == ["Wake", "Done?", "Done"]


def entered(steps, execution) -> list[dict]:
    history = steps.get_execution_history(executionArn=execution, maxResults=1000)["events"]
    return [event for event in history if "stateEnteredEventDetails" in event]


def test_a_freeze_keeps_tasks_waiting_and_the_queue_launches_them_after_it(target, alice):
    freeze(target, frozen=True)
    try:
        task = waiting.until(lambda: waits(target, alice), "freeze", PATIENCE_S, every_s=1)
        assert alive(target, task) == []
    finally:
        freeze(target, frozen=False)

    def launched() -> bool:
        invoke(target, "Sweep", scheduled("sweep"))
        return alice.get(f"/tasks/{task}").json()["status"] != "pending"

    waiting.until(launched, "launch", PATIENCE_S, every_s=1)
    running = target.until(alice, task, "running")
    assert [move["event"] for move in running["history"]][:2] == ["queued", "claimed"]
    alice.delete(f"/tasks/{task}")
    target.until(alice, task, "cancelled")


def waits(target: Target, alice) -> str | None:
    """Submit a task; give it if it waits. A function reads the switch at most once in ten seconds."""
    task = submit(target, alice)
    if alice.get(f"/tasks/{task}").json()["status"] == "pending":
        return task
    alice.delete(f"/tasks/{task}")
    return None


def freeze(target: Target, *, frozen: bool) -> None:
    target.client("dynamodb").update_item(
        TableName=target.deployed.outputs["TableName"],
        Key={"pk": {"S": "switches"}, "sk": {"S": "switches"}},
        UpdateExpression="SET frozen = :frozen",
        ExpressionAttributeValues={":frozen": {"BOOL": frozen}},
    )


def test_the_schedules_find_nothing_amiss(target):
    invoke(target, "Sweep", scheduled("sweep"))
    invoke(target, "Hunt", scheduled("hunt"))


def test_the_canary_flies(target):
    """It has seen the container dead; whoever else knows agrees."""
    flown = invoke(target, "Canary", {})
    assert flown["outcome"] == "Flown"
    assert alive(target, flown["task_id"]) == []
