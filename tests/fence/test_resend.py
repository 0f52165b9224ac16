"""After anything ambiguous only the identical request is sent again: it finds what was launched, or launches it."""

import pytest

from chalicelib.fargate import run_request
from chalicelib.lifecycle import Status
from tests.doubles.wire import answer, fault
from tests.fence.world import World

UNHEARD_OF = fault(400, "SomethingNewException", "Nobody has seen this before.")

AMBIGUOUS = {
    "a time-out, applied": lambda world: world.fault("RunTask", "apply_then_timeout"),
    "a time-out, not applied": lambda world: world.fault("RunTask", "timeout"),
    "a 500, applied": lambda world: world.fault("RunTask", "apply_then_500"),
    "a 500, not applied": lambda world: world.fault("RunTask", "refuse_500"),
    "an unknown error, applied": lambda world: world.answer("RunTask", world.carried_out_then(UNHEARD_OF)),
    "an unknown error, not applied": lambda world: world.answer("RunTask", UNHEARD_OF),
    "neither a task nor a failure, applied": lambda world: world.answer(
        "RunTask", world.carried_out_then(answer(200, {"tasks": [], "failures": []}))
    ),
}

REFUSALS = {
    "a throttle": lambda world, times: world.fault("RunTask", "throttle", times=times),
    "a throttle in disguise": lambda world, times: world.fault("RunTask", "throttle_disguised", times=times),
    "no capacity": lambda world, times: world.fault("RunTask", "failures", times=times),
    "a failure for good": lambda world, times: world.fault("RunTask", "failures", times=times, reason="No such thing"),
    "a blocked account": lambda world, times: world.answer("RunTask", *[fault(400, "BlockedException")] * times),
    "no such definition": lambda world, times: world.answer(
        "RunTask", *[fault(400, "ClientException", "TaskDefinition not found.")] * times
    ),
}


each_ambiguity = pytest.mark.parametrize("goes_wrong", AMBIGUOUS.values(), ids=AMBIGUOUS)
each_refusal = pytest.mark.parametrize("refuses", REFUSALS.values(), ids=REFUSALS)


@each_ambiguity
def test_after_an_ambiguous_error_the_identical_request_is_sent_again(world: World, goes_wrong):
    goes_wrong(world)
    world.submit()

    first, second = world.sent()
    assert first == second
    assert [world.task.ecs_arn] == world.arns
    assert world.settle() is Status.RUNNING


@each_ambiguity
def test_a_cancel_after_an_ambiguous_error_waits_for_the_death(world: World, goes_wrong):
    goes_wrong(world)
    world.submit()
    world.cancel()
    assert world.task.status is Status.CANCELLING
    assert world.settle() is Status.CANCELLED
    assert len(world.arns) == 1


@each_ambiguity
def test_when_the_launcher_gives_up_the_sweeper_sends_the_identical_request(world: World, goes_wrong):
    goes_wrong(world)
    world.fault("RunTask", "timeout")
    world.submit()
    assert world.task.ecs_arn is None
    world.minutes(2)

    assert len(world.sent()) == 3
    assert len(set(world.sent())) == 1
    assert [world.task.ecs_arn] == world.arns
    assert world.settle() is Status.RUNNING


def test_the_request_is_identical_though_the_settings_have_changed(world: World):
    world.fault("RunTask", "apply_then_timeout")
    world.fault("RunTask", "timeout")
    world.submit()
    world.configure(subnets=("subnet-another",), security_groups=("sg-another",), assign_public_ip=True)
    world.minutes(2)

    assert len(world.sent()) == 3
    assert len(set(world.sent())) == 1
    assert [world.task.ecs_arn] == world.arns


@each_refusal
@each_ambiguity
def test_no_refusal_of_a_resend_speaks_for_the_first(world: World, goes_wrong, refuses):
    goes_wrong(world)
    refuses(world, 1)
    world.submit()
    assert world.task.status is Status.STARTING

    assert world.settle() is Status.RUNNING
    assert len(world.arns) == 1
    assert world.task.attempt == 1


@each_refusal
def test_no_refusal_of_a_sweepers_resend_speaks_for_the_first(world: World, refuses):
    world.fault("RunTask", "apply_then_timeout")
    refuses(world, 4)
    world.submit()
    world.cancel()
    world.minutes(4)
    assert world.task.status is Status.CANCELLING

    assert world.settle() is Status.CANCELLED


def test_an_ambiguous_error_followed_by_throttles_leaves_the_task_starting(world: World):
    world.fault("RunTask", "apply_then_500_then_throttle")
    world.fault("RunTask", "throttle", times=4)
    world.submit()

    assert world.task.status is Status.STARTING
    assert len(world.sent()) == 2, "the SDK repeats nothing by itself: a throttle of its repeat would look like ours"
    assert world.settle() is Status.RUNNING
    assert len(world.arns) == 1


@each_refusal
def test_a_definite_refusal_of_the_first_send_launches_nothing(world: World, refuses):
    refuses(world, 1)
    world.submit()
    assert world.task.ecs_arn is None
    assert world.task.status in (Status.PENDING, Status.FAILED)
    assert world.arns == []
    world.settle()


def test_a_refused_launch_is_tried_again_under_another_token(world: World):
    world.fault("RunTask", "throttle")
    world.submit()
    assert world.task.status is Status.PENDING
    assert world.settle() is Status.RUNNING
    assert world.task.attempt == 2
    assert len(world.arns) == 1


def test_a_cancel_of_a_refused_launch_is_done_at_once(world: World):
    world.fault("RunTask", "throttle")
    world.submit()
    world.cancel()
    assert world.task.status is Status.CANCELLED
    assert world.settle() is Status.CANCELLED
    assert world.arns == []


def test_a_cancel_while_the_launch_is_being_refused_ends_with_the_refusal(world: World):
    world.fault("RunTask", "throttle")
    world.meanwhile("run", world.cancel)
    world.submit()
    assert world.task.status is Status.CANCELLED
    assert world.settle() is Status.CANCELLED


def test_a_running_container_is_adopted_by_its_token(world: World):
    world.dies_after("run")
    world.submit()
    world.advance(100)
    assert world.describe(world.arns[0])["lastStatus"] == "RUNNING"
    world.sweep()
    assert [world.task.ecs_arn] == world.arns
    world.minutes(3)
    assert world.task.status is Status.RUNNING
    assert world.settle() is Status.RUNNING


def test_a_container_that_had_ended_is_adopted_by_its_token(world: World):
    world.behave(runs=5)
    world.dies_after("run")
    world.submit()
    world.advance(100)
    assert world.describe(world.arns[0])["lastStatus"] == "STOPPED"
    world.minutes(5)
    assert world.task.status is Status.COMPLETED
    assert world.settle() is Status.COMPLETED


def test_the_time_limit_of_an_adopted_container_counts_from_its_start(world: World):
    world.dies_after("run")
    world.submit(timeout=600)
    world.minutes(20)
    assert world.settle() is Status.CANCELLED


@pytest.mark.parametrize("cancelled", [False, True], ids=["", "cancelled"])
def test_a_conflict_on_our_own_token_means_adopt(world: World, cancelled):
    # The launcher that died was of another release, which asked for something else under the same token.
    world.dies_before("run")
    world.submit()
    request = run_request(world.task, world.settings.deployment, "")
    other = {"containerOverrides": [{"name": "main", "command": ["work", "as", "before"]}]}
    [other_releases] = world.engine.call("RunTask", request | {"overrides": other})["tasks"]
    if cancelled:
        world.cancel()
    world.advance(100)
    world.sweep()

    assert world.task.ecs_arn == other_releases["taskArn"]
    assert world.settle() is (Status.CANCELLED if cancelled else Status.RUNNING)
    assert len(world.arns) == 1
