"""Launch: what each answer of ECS, and each cancellation in between, makes of the task."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.launch import resend, save
from chalicelib.lifecycle import Event, Status
from chalicelib.ports import Deferred, Launched, Rejected, Stopping, Unclear, Undefined, Unstopped
from chalicelib.task import Proof
from tests.doubles.clock import START
from tests.doubles.containers import after, before, instead, lost
from tests.doubles.examples import ARN, OTHER_ARN, a_task


def events(task):
    return [entry.event for entry in task.history]


def cancelled_meanwhile(world, **parts):
    """A step that cancels the one task there is."""
    return lambda: world.cancel(world.store.page("alice", 1, None).tasks[0], **parts)


# -- refused for now


@pytest.mark.parametrize("operation", ["register", "run"])
def test_refused_for_now_it_waits(world, operation):
    world.containers.script(operation, instead(Deferred("Capacity is unavailable")))
    task = world.submit()
    assert (task.status, task.attempt, task.refusal) == (Status.PENDING, 1, "Capacity is unavailable")
    assert (task.lease_id, task.lease_ends_at, task.ecs_arn) == (None, None, None)
    assert task.due_at == task.retry_at
    assert START <= task.retry_at <= START + timedelta(seconds=2)
    assert task.history[-1].reason == "Capacity is unavailable"
    assert world.containers.alive == []


def test_refused_for_now_the_wait_is_drawn(world):
    world.containers.script("run", *[instead(Deferred("no"))] * 50)
    waits = {world.submit().retry_at for _ in range(50)}
    assert len(waits) > 10


def test_refused_too_often_it_fails(world):
    world = type(world)(launch_attempts=1)
    world.containers.script("run", instead(Deferred("Capacity is unavailable")))
    task = world.submit()
    assert task.status is Status.FAILED
    assert task.termination.stopped_reason == "Capacity is unavailable (after 1 attempts)"


# -- refused for good


@pytest.mark.parametrize("operation", ["register", "run"])
def test_refused_for_good_it_fails_in_ecs_words(world, operation):
    world.containers.script(operation, instead(Rejected("ClientException: no such role")))
    task = world.submit()
    assert (task.status, task.refusal) == (Status.FAILED, "ClientException: no such role")
    assert task.termination.proof is Proof.NEVER_LAUNCHED
    assert task.termination.stopped_reason == "ClientException: no such role"
    assert (task.due_at, task.retry_at, task.lease_id, task.lease_ends_at) == (None, None, None, None)
    assert task.ended_at == START
    assert task.expires_at == int((START + timedelta(days=30)).timestamp())


# -- cancelled while the launch is under way


@pytest.mark.parametrize("operation", ["register", "run"])
@pytest.mark.parametrize("refusal", [Deferred("later"), Rejected("never")])
def test_cancelled_and_then_refused_nothing_was_launched(world, operation, refusal):
    """The cancellation came before the refusal was known: it is proven that nothing runs."""
    world.containers.script(operation, lambda _: (cancelled_meanwhile(world)(), refusal)[1])
    task = world.submit()
    assert task.status is Status.CANCELLED
    assert task.termination.proof is Proof.NEVER_LAUNCHED
    assert task.cancellation.requested_by == "alice"
    assert events(task) == [Event.SUBMITTED, Event.CANCEL_REQUESTED, Event.LAUNCH_REJECTED]
    assert world.containers.count("stop") == 0


def test_cancelled_before_the_send_the_container_is_stopped_when_it_is_known(world):
    world.containers.script("run", before(cancelled_meanwhile(world, reason="wrong input")))
    task = world.submit()
    assert task.status is Status.CANCELLING
    assert task.ecs_arn == world.containers.only.arn
    assert world.containers.only.stops == [f"calloff/{task.id[:8]}/user: wrong input"]


def test_cancelled_after_the_send_the_container_is_stopped_when_it_is_known(world):
    world.containers.script("run", after(cancelled_meanwhile(world)))
    task = world.submit()
    assert task.status is Status.CANCELLING
    assert world.containers.only.stops == [f"calloff/{task.id[:8]}/user"]


def test_cancelled_while_nobody_knows_it_is_not_concluded(world):
    cancel = cancelled_meanwhile(world)
    world.containers.script("run", lambda _: (cancel(), Unclear("timed out"))[1], instead(Unclear("timed out")))
    now = world.now(world.submit())
    assert (now.status, now.ecs_arn) == (Status.CANCELLING, None)
    assert now.due_at == START + timedelta(seconds=world.settings.stop_check_s)


# -- nobody knows


def test_without_an_answer_the_same_is_sent_again(world):
    world.containers.script("run", lost(Unclear("timed out")))
    task = world.submit()
    assert task.ecs_arn == world.containers.only.arn
    assert len({about for operation, about in world.containers.calls if operation == "run"}) == 1


def test_without_an_answer_to_a_send_that_never_came_the_second_launches(world):
    world.containers.script("run", instead(Unclear("timed out")))
    assert world.submit().ecs_arn == world.containers.only.arn


@pytest.mark.parametrize(
    "second", [Deferred("Rate exceeded"), Rejected("no"), Undefined("no such definition"), Unclear("timed out")]
)
def test_no_answer_to_the_second_send_speaks_for_the_first(world, second):
    world.containers.script("run", lost(Unclear("timed out")), instead(second))
    task = world.submit()
    now = world.now(task)
    assert (now.status, now.ecs_arn, now.refusal) == (Status.STARTING, None, None)
    assert now.lease_id is not None
    assert events(now) == [Event.SUBMITTED]
    assert world.containers.count("run") == 2


# -- ECS does not know the definition


def test_a_forgotten_definition_is_registered_by_the_next(world):
    world.submit()
    world.containers.families.clear()
    task = world.submit()
    assert task.status is Status.PENDING
    assert "TaskDefinition" in task.refusal
    assert world.submit().status is Status.STARTING
    assert world.containers.count("register") == 2


def test_a_definition_whose_registration_is_unclear_is_registered_again(world):
    world.containers.script("register", instead(Unclear("timed out")))
    task = world.submit()
    assert (task.status, task.refusal) == (Status.PENDING, "timed out")
    assert world.submit().status is Status.STARTING


def test_while_somebody_registers_the_launch_waits_for_it(world):
    """Their registration is done after a second."""
    family = world.submit().placement.definition
    world.definitions.forget(family)
    world.definitions.lock(family, world.clock.now(), world.clock.now() + timedelta(seconds=30))
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        world.clock.advance(seconds)
        if sum(slept) >= 1:
            world.definitions.remember(family)

    world.clock.sleep = sleep
    assert world.submit().status is Status.STARTING
    assert sum(slept) == pytest.approx(1)
    assert world.containers.count("register") == 1


def test_when_their_registration_takes_too_long_the_task_waits(world):
    family = world.submit().placement.definition
    world.definitions.forget(family)
    world.definitions.lock(family, world.clock.now(), world.clock.now() + timedelta(seconds=30))
    task = world.submit()
    assert (task.status, task.refusal) == (Status.PENDING, "the task definition is being registered")
    assert world.containers.count("register") == 1


def test_a_registration_whose_maker_died_is_made_by_the_next(world):
    family = world.submit().placement.definition
    world.definitions.forget(family)
    world.definitions.lock(family, world.clock.now(), world.clock.now() + timedelta(seconds=30))
    world.clock.advance(31)
    assert world.submit().status is Status.STARTING
    assert world.containers.count("register") == 2


# -- saving what was launched


def saved(world, task, arn=ARN):
    world.containers.script("stop", instead(Stopping()))
    world.store.put(task)
    return save(world.ports, task, Launched(arn))


def test_a_saved_container_frees_the_lease(world):
    task = saved(world, a_task(Status.STARTING))
    assert (task.ecs_arn, task.ecs_version, task.lease_id, task.lease_ends_at) == (ARN, 1, None, None)
    assert task.seen_at == START
    assert world.containers.count("stop") == 0


def test_a_saved_container_of_a_cancelled_task_is_stopped(world):
    task = saved(world, a_task(Status.CANCELLING, ecs_arn=None, ecs_version=None))
    assert (task.status, task.ecs_arn) == (Status.CANCELLING, ARN)
    assert world.containers.calls == [("stop", ARN)]


@pytest.mark.parametrize("status", [Status.STARTING, Status.RUNNING])
def test_a_container_that_a_report_saved_first_is_left_alone(world, status):
    """The event may be quicker than the answer."""
    task = a_task(status, ecs_arn=ARN, ecs_version=4)
    assert saved(world, task) == task
    assert world.containers.calls == []


@pytest.mark.parametrize(
    "task",
    [
        pytest.param(a_task(Status.STARTING, ecs_arn=OTHER_ARN), id="the record has another"),
        pytest.param(a_task(Status.RUNNING, ecs_arn=OTHER_ARN), id="another runs"),
        pytest.param(a_task(Status.CANCELLING, ecs_arn=ARN), id="it is being cancelled"),
        pytest.param(a_task(Status.COMPLETED, ecs_arn=OTHER_ARN), id="it has ended"),
        pytest.param(a_task(Status.CANCELLED, ecs_arn=None), id="it was cancelled"),
        pytest.param(a_task(Status.PENDING), id="it waits again"),
    ],
)
def test_a_container_that_may_not_live_is_stopped(world, task):
    assert saved(world, task) == task
    assert world.containers.calls == [("stop", ARN)]


def test_a_container_of_an_older_attempt_is_stopped(world):
    task = a_task(Status.STARTING, attempt=2)
    world.store.put(task)
    world.containers.script("stop", instead(Stopping()))
    save(world.ports, a_task(Status.STARTING, id=task.id, attempt=1), Launched(ARN))
    assert world.now(task) == task
    assert world.containers.calls == [("stop", ARN)]


def test_a_container_without_a_record_is_stopped(world):
    world.containers.script("stop", instead(Unstopped("throttled")))
    task = a_task()
    assert save(world.ports, task, Launched(ARN)) == task
    assert world.containers.calls == [("stop", ARN)]


# -- a late answer meets a later launch


@pytest.mark.parametrize("refusal", [Deferred("later"), Rejected("never")])
def test_a_late_refusal_does_not_touch_the_lease_of_another(world, refusal):
    """A sweeper took the lease while the first launcher lay still: its refusal concludes nothing any more."""

    def taken_over():
        [task] = world.store.page("alice", 1, None).tasks
        taken = a_task(Status.STARTING, id=task.id, spec=task.spec, placement=task.placement, lease_id="the sweeper's")
        world.store.put(taken)
        return refusal

    world.containers.script("run", lambda _: taken_over())
    task = world.submit()
    assert (task.status, task.lease_id) == (Status.STARTING, "the sweeper's")


@pytest.mark.parametrize("status", [Status.STARTING, Status.RUNNING])
@pytest.mark.parametrize("refusal", [Deferred("later"), Rejected("never")])
def test_a_late_refusal_does_not_touch_a_container(world, refusal, status):
    def reported():
        [task] = world.store.page("alice", 1, None).tasks
        world.store.put(msgspec.structs.replace(task, status=status, ecs_arn=ARN, ecs_version=4))
        return refusal

    world.containers.script("run", lambda _: reported())
    task = world.submit()
    assert (task.status, task.ecs_arn) == (status, ARN)


@pytest.mark.parametrize("refusal", [Deferred("later"), Rejected("never")])
def test_a_refusal_of_a_record_that_is_gone_is_nobodys(world, refusal):
    def gone():
        world.store._records.clear()
        return refusal

    world.containers.script("run", lambda _: gone())
    assert world.submit().status is Status.STARTING


def test_resend_is_the_identical_request(world):
    world.containers.script("run", *[instead(Unclear("timed out"))] * 2)
    task = world.submit()
    world.clock.advance(100)
    resent = resend(world.ports, task)
    assert resent.ecs_arn == world.containers.only.arn
    assert world.containers.only.request["clientToken"] == f"{task.id}:1"
