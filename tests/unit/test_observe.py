"""Observe: what ECS reports, in any order, any number of times, of any container."""

import itertools
from datetime import timedelta

import msgspec
import pytest

from app import ecs_task_changed
from chalicelib.lifecycle import TERMINAL, TRANSITIONS, Event, Status
from chalicelib.observe import Foreign, Noted, Stale, Unrecorded
from chalicelib.ports import StoreUnavailableError
from chalicelib.report import parse
from chalicelib.task import Cause, Proof
from tests.doubles.clock import START
from tests.doubles.examples import ARN, OTHER_ARN, a_task, cancellation, later
from tests.doubles.reports import described, event
from tests.doubles.world import DEPLOYMENT

ENDS = {
    "exited-0": (Event.EXITED_ZERO, Status.COMPLETED),
    "out-of-memory": (Event.EXITED_NONZERO, Status.FAILED),
    "failed-to-start": (Event.START_FAILED, Status.FAILED),
    "spot-interruption": (Event.INTERRUPTED, Status.FAILED),
    "stopped-by-operator": (Event.STOPPED_EXTERNALLY, Status.CANCELLED),
    "stopped": (Event.STOPPED, Status.FAILED),
    "deprovisioning": (Event.STOPPED, Status.FAILED),
}
"""The samples that prove a death: which end, and where it leads to when nobody cancelled."""
MAYBE_ALIVE = [Status.STARTING, Status.RUNNING, Status.CANCELLING]


def a_report(task, name, *, arn=ARN, attempt=None, deployment=DEPLOYMENT, **fields):
    mark = f"calloff/{deployment}/{task.id}/{attempt or task.attempt}"
    return event(described(name, **{"taskArn": arn, "startedBy": mark, "version": 9, **fields}))


def stored(world, status=Status.RUNNING, **parts):
    task = a_task(status, **parts)
    world.store.put(task)
    return task


# -- it runs


def test_a_container_that_runs(world):
    task = world.submit()
    outcome = world.reports(world.of(task), "running", version=4)
    assert isinstance(outcome, Noted)
    now = outcome.task
    assert (now.status, now.ecs_version) == (Status.RUNNING, 4)
    assert now.started_at == parse(described("running"), Proof.ECS_EVENT).started_at
    assert now.seen_at == world.clock.now()
    assert now.due_at is not None


def test_the_report_may_be_quicker_than_the_answer(world):
    """Then it brings the ARN along."""
    task = stored(world, Status.STARTING)
    outcome = world.hand_in(a_report(task, "running"))
    assert isinstance(outcome, Noted)
    assert (outcome.task.status, outcome.task.ecs_arn, outcome.task.ecs_version) == (Status.RUNNING, ARN, 9)
    assert (outcome.task.lease_id, outcome.task.lease_ends_at) == (None, None)


def test_it_runs_while_it_is_being_cancelled(world):
    """The cancel knew no container: whoever learns of it stops it."""
    task = stored(world, Status.CANCELLING, ecs_arn=None, ecs_version=None)
    outcome = world.hand_in(a_report(task, "running"))
    assert isinstance(outcome, Noted)
    assert (outcome.task.status, outcome.task.ecs_arn) == (Status.CANCELLING, ARN)
    assert world.containers.calls == [("stop", ARN)]


def test_it_runs_although_it_was_stopped(world):
    """The stop may have been lost."""
    task = stored(world, Status.CANCELLING)
    assert isinstance(world.hand_in(a_report(task, "running")), Noted)
    assert world.containers.calls == [("stop", ARN)]


def test_old_news_of_a_container_that_is_being_cancelled_sends_no_other_stop(world):
    """ECS tells of it again and again, and the sweep looks whether the first stop works."""
    task = world.running()
    container = world.of(task)
    news = event(dict(container.detail))
    world.cancel(task, reason="wrong input")
    assert isinstance(world.hand_in(news), Stale)
    assert container.stops == [f"calloff/{task.id[:8]}/user: wrong input"]


def test_what_ecs_means_to_stop_is_not_stopped_again(world):
    """ECS tells of each stop that it accepts, while the container still runs."""
    task = stored(world, Status.CANCELLING)
    assert isinstance(world.hand_in(a_report(task, "running", desiredStatus="STOPPED")), Noted)
    assert world.containers.calls == []


@pytest.mark.parametrize("last_status", ["PROVISIONING", "PENDING", "ACTIVATING", "DEACTIVATING", "STOPPING"])
@pytest.mark.parametrize("status", MAYBE_ALIVE)
def test_another_stage_of_its_life_moves_nothing(world, status, last_status):
    task = stored(world, status)
    world.hand_in(a_report(task, "running", lastStatus=last_status))
    assert world.now(task).status is status


# -- it ends


@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize("status", MAYBE_ALIVE)
def test_an_end(world, status, name):
    task = stored(world, status)
    outcome = world.hand_in(a_report(task, name))
    assert isinstance(outcome, Noted)
    now = outcome.task
    happened, natural = ENDS[name]
    assert now.status is (Status.CANCELLED if status is Status.CANCELLING else natural)
    assert now.status is TRANSITIONS[happened, status]
    assert now.history[-1].event is happened
    assert now.termination == parse(described(name), Proof.ECS_EVENT).termination
    assert (now.ended_at, now.expires_at) == (START, int((START + timedelta(days=30)).timestamp()))
    assert (now.due_at, now.retry_at, now.lease_id, now.lease_ends_at) == (None, None, None, None)
    assert now.ecs_arn == ARN


@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize("status", MAYBE_ALIVE)
def test_an_end_may_be_the_first_that_is_heard_of_it(world, status, name):
    task = stored(world, status, ecs_arn=None, ecs_version=None)
    outcome = world.hand_in(a_report(task, name))
    assert isinstance(outcome, Noted)
    assert (outcome.task.ecs_arn, outcome.task.status in TERMINAL) == (ARN, True)


def test_a_container_that_exits_0_in_the_moment_of_the_cancel_is_cancelled(world):
    """Whoever got a 202 is never contradicted; the truth stands in `termination`."""
    task = world.running()
    world.cancel(task)
    outcome = world.reports(world.of(task), "exited-0")
    assert isinstance(outcome, Noted)
    assert outcome.task.status is Status.CANCELLED
    assert (outcome.task.termination.exit_code, outcome.task.termination.stop_code) == (0, "EssentialContainerExited")


def test_deprovisioning_is_the_proof_and_stopped_tells_nothing_new(world):
    task = world.running()
    world.cancel(task)
    container = world.of(task)
    assert isinstance(world.reports(container, "running", lastStatus="STOPPING", desiredStatus="STOPPED"), Noted)
    assert world.now(task).status is Status.CANCELLING
    assert isinstance(world.reports(container, "deprovisioning"), Noted)
    ended = world.now(task)
    assert ended.status is Status.CANCELLED
    assert isinstance(world.reports(container, "stopped"), Stale)
    assert world.now(task) == ended


def test_stopping_is_no_proof(world):
    task = stored(world, Status.CANCELLING)
    world.hand_in(
        a_report(task, "running", lastStatus="STOPPING", desiredStatus="STOPPED", stoppingAt="2026-01-02T03:04:05Z")
    )
    assert world.now(task).status is Status.CANCELLING


# -- stopped by somebody else


@pytest.mark.parametrize("status", [Status.STARTING, Status.RUNNING])
def test_stopped_behind_our_back_it_is_cancelled_and_says_so(world, status):
    outcome = world.hand_in(a_report(stored(world, status), "stopped-by-operator"))
    assert isinstance(outcome, Noted)
    assert outcome.task.status is Status.CANCELLED
    assert (outcome.task.cancellation.cause, outcome.task.cancellation.requested_by) == (Cause.EXTERNAL, "ecs")
    assert outcome.task.cancellation.requested_at == START


def test_stopped_behind_our_back_while_we_cancel_it_the_cancel_stands(world):
    outcome = world.hand_in(a_report(stored(world, Status.CANCELLING), "stopped-by-operator"))
    assert isinstance(outcome, Noted)
    assert outcome.task.cancellation == cancellation()


def test_our_own_stop_of_a_task_that_nobody_cancelled_is_a_failure(world):
    """It cannot be: but if it were, it would not read cancelled."""
    outcome = world.hand_in(a_report(stored(world, Status.RUNNING), "stopped"))
    assert isinstance(outcome, Noted)
    assert (outcome.task.status, outcome.task.cancellation) == (Status.FAILED, None)


# -- late, doubled, and in any order


@pytest.mark.parametrize("status", sorted(TERMINAL))
@pytest.mark.parametrize("name", [*ENDS, "running"])
def test_nothing_that_comes_late_rewrites_an_end(world, status, name):
    task = stored(world, status)
    assert world.hand_in(a_report(task, name, version=99)) == Stale(task)
    assert world.now(task) == task


@pytest.mark.parametrize("version", [1, 3, 4])
@pytest.mark.parametrize("name", [*ENDS, "running"])
@pytest.mark.parametrize("status", MAYBE_ALIVE)
def test_what_the_record_knows_is_stale(world, status, name, version):
    task = stored(world, status, ecs_arn=ARN, ecs_version=4)
    assert world.hand_in(a_report(task, name, version=version)) == Stale(task)
    assert world.now(task) == task
    assert world.containers.count("stop") == 0


LIFE = [("running", 4), ("deprovisioning", 6), ("stopped", 7)]
OWN_END = [("running", 4), ("exited-0", 6), ("exited-0", 7)]


def each_once_and_twice(life):
    return itertools.permutations([*life, life[0], life[-1]])


@pytest.mark.parametrize("known", [True, False], ids=["ARN known", "no ARN yet"])
def test_in_any_order_a_cancelled_task_ends_cancelled(world, known):
    for order in each_once_and_twice(LIFE):
        task = stored(
            world, Status.CANCELLING, **({"ecs_version": 1} if known else {"ecs_arn": None, "ecs_version": None})
        )
        for name, version in order:
            world.hand_in(a_report(task, name, version=version))
        now = world.now(task)
        assert now.status is Status.CANCELLED
        assert now.termination.exit_code == 143


@pytest.mark.parametrize("status", [Status.STARTING, Status.RUNNING])
def test_in_any_order_a_task_that_ended_itself_ends_so(world, status):
    for order in each_once_and_twice(OWN_END):
        task = stored(world, status, ecs_arn=ARN, ecs_version=1)
        for name, version in order:
            world.hand_in(a_report(task, name, version=version))
        now = world.now(task)
        assert (now.status, now.termination.exit_code) == (Status.COMPLETED, 0)
        assert len([entry for entry in now.history if entry.event is Event.EXITED_ZERO]) == 1


def test_a_late_report_of_a_live_container_does_not_bring_it_back(world):
    task = world.running()
    container = world.of(task)
    running = event(dict(container.detail))
    world.reports(container, "exited-0")
    ended = world.now(task)
    assert world.hand_in(running) == Stale(ended)
    assert world.now(task) == ended


# -- other containers


@pytest.mark.parametrize("status", MAYBE_ALIVE)
@pytest.mark.parametrize("name", ENDS)
def test_the_end_of_another_container_is_not_the_tasks(world, status, name):
    task = stored(world, status, ecs_arn=ARN, ecs_version=1)
    assert world.hand_in(a_report(task, name, arn=OTHER_ARN, version=99)) == Stale(task)
    assert world.now(task) == task
    assert world.containers.calls == []


@pytest.mark.parametrize("status", Status)
def test_another_container_with_our_mark_is_stopped(world, status):
    task = stored(world, status, ecs_arn=ARN, ecs_version=1)
    assert isinstance(world.hand_in(a_report(task, "running", arn=OTHER_ARN, version=99)), Stale)
    assert world.now(task) == task
    assert world.containers.calls == [("stop", OTHER_ARN)]


@pytest.mark.parametrize("status", [Status.STARTING, Status.CANCELLING])
@pytest.mark.parametrize("attempt", [1, 3])
def test_a_container_of_another_attempt_is_stopped_and_not_adopted(world, status, attempt):
    task = stored(world, status, ecs_arn=None, ecs_version=None, attempt=2)
    assert world.hand_in(a_report(task, "running", attempt=attempt)) == Stale(task)
    assert world.containers.calls == [("stop", ARN)]


@pytest.mark.parametrize("name", ENDS)
def test_the_end_of_an_older_attempt_is_not_the_tasks(world, name):
    task = stored(world, Status.STARTING, ecs_arn=None, ecs_version=None, attempt=2)
    assert world.hand_in(a_report(task, name, attempt=1, version=99)) == Stale(task)


@pytest.mark.parametrize("name", ["running", *ENDS])
def test_a_waiting_task_has_no_container(world, name):
    """All that was launched for it is known to have come to nothing."""
    task = stored(world, Status.PENDING)
    assert world.hand_in(a_report(task, name)) == Stale(task)
    assert world.now(task) == task
    assert world.containers.count("stop") == (name == "running")


@pytest.mark.parametrize("name", ["running", *ENDS])
@pytest.mark.parametrize("started_by", ["", "ecs-svc/1", "calloff/other/{id}/1", "calloff/{id}/1"])
def test_what_does_not_carry_our_mark_is_not_ours(world, name, started_by):
    task = stored(world, Status.RUNNING)
    report = a_report(task, name, startedBy=started_by.format(id=task.id))
    assert world.hand_in(report) == Foreign()
    assert world.now(task) == task
    assert world.containers.calls == []


@pytest.mark.parametrize("name", ["running", *ENDS])
def test_a_container_without_a_record_is_left_to_the_hunt(world, name):
    """The table may be a restored one; then every running task looks like this."""
    assert world.hand_in(a_report(a_task(), name)) == Unrecorded()
    assert world.containers.calls == []


# -- a start that failed, and would not fail again


def failed_for_now(task, **fields):
    return a_report(
        task, "failed-to-start", stoppedReason="Timeout waiting for network interface provisioning", **fields
    )


def test_a_start_that_failed_for_now_is_tried_again(world):
    task = stored(world, Status.STARTING, ecs_arn=ARN, ecs_version=1)
    outcome = world.hand_in(failed_for_now(task))
    assert isinstance(outcome, Noted)
    now = outcome.task
    assert now.status is Status.PENDING
    assert now.due_at <= now.retry_at
    assert START <= now.retry_at <= START + timedelta(seconds=2)
    assert now.refusal.startswith("Timeout waiting")
    assert now.termination is None


@pytest.mark.parametrize(("status", "ends"), [(Status.CANCELLING, Status.CANCELLED), (Status.RUNNING, Status.FAILED)])
def test_it_is_not_tried_again_when_it_is_cancelled_or_has_run(world, status, ends):
    outcome = world.hand_in(failed_for_now(stored(world, status)))
    assert isinstance(outcome, Noted)
    assert outcome.task.status is ends


def test_it_is_not_tried_again_too_often(world):
    task = stored(world, Status.STARTING, ecs_arn=ARN, ecs_version=1, attempt=world.settings.launch_attempts)
    outcome = world.hand_in(failed_for_now(task))
    assert isinstance(outcome, Noted)
    assert outcome.task.status is Status.FAILED


def test_its_second_report_does_not_end_the_wait(world):
    task = stored(world, Status.STARTING, ecs_arn=ARN, ecs_version=1)
    world.hand_in(failed_for_now(task, version=5))
    waiting = world.now(task)
    assert world.hand_in(failed_for_now(task, version=6)) == Stale(waiting)


# -- the handler


@pytest.fixture(autouse=True)
def _wired(api):
    """The handler reaches this world."""


def test_the_handler_takes_awss_envelope(world):
    task = world.submit()
    assert ecs_task_changed(world.containers.becomes(world.of(task).arn, "running"), None) is None
    assert world.now(task).status is Status.RUNNING


def test_the_handler_raises_what_could_not_be_written(world, monkeypatch):
    """EventBridge hands it in again."""
    task = world.submit()

    def unavailable(*_):
        raise StoreUnavailableError

    monkeypatch.setattr(world.store, "apply", unavailable)
    with pytest.raises(StoreUnavailableError):
        ecs_task_changed(world.containers.becomes(world.of(task).arn, "running"), None)


def test_the_handler_raises_what_it_cannot_read(world):
    with pytest.raises(KeyError):
        ecs_task_changed(event({"taskArn": ARN}), None)


def test_a_reports_instants_are_those_of_ecs(world):
    task = stored(world, Status.RUNNING)
    outcome = world.hand_in(a_report(task, "exited-0"))
    assert isinstance(outcome, Noted)
    stopping_at = outcome.task.termination.stopping_at
    assert stopping_at == later(133.1)
    assert msgspec.json.decode(msgspec.json.encode(outcome.task), type=type(task)) == outcome.task
