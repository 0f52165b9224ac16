"""The seven schedules by which the model check found the first draft of the rules wanting; c1 is the first container.

Each is a way in which an implementation can go wrong again. A to C and F let `cancelled` (or `pending`, `failed`) stand
over a live container, D kills innocents, E and G never come to rest.
"""

import pytest

from chalicelib.lifecycle import Status
from chalicelib.task import Proof
from tests.fence.world import HOUR, World

AN_HOUR_AFTER_THE_CLAIM = 3100


def waits_its_turn(world: World) -> None:
    """A launch was refused; the sweep hands the task to the launch queue."""
    assert world.task.status is Status.PENDING
    world.advance(60)
    world.sweep()
    world.queue.waiting = [world.task.id]


@pytest.mark.parametrize("refused_before", [0, 4], ids=["", "history full"])
@pytest.mark.parametrize("cancelled", [False, True], ids=["", "cancelled"])
def test_a_refusal_written_again_meets_the_next_attempt(refused_before: int, cancelled):
    """A: launch refused, written, answered 500; the next attempt is claimed; the write comes again; c1 is launched.

    The history, as long as it has room, knows the write; the lease knows it always.
    """
    world = World(max_history=8)
    world.fault("RunTask", "throttle", times=refused_before + 1)
    if not refused_before:
        refusal = world.repeats("launch_deferred")
    world.submit()
    for attempt in range(refused_before):
        if attempt + 1 == refused_before:
            refusal = world.repeats("launch_deferred")
        waits_its_turn(world)
        world.relaunch()
    waits_its_turn(world)

    def comes_again():
        if cancelled:
            world.cancel()
        refusal.arrive()

    world.meanwhile("run", comes_again)
    world.relaunch()
    assert world.task.status is (Status.CANCELLING if cancelled else Status.STARTING)
    assert len(world.arns) == 1
    assert world.settle() is (Status.CANCELLED if cancelled else Status.RUNNING)


@pytest.mark.parametrize(
    ("refusal", "fault"), [("launch_deferred", {}), ("launch_rejected", {"reason": "No such thing"})]
)
@pytest.mark.parametrize("cancelled", [False, True], ids=["", "cancelled"])
def test_a_refusal_arrives_after_its_lease_was_taken(world: World, refusal, fault, cancelled):
    """A: refused, the write on its way; the lease ends, a sweeper sends again; the write arrives; c1 is launched."""
    late = world.delays(refusal)
    world.fault("RunTask", "failures", **fault)
    world.submit()
    if cancelled:
        world.cancel()
    world.advance(100)
    world.meanwhile("run", late.arrive)
    world.sweep()
    assert world.task.status is (Status.CANCELLING if cancelled else Status.STARTING)
    assert world.settle() is (Status.CANCELLED if cancelled else Status.RUNNING)


def test_a_sweeper_that_looked_long_ago_sends_nothing(world: World):
    """B: sweeper A looks, and lies still; sweeper B finds nothing, twice, and concludes; A goes on."""
    world.dies_before("run")
    world.submit()
    world.cancel()
    world.advance(2990)

    def another_concludes():
        world.sweeps(15)
        assert world.task.status is Status.CANCELLED

    world.meanwhile("lease_taken", another_concludes)
    world.sweep()
    assert world.sent() == []
    assert world.settle() is Status.CANCELLED
    assert world.arns == []


@pytest.mark.parametrize("told", [False, True], ids=["event lost", "event late"])
def test_nobody_sends_again_when_the_token_may_have_died(world: World, told):
    """C: c1 is launched, its launcher dies, it cannot start; nobody sweeps for hours; the token is dead by then."""
    world.fails_to_start()
    world.dies_after("run")
    world.submit()
    world.cancel()
    world.advance(2 * HOUR)
    world.sweep()
    if told:
        world.deliver(world.event("STOPPED"))
        assert world.task.status is Status.CANCELLED
        assert world.task.termination.proof is Proof.ECS_EVENT
    assert world.settle() is Status.CANCELLED
    assert len(world.sent()) == 1


def test_the_token_lives_while_it_is_sent_again(world: World):
    """C, just before the window closes: the identical request finds c1, which ended at once."""
    world.fails_to_start("CannotPullContainerError: no such image")
    world.dies_after("run")
    world.submit()
    world.cancel()
    world.advance(2999)
    world.sweep()
    assert len(world.sent()) == 2
    assert world.settle() is Status.CANCELLED
    assert world.task.termination.proof is Proof.ECS_DESCRIBE


def test_the_hunt_spares_the_container_of_a_dead_launcher(world: World):
    """D: c1 is launched, its launcher dies, the lease ends; the hunt finds c1 before the sweeper adopts it."""
    world.behave(starts=200)
    world.dies_after("run")
    world.submit()
    world.advance(95)
    world.hunt()
    assert world.stops() == []
    assert world.settle() is Status.RUNNING
    assert world.alive() == world.arns


def test_a_task_without_deadline_whose_end_was_lost_is_looked_at(world: World):
    """E: c1 runs and exits, the STOPPED event is lost; only the sweep looks."""
    world.submit()
    world.advance(25)
    world.deliver(world.event("RUNNING"))
    world.sweeps(2)
    world.exit(world.arns[0])
    world.sweeps(17)
    assert world.task.status is Status.COMPLETED
    assert world.settle() is Status.COMPLETED


def test_a_task_that_never_heard_of_its_container_again_is_looked_at(world: World):
    """E: every event is lost; only the sweep looks."""
    world.submit()
    world.sweeps(3)
    assert world.task.status is Status.RUNNING
    world.sweeps(20)
    world.exit(world.arns[0], code=1)
    world.sweeps(17)
    assert world.task.status is Status.FAILED
    assert world.settle() is Status.FAILED


def test_a_container_that_is_stopping_is_listed(world: World):
    """F: the first listing lags; somebody stops c1, which takes its time; the second listing comes meanwhile."""
    world.behave(stops=None)
    world.dies_after("run")
    world.submit()
    world.cancel()
    world.advance(AN_HOUR_AFTER_THE_CLAIM)
    world.fault("ListTasks", "lag", times=2, seconds=2 * HOUR)
    world.sweep()
    assert world.task.ecs_arn is None
    world.advance(595)
    world.stop_as_somebody_else(world.arns[0])
    world.advance(10)
    assert world.describe(world.arns[0])["lastStatus"] == "STOPPING"
    world.sweep()
    assert world.task.status is Status.CANCELLING
    assert [world.task.ecs_arn] == world.arns
    assert world.settle() is Status.CANCELLED


@pytest.mark.parametrize("cancelled", [False, True], ids=["", "cancelled"])
def test_runtasks_own_answer_counts_as_having_seen_the_container(world: World, cancelled):
    """G: c1 is launched and saved, cannot start, the event is lost; nobody sweeps until ECS has forgotten it."""
    world.fails_to_start()
    world.submit()
    if cancelled:
        world.cancel()
    world.advance(2 * HOUR)
    assert world.settle() is (Status.CANCELLED if cancelled else Status.FAILED)
    assert world.task.termination.proof is Proof.GONE
