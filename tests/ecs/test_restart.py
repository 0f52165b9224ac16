"""A crash of the endpoint: nothing that it knew is lost, nothing runs twice."""

from typing import Any

import pytest

from localcloud.ecs import Plan
from localcloud.ecs.runtimes.simulated import Behaviour
from tests.ecs.bench import CLUSTER, DEFINITION, SLOW, Bench, key


class Fragile(Bench):
    """Crashes when its first event of this status goes out: what was written down with it has not begun."""

    crashes_at = ""

    def _take(self, event: dict[str, Any]) -> None:
        super()._take(event)
        if event["detail"]["lastStatus"] == self.crashes_at:
            self.crashes_at = ""
            self.engine.abandon()


def test_a_start_that_is_to_fail_fails_after_a_crash_in_that_moment() -> None:
    bench = Fragile(delays=SLOW)
    bench.engine.set_faults(Plan(starts=1.0))
    arn = bench.run()
    bench.crashes_at = "ACTIVATING"
    bench.clock.advance(20)
    bench.crash()
    bench.clock.advance(60)

    assert bench.status(arn) == ("STOPPED", "STOPPED")
    assert bench.task(arn)["stopCode"] == "TaskFailedToStart"


def test_a_kill_that_was_written_down_is_carried_out_after_a_crash_in_that_moment(bench: Bench) -> None:
    bench.runtime.script = lambda _: Behaviour(stops=None)
    arn = bench.running()
    kill, bench.runtime.kill = bench.runtime.kill, lambda _: None  # the crash comes before it
    bench.ecs.stop_task(cluster=CLUSTER, task=arn)
    bench.clock.advance(30)
    bench.runtime.kill = kill
    assert bench.status(arn)[0] == "STOPPING"
    bench.crash()
    bench.clock.advance()

    assert bench.status(arn) == ("STOPPED", "STOPPED")
    assert bench.task(arn)["containers"][0]["exitCode"] == 137


def test_everything_is_known_again(bench: Bench) -> None:
    arn = bench.running(clientToken="t:1", startedBy="me", tags=[{"key": "a", "value": "b"}])
    before = bench.task(arn)
    bench.crash()

    assert {**bench.task(arn), "tags": []} == {**before, "tags": []}
    assert bench.ecs.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "a", "value": "b"}]
    assert bench.run(clientToken="t:1", startedBy="me", tags=[{"key": "a", "value": "b"}]) == arn
    assert bench.ecs.register_task_definition(**DEFINITION)["taskDefinition"]["revision"] == 2


@pytest.mark.parametrize("seconds", [0, 5, 10, 11, 12, 14, 19, 20, 30])
def test_a_task_goes_on_from_wherever_it_stood(slow: Bench, seconds: float) -> None:
    slow.runtime.script = lambda _: Behaviour(starts=3)
    arn = slow.run()
    slow.clock.advance(seconds)
    slow.crash()
    slow.clock.advance(30)

    assert slow.status(arn) == ("RUNNING", "RUNNING")
    assert slow.runtime.launched == [key(arn)]


@pytest.mark.parametrize("seconds", [0, 0.5, 1, 2, 4, 8, 20, 40])
def test_a_stop_goes_on_from_wherever_it_stood(slow: Bench, seconds: float) -> None:
    slow.runtime.script = lambda _: Behaviour(stops=5)
    arn = slow.running()
    slow.ecs.stop_task(cluster=CLUSTER, task=arn)
    slow.clock.advance(seconds)
    slow.crash()
    slow.clock.advance(60)

    assert slow.status(arn) == ("STOPPED", "STOPPED")
    versions = [detail["version"] for detail in slow.told(arn)]
    assert sorted(set(versions)) == list(range(1, versions[-1] + 1))


def test_a_stop_signal_that_a_crash_swallowed_is_sent_by_the_next(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = bench.running()
    monkeypatch.setattr(bench.runtime, "terminate", lambda _: None)
    bench.ecs.stop_task(cluster=CLUSTER, task=arn)
    bench.clock.advance()
    monkeypatch.undo()
    assert bench.status(arn)[0] == "STOPPING"

    bench.crash()
    bench.clock.advance()

    assert bench.status(arn)[0] == "STOPPED"
    assert bench.runtime.signals == [(key(arn), "TERM")]


def test_the_grace_is_not_begun_anew(bench: Bench) -> None:
    bench.runtime.script = lambda _: Behaviour(stops=None)
    arn = bench.running()
    bench.ecs.stop_task(cluster=CLUSTER, task=arn)
    bench.clock.advance(20)
    bench.crash()
    bench.clock.advance(9)
    assert bench.status(arn)[0] == "STOPPING"
    bench.clock.advance(1.1)
    assert bench.status(arn)[0] == "STOPPED"


def test_a_death_while_the_endpoint_was_away_is_reported(bench: Bench) -> None:
    arn = bench.running()
    bench.engine.abandon()
    bench.runtime.exit(key(arn), 7)
    bench.crash()
    bench.clock.advance()

    task = bench.task(arn)
    assert (task["lastStatus"], task["containers"][0]["exitCode"]) == ("STOPPED", 7)


def test_a_retention_that_passed_meanwhile_counts(bench: Bench) -> None:
    arn = bench.running()
    bench.exit(arn)
    bench.engine.abandon()
    bench.clock.advance(4000)
    bench.crash()
    bench.clock.advance()
    assert bench.engine.tasks() == []
    assert bench.ecs.describe_tasks(cluster=CLUSTER, tasks=[arn])["failures"][0]["reason"] == "MISSING"
