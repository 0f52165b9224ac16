"""The scripts, and policies that fire, with the real AWS CLI and curl against the deployed stack."""

import json
import os
import subprocess

import pytest

from localcloud import waiting
from tests.deployed.target import AWS, PATIENCE_S, ROOT

FOREVER = "trap 'exit 0' TERM; while :; do sleep 0.05; done"


@pytest.fixture
def run(target):
    """Run a script; give what it wrote."""
    given = {"AWS": str(AWS), "CALLOFF_API": target.deployed.url, "STACK": target.stack, "HOME": os.environ["HOME"]}

    def run(name: str, *arguments: str, **more: str) -> str:
        done = subprocess.run(
            [ROOT / "scripts" / name, *arguments],
            env={**target.environment, **given, **more},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture
def api(target):
    with target.http() as client:
        yield client


@pytest.fixture
def own(target):
    """Let a test run only where every task is the tests' own."""
    if target.witness is None:
        pytest.skip("would cancel what is not the tests' own")


@pytest.fixture
def running(target, api):
    """Make tasks that run; none outlives its test."""
    made = []

    def make(**fields) -> str:
        body = {"image": target.image, "command": ["sh", "-c", FOREVER], "stop_timeout": 5} | fields
        answer = api.post("/tasks", json=body)
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["id"])
        target.until(api, made[-1], "running")
        return made[-1]

    yield make
    for task in made:
        api.delete(f"/tasks/{task}")


def status(api, task: str) -> str:
    return api.get(f"/tasks/{task}").json()["status"]


def test_a_task_is_submitted_shown_and_cancelled_by_signed_rest_calls(target, run, api):
    task = json.loads(run("submit", target.image, "sh", "-c", FOREVER, TIMEOUT="600"))["id"]
    target.until(api, task, "running")
    assert json.loads(run("show", task))["command"] == ["sh", "-c", FOREVER]
    assert json.loads(run("cancel-by-rest", task, "wrong input"))["status"] == "cancelling"
    ended = target.until(api, task, "cancelled")
    assert ended["cancellation"]["reason"] == "wrong input"


def test_a_task_is_cancelled_by_invoking_a_function(target, run, api, running):
    task = running()
    assert json.loads(run("cancel-by-invoke", task, "by hand"))["outcome"] == "cancelling"
    ended = target.until(api, task, "cancelled")
    assert ended["cancellation"]["requested_by"].startswith("lambda/")


def test_many_tasks_are_cancelled_by_one_event_whatever_else_is_in_it(target, run, api, running):
    tasks = [running() for _ in range(2)]
    run("cancel-by-event", tasks[0], "no-such-task", tasks[1])
    for task in tasks:
        ended = target.until(api, task, "cancelled", "cancelling", "running")
        ended = waiting.until(lambda task=task: cancelled(api, task), "its end", PATIENCE_S, every_s=0.3)
        assert ended["cancellation"]["requested_by"].startswith("events/")


def cancelled(api, task) -> dict | None:
    found = api.get(f"/tasks/{task}").json()
    return found if found["status"] == "cancelled" else None


def test_a_timer_is_followed(run, running):
    said = run("timer", running(timeout=3000))
    assert said.startswith("RUNNING")
    assert "Wait" in said


def ids(said: str) -> list[str]:
    """The second column: what the other scripts take for a task."""
    return [line.split("\t")[1] for line in said.splitlines()]


def test_the_table_is_asked_by_its_indexes(run, api, running):
    task = running()
    owner = api.get(f"/tasks/{task}").json()["owner"]
    assert ids(run("tasks-of", owner))[0] == task
    assert task in ids(run("active"))
    api.delete(f"/tasks/{task}")
    waiting.until(lambda: task not in ids(run("active")), "the index", PATIENCE_S, every_s=0.5)


def test_what_is_stopped_behind_our_back_is_cancelled_with_cause_external(run, api, running):
    task = running()
    assert "STOPPED" in run("stop-behind", task, "by hand")
    ended = waiting.until(lambda: cancelled(api, task), "its end", PATIENCE_S, every_s=0.3)
    assert (ended["cancellation"]["cause"], ended["termination"]["stopped_reason"]) == ("external", "by hand")


def test_an_alarm_that_rings_cancels_what_its_policy_selects(own, target, api, running):
    low, high = [running(labels={"priority": "low"}) for _ in range(2)], running(labels={"priority": "high"})
    threshold = ["--threshold", "1", "--evaluation-periods", "1", "--period", "60", "--statistic", "Sum"]
    compared = ["--comparison-operator", "GreaterThanThreshold", "--namespace", "Test", "--metric-name", "Load"]
    target.cli("cloudwatch", "put-metric-alarm", "--alarm-name", "rehearsed-load", *threshold, *compared)
    rings = ["--alarm-name", "rehearsed-load", "--state-value", "ALARM", "--state-reason", "a test"]
    target.cli("cloudwatch", "set-alarm-state", *rings)
    for task in low:
        ended = waiting.until(lambda task=task: cancelled(api, task), "its end", PATIENCE_S, every_s=0.3)
        assert (ended["cancellation"]["cause"], ended["cancellation"]["requested_by"]) == ("policy", "policy/shed")
        assert ended["cancellation"]["reason"] == "alarm rehearsed-load: overload"
    assert status(api, high) == "running"


def test_a_schedule_fires_the_policy_that_it_names(own, target, api, running):
    night, day = running(labels={"until": "night"}), running()
    events = target.client("events")
    rules = events.list_rules()["Rules"]
    [rule] = [each for each in rules if each.get("ScheduleExpression") == "cron(0 22 * * ? *)"]
    [fired] = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    function = target.client("lambda")
    answer = function.invoke(FunctionName=fired["Arn"], Payload=fired["Input"].encode())
    assert json.loads(answer["Payload"].read())[0]["cancelled"] == 1
    ended = waiting.until(lambda: cancelled(api, night), "its end", PATIENCE_S, every_s=0.3)
    assert ended["cancellation"]["reason"] == "schedule: bedtime"
    assert status(api, day) == "running"


def test_a_freeze_and_then_everything_is_cancelled_now(own, run, api, running):
    tasks = [running() for _ in range(3)]
    run("freeze", "on")
    try:
        said = run("cancel-everything")
        assert '"everything"' in said
        assert run("drain", EVERY="1", WITHIN="60").splitlines()[-1] == "0 run"
    finally:
        run("freeze", "off")
    for task in tasks:
        assert api.get(f"/tasks/{task}").json()["cancellation"]["requested_by"] == "policy/everything"


def test_the_hunt_of_a_restored_table_waits_until_it_is_armed(own, target, run):
    dynamodb, table = target.client("dynamodb"), target.deployed.outputs["TableName"]
    switches = {"pk": {"S": "switches"}, "sk": {"S": "switches"}}
    # As in a copy: the table that the hunt was armed for is another.
    dynamodb.update_item(
        TableName=table,
        Key=switches,
        UpdateExpression="SET hunt_table = :other, hunt_paused = :why",
        ExpressionAttributeValues={":other": {"S": "the original"}, ":why": {"S": "a test"}},
    )
    assert "armed for" in run("arm-hunt")
    item = dynamodb.get_item(TableName=table, Key=switches, ConsistentRead=True)["Item"]
    assert item["hunt_table"]["S"] == dynamodb.describe_table(TableName=table)["Table"]["TableId"]
    assert "hunt_paused" not in item
