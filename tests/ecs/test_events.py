"""*ECS Task State Change* events: their shape, and that none gets lost."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from localcloud.ecs import DirectSink, Engine, Once
from localcloud.ecs.runtimes.port import OUT_OF_MEMORY
from localcloud.ecs.runtimes.simulated import Behaviour
from tests.ecs.bench import CLUSTER, DEFINITION, SLOW, Bench
from tests.ecs.bench import RUN as BASE
from tests.ecs.endpoint import ROOT

SAMPLES = ROOT / "tests" / "doubles" / "samples"
PULL = "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref"
RUN = {
    "startedBy": "calloff/prod/0b7c5f3e-6a1d-4c8b-9e2f-7d6c5b4a3f2e/1",
    "overrides": {
        "containerOverrides": [
            {
                "name": "main",
                "command": ["sh", "-c", "work"],
                "environment": [{"name": "CALLOFF_TASK_ID", "value": "0b7c5f3e"}],
            }
        ]
    },
}


def sample(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SAMPLES / f"ecs-task-{name}.json").read_text())
    if name == "failed-to-start":
        for container in loaded["detail"]["containers"]:  # an image that never came has no digest, nor a container
            del container["imageDigest"], container["runtimeId"]
    return loaded


def skeleton(value: Any) -> Any:
    """Answer the shape alone: keys, nesting, types, and the form of each time."""
    match value:
        case dict():
            return {name: skeleton(each) for name, each in sorted(value.items())}
        case list():
            return [skeleton(each) for each in value]
        case str():
            return re.sub(r"[0-9]", "9", value) if re.match(r"\d{4}-\d\d-\d\dT", value) else "a text"
        case _:
            return type(value).__name__


def named(details: list[dict[str, str]]) -> list[str]:
    return [detail["name"] for detail in details]


def life(bench: Bench, how: str) -> str:
    """Lead a task to the state that a sample shows, and answer its ARN."""
    strategy = {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}]}
    if how == "failed-to-start":
        bench.runtime.script = lambda _: Behaviour(fails=PULL)
    arn = bench.run(**RUN) if how != "spot-interruption" else run_on_spot(bench, strategy)
    bench.clock.advance(SLOW.provisioning + SLOW.pending + SLOW.activating)
    match how:
        case "exited-0":
            bench.exit(arn, 0)
        case "out-of-memory":
            bench.exit(arn, 137, OUT_OF_MEMORY)
        case "spot-interruption":
            bench.engine.interrupt(arn, "SpotInterruption", "Your Spot Task was interrupted.")
        case "stopped" | "deprovisioning":
            bench.ecs.stop_task(cluster=CLUSTER, task=arn, reason="calloff/0b7c5f3e/user: wrong input")
        case "stopped-by-operator":
            bench.ecs.stop_task(cluster=CLUSTER, task=arn)
    bench.clock.advance(60)
    return arn


def run_on_spot(bench: Bench, strategy: dict[str, Any]) -> str:
    params = {name: value for name, value in BASE.items() if name != "launchType"}
    arn: str = bench.engine.call("RunTask", {**params, **RUN, **strategy})["tasks"][0]["taskArn"]
    return arn


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("ecs-task-*.json")), ids=lambda path: path.stem)
def test_an_event_has_the_shape_of_awss(slow: Bench, path: Path) -> None:
    how = path.stem.removeprefix("ecs-task-")
    expected = sample(how)
    arn = life(slow, how)
    wanted = expected["detail"]["lastStatus"]

    event = next(each for each in slow.events if each["detail"]["lastStatus"] == wanted)

    assert skeleton(event) == skeleton(expected)
    assert event["resources"] == [arn]
    for name in ("desiredStatus", "lastStatus", "stopCode", "stoppedReason", "launchType", "capacityProviderName"):
        assert event["detail"].get(name) == expected["detail"].get(name), name
    ours, theirs = event["detail"]["attachments"][0], expected["detail"]["attachments"][0]
    assert (ours["type"], ours["status"], named(ours["details"])) == (
        theirs["type"],
        theirs["status"],
        named(theirs["details"]),
    )
    for mine, yours in zip(event["detail"]["containers"], expected["detail"]["containers"], strict=True):
        assert (mine["lastStatus"], mine.get("exitCode"), mine.get("reason")) == (
            yours["lastStatus"],
            yours.get("exitCode"),
            yours.get("reason"),
        )


def test_the_envelope_is_that_of_eventbridge(bench: Bench) -> None:
    arn = bench.running()
    event = bench.events[0]
    assert (event["source"], event["detail-type"]) == ("aws.ecs", "ECS Task State Change")
    assert (event["account"], event["region"], event["resources"]) == ("000000000000", "eu-west-1", [arn])
    assert len({each["id"] for each in bench.events}) == len(bench.events)


def test_tags_never_appear(bench: Bench) -> None:
    bench.running(tags=[{"key": "whose", "value": "ours"}])
    assert "whose" not in json.dumps(bench.events)


def test_an_events_version_is_the_one_that_describe_shows(bench: Bench) -> None:
    arn = bench.running()
    assert bench.told(arn)[-1]["version"] == bench.task(arn)["version"]


def test_an_event_comes_again_until_it_is_taken(bench: Bench) -> None:
    bench.deaf = True
    arn = bench.running()
    bench.clock.advance(30)
    assert bench.told(arn) == []
    assert bench.engine.outbox.waiting == 4

    bench.deaf = False
    bench.clock.advance(6)

    assert sorted(detail["version"] for detail in bench.told(arn)) == [1, 2, 3, 4]
    assert bench.engine.outbox.waiting == 0


def test_an_event_that_nobody_takes_holds_up_no_other(bench: Bench) -> None:
    taken: list[int] = []

    def handler(event: dict[str, Any]) -> None:
        if event["detail"]["lastStatus"] == "PENDING":
            raise ValueError("poison")
        taken.append(event["detail"]["version"])

    engine = Engine(bench.runtime, clock=bench.clock, settings=bench.settings, sinks=[DirectSink(handler)])
    engine.open()
    engine.call("RegisterTaskDefinition", DEFINITION)
    engine.call("RunTask", BASE)
    bench.clock.advance(10)
    assert taken == [1, 3, 4]


def test_events_owed_survive_a_crash(bench: Bench) -> None:
    bench.deaf = True
    arn = bench.running()
    bench.crash()
    bench.deaf = False
    bench.clock.advance(6)
    assert {detail["version"] for detail in bench.told(arn)} == {1, 2, 3, 4}


def test_a_delayed_event_survives_a_crash(bench: Bench) -> None:
    bench.engine.add_faults(Once(on="event", fault="delayed", match='"lastStatus": "RUNNING"', seconds=60))
    arn = bench.running()
    bench.crash()
    bench.clock.advance(59)
    assert "RUNNING" not in [detail["lastStatus"] for detail in bench.told(arn)]
    bench.clock.advance(2)
    assert "RUNNING" in [detail["lastStatus"] for detail in bench.told(arn)]
