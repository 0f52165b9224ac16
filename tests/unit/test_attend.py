"""Attend: each need, met; twice is harmless, and a conclusion from an old look changes nothing."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.attend import attend
from chalicelib.lifecycle import Event, Status
from chalicelib.notes import Told
from chalicelib.ports import Deferred, NotRead, NotThere, Rejected, Unclear, Undefined, Unstopped
from chalicelib.relaunch import relaunch, relaunch_by_id
from chalicelib.sweep import sweep
from chalicelib.task import Cause, Proof
from tests.doubles.containers import instead, lost
from tests.doubles.examples import ARN, a_task, cancellation, later

HOUR = 3600


def stored(world, status, **parts):
    task = a_task(status, **parts)
    world.store.put(task)
    return task


def attended(world, task, reading=None):
    """Attend to the task as it is now; to its container, ECS's word is asked for."""
    now = world.now(task)
    if reading is None and now.ecs_arn is not None:
        reading = world.ports.containers.describe(now.placement.cluster, [now.ecs_arn])[now.ecs_arn]
    return attend(world.ports, now, reading or NotRead())


def unheard(world):
    """A task whose launch nobody answered, though ECS took it up; its lease is over."""
    world.containers.script("run", lost(Unclear("timed out")), instead(Unclear("timed out")))
    task = world.submit()
    world.clock.advance(world.settings.launch_lease_s)
    return task


def lost_launch(world):
    """A task whose launch ECS never saw, and never will; it can be sent no more."""
    world.containers.script("run", *[instead(Unclear("timed out"))] * 2)
    task = world.submit()
    world.clock.advance(HOUR)
    return task


# -- a launcher that is given up


def test_its_launch_is_sent_again_and_finds_the_container(world):
    task = unheard(world)
    assert attended(world, task).ecs_arn == world.containers.only.arn
    assert world.now(task).lease_id is None


@pytest.mark.parametrize(
    "answer", [Deferred("Rate exceeded"), Rejected("no"), Undefined("no definition"), Unclear("timed out")]
)
def test_no_other_answer_changes_anything(world, answer):
    task = unheard(world)
    before = world.now(task)
    world.containers.script("run", instead(answer))
    after = attended(world, task)
    assert (after.status, after.ecs_arn) == (Status.STARTING, None)
    assert after.lease_id != before.lease_id
    assert after.due_at == after.lease_ends_at == world.clock.now() + timedelta(seconds=world.settings.launch_lease_s)


def test_its_container_is_stopped_when_the_task_is_being_cancelled(world):
    task = unheard(world)
    world.cancel(task)
    assert attended(world, task).status is Status.CANCELLING
    assert len(world.containers.only.stops) == 1


def test_the_stop_of_what_was_got_hold_of_is_checked_on_soon(world):
    task = unheard(world)
    world.cancel(task)
    world.containers.script("stop", instead(Unstopped("lost")))
    after = attended(world, task)
    assert after.due_at == world.clock.now() + timedelta(seconds=world.settings.stop_check_s)
    world.clock.advance(world.settings.stop_check_s)
    sweep(world.ports)
    assert len(world.containers.only.stops) == 1


def test_a_takeover_that_is_not_answered_is_looked_at_when_its_lease_ends(world):
    task = unheard(world)
    world.cancel(task)
    world.containers.script("run", instead(Unclear("timed out")))
    lease_ends_at = attended(world, task).lease_ends_at
    world.clock.advance(world.settings.stop_check_s)
    sweep(world.ports)
    assert world.now(task).due_at == lease_ends_at


def test_a_lease_is_taken_once(world):
    task = world.now(unheard(world))
    world.containers.script("run", *[instead(Unclear("timed out"))] * 2)
    first = attend(world.ports, task, NotRead())
    runs = world.containers.count("run")
    second = attend(world.ports, task, NotRead())
    assert second == first
    assert world.containers.count("run") == runs


def test_a_record_that_is_gone_needs_nothing(world):
    task = world.now(unheard(world))
    world.store._records.clear()
    runs = world.containers.count("run")
    assert attend(world.ports, task, NotRead()) == task
    assert world.containers.count("run") == runs


# -- a launch that can be sent no more


def test_one_empty_list_is_no_proof(world):
    task = lost_launch(world)
    after = attended(world, task)
    assert (after.status, after.listed_empty_at) == (Status.STARTING, world.clock.now())
    world.clock.advance(world.settings.second_listing_s - 1)
    assert attended(world, task).status is Status.STARTING
    assert world.containers.count("find") == 1


def test_two_empty_lists_far_apart_are_the_end(world):
    task = lost_launch(world)
    attended(world, task)
    world.clock.advance(world.settings.second_listing_s)
    after = attended(world, task)
    assert (after.status, after.termination.proof) == (Status.FAILED, Proof.GONE)
    assert after.due_at is None


def test_two_empty_lists_end_a_cancellation(world):
    task = lost_launch(world)
    world.cancel(task)
    attended(world, task)
    world.clock.advance(world.settings.second_listing_s)
    assert attended(world, task).status is Status.CANCELLED


def test_between_the_two_a_repeated_cancel_does_not_start_it_over(world):
    task = lost_launch(world)
    world.cancel(task)
    attended(world, task)
    world.clock.advance(world.settings.second_listing_s)
    seen = world.now(task)
    world.cancel(task)
    assert attend(world.ports, seen, NotRead()).status is Status.CANCELLED


@pytest.mark.parametrize(("name", "status"), [("running", Status.RUNNING), ("exited-0", Status.COMPLETED)])
def test_what_the_lists_show_is_adopted(world, name, status):
    task = unheard(world)
    world.containers.becomes(world.containers.only.arn, name)
    world.clock.advance(HOUR)
    after = attended(world, task)
    assert (after.status, after.ecs_arn) == (status, world.containers.only.arn)


def test_what_the_lists_show_of_others_is_not(world):
    """It carries the mark, but another deployment's record is asked."""
    task = unheard(world)
    world.containers.only.detail["startedBy"] = f"calloff/test/{task.id}/1"
    world.settings = type(world)(deployment="other").settings
    world.clock.advance(HOUR)
    assert attended(world, task).ecs_arn is None


def test_without_an_answer_nothing_is_concluded(world):
    task = lost_launch(world)
    world.containers.script("find", instead(Unclear("throttled")))
    after = attended(world, task)
    assert (after.status, after.listed_empty_at) == (Status.STARTING, None)
    assert after.due_at == world.clock.now(), "it stays due, behind the others"


def test_a_container_that_came_up_in_between_is_kept(world):
    """The event arrives while the second list is read."""
    task = lost_launch(world)
    attended(world, task)
    world.clock.advance(world.settings.second_listing_s)
    seen = world.now(task)
    world.store.put(a_task(Status.RUNNING, id=task.id))
    assert attend(world.ports, seen, NotRead()).status is Status.RUNNING


def test_a_list_is_not_the_second_of_another_first(world):
    task = lost_launch(world)
    attended(world, task)
    world.clock.advance(world.settings.second_listing_s)
    seen = world.now(task)
    world.store.put(msgspec.structs.replace(seen, listed_empty_at=world.clock.now()))
    assert attend(world.ports, seen, NotRead()).status is Status.STARTING


def test_a_record_that_is_gone_is_not_concluded(world):
    task = lost_launch(world)
    attended(world, task)
    world.clock.advance(world.settings.second_listing_s)
    seen = world.now(task)
    world.store._records.clear()
    assert attend(world.ports, seen, NotRead()) == seen


# -- a container without news


def test_an_end_that_nobody_told_is_seen(world):
    task = world.running()
    world.containers.becomes(world.of(task).arn, "exited-0")
    world.clock.advance(world.settings.look_after_s)
    after = attended(world, task)
    assert (after.status, after.termination.proof) == (Status.COMPLETED, Proof.ECS_DESCRIBE)


def test_a_start_that_nobody_told_is_seen(world):
    task = world.submit()
    world.containers.becomes(world.of(task).arn, "running")
    world.clock.advance(world.settings.launch_lease_s)
    assert attended(world, task).status is Status.RUNNING


def test_a_container_that_lives_on_is_looked_at_again_later(world):
    task = world.running()
    world.clock.advance(world.settings.look_after_s)
    after = attended(world, task)
    assert after.status is Status.RUNNING
    assert after.due_at == world.clock.now() + timedelta(seconds=world.settings.look_after_s)
    assert after.history == world.now(task).history == task.history


def test_without_an_answer_it_was_not_seen_and_stays_due_behind_the_others(world):
    task = world.running()
    world.clock.advance(world.settings.look_after_s + 7)
    after = attended(world, task, NotRead())
    assert after == world.now(task)
    assert after.due_at == world.clock.now()
    moved = {"due_at": task.due_at, "rev": task.rev, "write_id": task.write_id}
    assert msgspec.structs.replace(after, **moved) == task


def test_without_an_answer_its_heart_is_heard(world):
    task = world.running(heartbeat_timeout=60)
    world.clock.advance(world.settings.look_after_s)
    after = attended(world, task, NotRead())
    assert (after.status, after.cancellation.cause) == (Status.CANCELLING, Cause.HEARTBEAT)


def test_without_an_answer_a_heart_that_beats_is_remembered(world):
    task = world.running(heartbeat_timeout=60)
    world.clock.advance(world.settings.look_after_s)
    world.notes.write(task.id, Told(at=world.clock.now(), order=1))
    after = attended(world, task, NotRead())
    assert (after.status, after.beat_at, after.due_at) == (Status.RUNNING, world.clock.now(), world.clock.now())


def test_somebody_elses_container_says_nothing_of_it(world):
    task = world.running()
    world.clock.advance(world.settings.look_after_s)
    world.of(task).detail["startedBy"] = "ecs-svc/1"
    assert attended(world, task).status is Status.RUNNING


# -- MISSING


def missing(world, task, after: float):
    world.clock.advance(after)
    return attended(world, task, NotThere())


def test_missing_once_is_noted(world):
    task = world.running()
    after = missing(world, task, 2 * HOUR)
    assert (after.status, after.missing_at) == (Status.RUNNING, world.clock.now())
    assert after.due_at == world.clock.now() + timedelta(seconds=world.settings.missing_again_s)


def test_missing_twice_long_after_it_was_seen_is_gone(world):
    task = world.running()
    missing(world, task, 2 * HOUR)
    after = missing(world, task, world.settings.missing_again_s)
    assert (after.status, after.termination.proof) == (Status.FAILED, Proof.GONE)


def test_missing_twice_ends_a_cancellation(world):
    task = world.running()
    world.cancel(task)
    missing(world, task, 2 * HOUR)
    assert missing(world, task, world.settings.missing_again_s).status is Status.CANCELLED


def test_missing_soon_after_it_was_seen_is_a_lag(world):
    task = world.running()
    missing(world, task, world.settings.look_after_s)
    after = missing(world, task, world.settings.missing_again_s)
    assert (after.status, after.looked_at) == (Status.RUNNING, world.clock.now())


def test_missing_twice_in_one_moment_is_one_reading(world):
    task = world.running()
    missing(world, task, 2 * HOUR)
    assert missing(world, task, 0).status is Status.RUNNING


def test_missing_in_a_cluster_that_is_not_active_says_nothing(world):
    task = world.running()
    missing(world, task, 2 * HOUR)
    world.containers.script("cluster_active", instead(False))
    assert missing(world, task, world.settings.missing_again_s).status is Status.RUNNING


def test_missing_that_is_there_again_was_a_lag(world):
    task = world.running()
    missing(world, task, 2 * HOUR)
    world.clock.advance(world.settings.missing_again_s)
    assert attended(world, task).missing_at is None


def test_missing_that_is_there_again_was_a_lag_also_while_it_is_cancelled(world):
    task = world.running()
    world.cancel(task)
    missing(world, task, 2 * HOUR)
    world.clock.advance(world.settings.missing_again_s)
    assert attended(world, task).missing_at is None


def test_missing_from_an_old_look_is_not_concluded(world):
    task = world.running()
    missing(world, task, 2 * HOUR)
    world.clock.advance(world.settings.missing_again_s)
    seen = world.now(task)
    world.reports(world.of(task), "exited-0")
    assert attend(world.ports, seen, NotThere()).status is Status.COMPLETED


def test_missing_that_was_there_again_since_the_look_is_not_concluded(world):
    task = world.running()
    missing(world, task, 2 * HOUR)
    world.clock.advance(world.settings.missing_again_s)
    seen = world.now(task)
    attended(world, task)
    assert attend(world.ports, seen, NotThere()).status is Status.RUNNING


def test_missing_of_a_record_that_is_gone(world):
    task = world.running()
    missing(world, task, 2 * HOUR)
    world.clock.advance(world.settings.missing_again_s)
    seen = world.now(task)
    world.store._records.clear()
    assert attend(world.ports, seen, NotThere()) == seen


# -- a stop that did not work


def test_a_container_that_lives_on_is_stopped_again(world):
    task = world.running()
    world.cancel(task, reason="wrong input")
    for n, wait in enumerate([15, 30, 60, 120]):
        world.clock.advance(wait)
        after = attended(world, task)
        assert (after.cancellation.stops, after.cancellation.stop_sent_at) == (n + 1, world.clock.now())
    assert len(world.of(task).stops) == 5
    assert world.now(task).history[-1].event is Event.STOP_REPEATED
    assert world.now(task).cancellation.reason == "wrong input"


def test_a_death_that_nobody_told_is_the_proof(world):
    task = world.running()
    world.cancel(task)
    world.containers.becomes(world.of(task).arn, "deprovisioning")
    world.clock.advance(world.settings.stop_check_s)
    after = attended(world, task)
    assert (after.status, after.termination.proof) == (Status.CANCELLED, Proof.ECS_DESCRIBE)
    assert len(world.of(task).stops) == 1


def test_without_an_answer_it_is_stopped_again_too(world):
    task = world.running()
    world.cancel(task)
    world.clock.advance(world.settings.stop_check_s)
    attended(world, task, NotRead())
    assert len(world.of(task).stops) == 2


def test_of_two_sweeps_one_stops_again(world):
    task = world.running()
    world.cancel(task)
    world.clock.advance(world.settings.stop_check_s)
    seen = world.now(task)
    first = attend(world.ports, seen, NotRead())
    assert attend(world.ports, seen, NotRead()) == first
    assert len(world.of(task).stops) == 2


def test_a_stop_of_a_record_that_is_gone(world):
    task = stored(world, Status.CANCELLING, cancellation=cancellation(stop_sent_at=later(-99)))
    world.store._records.clear()
    assert attend(world.ports, task, NotRead()) == task
    assert world.containers.calls == []


# -- a task that waits


def waiting(world):
    world.containers.script("run", instead(Deferred("Capacity is unavailable")))
    task = world.submit()
    world.clock.advance(world.settings.launch_backoff_max_s)
    return task


def test_a_waiting_task_is_launched(world):
    task = waiting(world)
    after = attended(world, task)
    assert (after.status, after.attempt, after.ecs_arn) == (Status.STARTING, 2, world.containers.only.arn)
    assert world.containers.only.request["clientToken"] == f"{task.id}:2"
    assert [entry.event for entry in after.history][-2:] == [Event.CLAIMED, Event.LAUNCHED]


def test_a_claim_knows_nothing_of_the_last_attempt(world):
    task = stored(world, Status.PENDING, ecs_arn=ARN, ecs_version=5, retry_at=later(0), listed_empty_at=later(0))
    world.containers.script("run", *[instead(Unclear("timed out"))] * 2)
    world.containers.families.add(task.placement.definition)
    after = attended(world, task)
    assert (after.ecs_arn, after.ecs_version, after.listed_empty_at, after.retry_at) == (None, None, None, None)
    assert after.due_at == after.lease_ends_at


def test_a_waiting_task_is_claimed_once(world):
    task = world.now(waiting(world))
    relaunch(world.ports, task)
    relaunch(world.ports, task)
    assert len(world.containers.containers) == 1


def test_a_waiting_task_goes_where_the_settings_say_now(world):
    task = waiting(world)
    world.settings = type(world)(subnets=("subnet-new",)).settings
    assert attended(world, task).placement.subnets == ("subnet-new",)


def test_while_launching_is_frozen_it_goes_on_waiting(world):
    task = waiting(world)
    world.switches.freeze = True
    assert relaunch(world.ports, world.now(task)).status is Status.PENDING
    assert world.containers.count("run") == 1


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.PENDING])
def test_only_a_waiting_task_is_launched(world, status):
    task = stored(world, status)
    assert relaunch(world.ports, task) == task
    assert world.containers.calls == []


def test_a_waiting_task_whose_time_is_up_is_not_launched(world):
    task = stored(world, Status.PENDING, deadline=int(later(-1).timestamp()))
    after = relaunch(world.ports, task)
    assert (after.status, after.cancellation.cause) == (Status.CANCELLED, Cause.QUEUE_TIMEOUT)


def test_a_message_of_a_task_that_is_gone_is_nothing(world):
    relaunch_by_id(world.ports, a_task().id)
    assert world.containers.calls == []


def test_a_message_launches_its_task(world):
    task = waiting(world)
    relaunch_by_id(world.ports, task.id)
    assert world.now(task).status is Status.STARTING


def test_a_claim_of_a_record_that_is_gone(world):
    task = world.now(waiting(world))
    world.store._records.clear()
    assert relaunch(world.ports, task) == task


# -- nothing


def test_what_is_looked_at_too_early_is_looked_at_again_in_time(world):
    task = stored(world, Status.RUNNING, seen_at=later(0), due_at=later(0))
    after = attended(world, task)
    assert after.due_at == later(world.settings.look_after_s)
    assert after.history == task.history


def test_what_has_ended_is_left_alone(world):
    task = stored(world, Status.COMPLETED)
    assert attended(world, task) == task


def test_what_is_gone_is_left_alone(world):
    task = a_task(Status.RUNNING, seen_at=later(0))
    assert attend(world.ports, task, NotRead()) == task


def test_what_is_over_its_time_is_timed_out(world):
    task = world.running(timeout=60)
    world.clock.advance(999)
    after = attended(world, task)
    assert (after.status, after.cancellation.cause) == (Status.CANCELLING, Cause.TIMEOUT)


def test_a_list_of_what_has_no_record_any_more(world):
    task = world.now(unheard(world))
    world.clock.advance(HOUR)
    world.store._records.clear()
    assert attend(world.ports, task, NotRead()) == task


def test_the_definition_that_a_dead_launcher_did_not_register_is_registered(world):
    task = unheard(world)
    world.definitions.forget(world.now(task).placement.definition)
    world.containers.families.clear()
    assert attended(world, task).ecs_arn == world.containers.only.arn
    assert world.containers.count("register") == 2


def test_without_its_definition_a_launch_is_not_sent_again(world):
    task = unheard(world)
    world.definitions.forget(world.now(task).placement.definition)
    world.containers.script("register", instead(Deferred("Rate exceeded")))
    runs = world.containers.count("run")
    after = attended(world, task)
    assert (after.status, after.ecs_arn) == (Status.STARTING, None)
    assert after.due_at == after.lease_ends_at
    assert world.containers.count("run") == runs


def test_a_launch_under_other_settings_is_sent_again_as_it_was(world):
    """To the byte; whether ECS still knows its definition, ECS says."""
    task = unheard(world)
    world.settings = type(world)(log_group="/new").settings
    assert attended(world, task).ecs_arn == world.containers.only.arn
    assert world.containers.count("register") == 1
