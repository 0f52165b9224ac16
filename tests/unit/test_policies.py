"""A policy that fires cancels what it selects, within its limit and at its pace, and nothing else."""

import json

import msgspec
import pytest
from msgspec.structs import replace

import app
from chalicelib import bootstrap, policies
from chalicelib.enforce import UnfinishedError, enforce
from chalicelib.firing import Firing, NoSuchPolicyError, firings
from chalicelib.lifecycle import Status
from chalicelib.policies import Policies, Policy, Selection
from chalicelib.task import Cause
from tests.doubles.api import Context, wired
from tests.doubles.examples import SPEC
from tests.doubles.memory import MemoryFirings
from tests.doubles.world import World

LOW = Selection(labels={"priority": "low"})
SHED = Policy(name="shed", alarm="calloff-*-oldest-due", cancel=LOW, limit=10, reason="overload")
NIGHTLY = Policy(name="nightly", schedule="cron(0 22 * * ? *)", cancel=Selection(everything=True), limit=10, reason="x")
ALL = Policies(policies=(SHED, NIGHTLY))
FIRING = Firing(SHED, "shed/1", "alarm calloff-dev-oldest-due", again=True)


@pytest.fixture
def counts():
    return MemoryFirings()


def low(world: World, **parts):
    return world.running(spec=msgspec.structs.replace(SPEC, labels={"priority": "low", "team": "a"}), **parts)


def rang(state="ALARM", name="calloff-dev-oldest-due") -> dict:
    return {"source": "aws.cloudwatch", "id": "e-1", "detail": {"alarmName": name, "state": {"value": state}}}


def test_it_cancels_what_it_selects_and_says_why(world, counts):
    task, other = low(world), world.running()
    enforced = enforce(world.ports, counts, FIRING)
    cancelled = world.now(task)
    assert (enforced.cancelled, enforced.done, enforced.limited) == (1, True, False)
    assert cancelled.status is Status.CANCELLING
    assert cancelled.cancellation.cause is Cause.POLICY
    assert cancelled.cancellation.requested_by == "policy/shed"
    assert cancelled.cancellation.reason == "alarm calloff-dev-oldest-due: overload"
    assert world.of(task).stops
    assert world.now(other).status is Status.RUNNING


def test_it_selects_by_status_at_the_moment_of_the_write(world, counts):
    waiting = replace(
        FIRING,
        policy=msgspec.structs.replace(SHED, cancel=Selection(labels={}, statuses=("pending",), everything=True)),
    )
    task = low(world)
    assert enforce(world.ports, counts, waiting).cancelled == 0
    assert world.now(task).status is Status.RUNNING


def test_it_selects_by_owner(world, counts):
    hers = replace(FIRING, policy=msgspec.structs.replace(SHED, cancel=Selection(owners=("ali*",))))
    task, other = low(world), low(world, owner="bob")
    assert enforce(world.ports, counts, hers).cancelled == 1
    assert (world.now(task).status, world.now(other).status) == (Status.CANCELLING, Status.RUNNING)


def test_it_stops_at_its_limit_however_often_it_is_repeated(world, counts):
    three = [low(world) for _ in range(3)]
    firing = replace(FIRING, policy=msgspec.structs.replace(SHED, limit=2))
    first, again = (enforce(world.ports, counts, firing) for _ in range(2))
    assert (first.cancelled, first.limited) == (2, True)
    assert (again.cancelled, again.limited) == (0, True)
    assert sorted(world.now(task).status for task in three) == ["cancelling", "cancelling", "running"]
    assert enforce(world.ports, counts, replace(firing, id="shed/2")).cancelled == 1


def test_it_keeps_its_pace_and_goes_on_later(counts):
    world = World(policy_stops_per_s=2, sweep_budget_s=1)
    tasks = [low(world) for _ in range(8)]
    began = world.clock.now()
    first = enforce(world.ports, counts, FIRING)
    assert (first.cancelled, first.done) == (3, False)
    assert (world.clock.now() - began).total_seconds() == pytest.approx(1.5)
    assert enforce(world.ports, counts, FIRING).cancelled == 3
    assert enforce(world.ports, counts, FIRING).done
    assert {world.now(task).status for task in tasks} == {Status.CANCELLING}


def test_a_policy_that_cannot_look_at_all_says_so(counts, caplog):
    world = World(policy_most=1)
    low(world)
    enforce(world.ports, counts, FIRING)
    assert "policy_looked_at_no_more" in caplog.text


def test_an_alarm_fires_the_policies_that_name_it():
    [firing] = firings(rang(), "r", ALL)
    assert (firing.policy, firing.id, firing.again) == (SHED, "shed/e-1", True)


@pytest.mark.parametrize("event", [rang("OK"), rang("INSUFFICIENT_DATA"), rang(name="somebody-elses")])
def test_no_other_alarm_fires_anything(event):
    assert firings(event, "r", ALL) == []


def test_a_schedule_and_a_hand_fire_by_name():
    [scheduled] = firings({"policy": "nightly", "scheduled": True}, "r-1", ALL)
    [by_hand] = firings({"policy": "nightly"}, "r-2", ALL)
    assert (scheduled.id, scheduled.why, scheduled.again) == ("nightly/r-1", "schedule", True)
    assert (by_hand.id, by_hand.why, by_hand.again) == ("nightly/r-2", "by hand", False)


@pytest.mark.parametrize("event", [{}, {"policy": "unknown"}, {"policy": 1}, {"source": "aws.cloudwatch"}])
def test_what_is_no_firing_is_an_error(event):
    with pytest.raises(NoSuchPolicyError):
        firings(event, "r", ALL)


@pytest.fixture
def deployed(monkeypatch, tmp_path, counts):
    """The function, with a package that has our policies."""
    path = tmp_path / "policies.json"
    path.write_bytes(msgspec.json.encode(ALL))
    monkeypatch.setattr(policies, "PACKAGED", path)
    monkeypatch.setattr(bootstrap, "firings", lambda: counts)
    policies.packaged.cache_clear()
    yield
    policies.packaged.cache_clear()


def test_the_function_answers_what_it_did(api, deployed):
    low(api)
    [enforced] = app.enforce_policy({"policy": "shed"}, Context())
    assert enforced == {"policy": "shed", "cancelled": 1, "limited": False, "done": True}
    json.dumps(enforced)


def test_what_is_unfinished_is_fired_again_by_whoever_fired_it(deployed):
    world = World(policy_stops_per_s=1, sweep_budget_s=1)
    for _ in range(6):
        low(world)
    with wired(world.ports):
        with pytest.raises(UnfinishedError):
            app.enforce_policy(rang(), Context())
        assert app.enforce_policy({"policy": "shed"}, Context())[0]["done"] is False
        assert app.enforce_policy(rang(), Context())[0]["done"] is True


def test_a_source_tree_has_no_policies(tmp_path, monkeypatch):
    monkeypatch.setattr(policies, "PACKAGED", tmp_path / "policies.json")
    policies.packaged.cache_clear()
    assert policies.packaged() == Policies()
    policies.packaged.cache_clear()
