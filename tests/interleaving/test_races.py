"""The named races: each by its number, every schedule of it, and how it may end."""

from dataclasses import replace

import pytest

from chalicelib.lifecycle import Status
from chalicelib.sweep import sweep
from tests.doubles.clock import START
from tests.doubles.world import World
from tests.interleaving.actors import (
    CANCEL,
    DEADLINE,
    DIES,
    DOUBLED,
    EXITS_0,
    EXITS_143,
    EXTERNAL_STOP,
    HUNT,
    LEASE_PASSES,
    NO_CAPACITY,
    OLDER,
    PATCH_LATER,
    PATCH_SOONER,
    RELAUNCH,
    RUNS,
    SECOND_CANCEL,
    STALE,
    STALE_RUNNING,
    SUBMIT,
    SWEEP,
)
from tests.interleaving.carry import Fate
from tests.interleaving.ecs import Box
from tests.interleaving.explore import Explored, explore
from tests.interleaving.scenes import (
    Scene,
    begin,
    on_its_way,
    running,
    second_attempt,
    waiting,
)
from tests.interleaving.world import Actor

DEATHS = (Fate.DIES_BEFORE, Fate.DIES_AFTER, Fate.DIES_LATE)


def ran(scene: Scene, *actors: Actor, fates: tuple[Fate, ...] = (), faults: int = 0) -> Explored:
    """Run every schedule; whoever was told that it is cancelled finds it so in the end."""
    explored = explore(scene.lab, scene.state, *actors, fates=fates, faults=faults)
    for ending in explored.endings:
        assert ending.status == "cancelled" or not ending.acknowledged, ending
    return explored


def of(explored: Explored, *names: str) -> set[tuple[object, ...]]:
    """These facts of each ending."""
    return {tuple(getattr(ending, name) for name in names) for ending in explored.endings}


def test_r01_cancel_x_completion():
    explored = ran(running(), CANCEL, EXITS_0, fates=tuple(Fate), faults=1)
    assert of(explored, "status", "how") >= {
        ("completed", "exited_on_its_own"),
        ("cancelled", "exited_on_its_own"),
        ("cancelled", "graceful"),
    }
    assert explored.statuses == {"completed", "cancelled"}


def test_r02_cancel_x_launching():
    explored = ran(begin(), SUBMIT, CANCEL, RUNS, fates=tuple(Fate), faults=1)
    assert of(explored, "status", "acknowledged") >= {("cancelled", True), ("running", False), ("failed", False)}
    assert {ending.containers for ending in explored.endings if ending.acknowledged} == {0, 1}


def test_r03_cancel_before_launch():
    explored = ran(waiting(), CANCEL, fates=tuple(Fate), faults=1)
    cancelled = {ending for ending in explored.endings if ending.acknowledged}
    assert {(ending.status, ending.how, ending.containers) for ending in cancelled} == {
        ("cancelled", "never_started", 0)
    }


@pytest.mark.parametrize("fate", DEATHS)
def test_r04_launcher_dies_before_the_arn_is_saved(fate):
    scene = begin().play(SUBMIT, run=fate).after(100)
    explored = ran(scene, SWEEP, CANCEL, RUNS)
    assert of(explored, "status", "attempts", "containers") == {("cancelled", 1, 1)}
    explored = ran(scene, SWEEP, RUNS)
    assert of(explored, "status", "attempts", "containers") == {("running", 1, 1)}


def test_r05_stale_running_after_cancel():
    explored = ran(running(), CANCEL, STALE_RUNNING, DIES, STALE, fates=tuple(Fate), faults=1)
    assert {ending.status for ending in explored.endings if ending.acknowledged} == {"cancelled"}


def test_r06_doubled_or_reordered_stopped():
    explored = ran(running(), EXITS_0, DOUBLED, STALE_RUNNING, STALE)
    assert of(explored, "status", "how") == {("completed", "exited_on_its_own")}


def test_r07_two_cancels():
    explored = ran(running(), CANCEL, SECOND_CANCEL, DIES)
    # None, where the second came when it was cancelled already.
    assert of(explored, "status", "repeats") == {("cancelled", 1), ("cancelled", 0)}


def test_r08_cancel_x_timeout():
    explored = ran(running(timeout=5).after(10), CANCEL, DEADLINE, fates=tuple(Fate), faults=1)
    assert of(explored, "status", "cause") == {("cancelled", "user"), ("cancelled", "timeout")}


def test_r09_cancel_x_relaunch():
    explored = ran(waiting(), CANCEL, RELAUNCH, RUNS, fates=tuple(Fate), faults=1)
    cancelled = {ending for ending in explored.endings if ending.acknowledged}
    assert {(ending.status, ending.containers) for ending in cancelled} == {("cancelled", 0), ("cancelled", 1)}


@pytest.mark.parametrize("fate", [Fate.LOST_BEFORE, Fate.LOST_AFTER, Fate.DIES_BEFORE, Fate.DIES_AFTER])
def test_r10_stop_task_lost_or_throttled(fate):
    scene = running().play(CANCEL, stop=fate)
    assert scene.only.status is Status.CANCELLING
    explored = ran(scene.after(20), SWEEP, SECOND_CANCEL, HUNT)
    assert explored.statuses == {"cancelled"}


def test_r11_a_stale_index_read():
    explored = ran(running().after(20), SWEEP, CANCEL, EXITS_0, fates=(Fate.LAGS,), faults=2)
    assert explored.statuses == {"cancelled", "completed"}


def test_r12_late_worker_overwrite():
    late = (Fate.DIES_LATE, Fate.REPEATED, Fate.LATE, Fate.THROTTLED)
    explored = ran(begin(), SUBMIT, LEASE_PASSES, SWEEP, CANCEL, fates=late, faults=2)
    assert {ending.status for ending in explored.endings if ending.acknowledged} == {"cancelled"}
    assert {ending.containers for ending in explored.endings} == {0, 1}


def test_r13_external_stop_x_cancel():
    explored = ran(running(), EXTERNAL_STOP, CANCEL, fates=tuple(Fate), faults=1)
    assert of(explored, "status", "cause") == {("cancelled", "external"), ("cancelled", "user")}


def test_r14_run_task_applied_after_the_launcher_was_given_up():
    explored = ran(on_its_way().after(100), SWEEP, CANCEL, HUNT, fates=tuple(Fate), faults=1)
    assert explored.statuses == {"running", "cancelled"}
    assert of(explored, "containers") == {(1,)}


def test_r15_an_event_of_an_older_attempts_container():
    explored = ran(second_attempt(), OLDER, RUNS, CANCEL, EXITS_143, fates=tuple(Fate), faults=1)
    assert of(explored, "attempts", "containers") == {(2, 2)}
    assert {ending.status for ending in explored.endings if ending.acknowledged} == {"cancelled"}


@pytest.mark.parametrize("first", [Fate.LOST_AFTER, Fate.LOST_BEFORE, Fate.LATE])
def test_r16_ambiguous_error_then_throttle(first):
    scene = begin().play(SUBMIT, run=(first, Fate.THROTTLED))
    assert scene.only.status is Status.STARTING, "the throttle of a second send is no refusal"
    explored = ran(scene.after(100), SWEEP, CANCEL, RUNS)
    assert of(explored, "attempts", "containers") == {(1, 1)}


def test_r17_two_containers_alive():
    scene = running()
    stranger = Box(scene.state.cloud.boxes[0].started_by, "a token of somebody else's", (START, START), "PR")
    both = (*scene.state.cloud.boxes, stranger)
    state = scene.state._replace(cloud=replace(scene.state.cloud, boxes=both))
    for finder in (HUNT, STALE_RUNNING):
        own, other = Scene(scene.lab, state).play(finder).state.cloud.boxes
        assert (own.path, other.path) == ("PR", "PRS"), finder


def test_r18_own_write_refused():
    actors = (SUBMIT, CANCEL, NO_CAPACITY, RELAUNCH)
    explored = ran(begin(), *actors, fates=(Fate.REPEATED,), faults=3)
    assert of(explored, "status", "acknowledged", "repeats") == {("cancelled", True, 0)}
    # Whoever's own write is refused finds itself in what it wrote: nothing ends as it does not without.
    assert explored.endings == ran(begin(), *actors).endings


def test_r19_patch_x_timer():
    overdue = running(timeout=5).after(10)
    explored = ran(overdue, PATCH_LATER, DEADLINE, SWEEP, fates=tuple(Fate), faults=1)
    assert of(explored, "status", "cause") == {("running", ""), ("cancelled", "timeout")}
    in_time = running(timeout=10**6).after(10)
    explored = ran(in_time, PATCH_SOONER, DEADLINE, CANCEL, fates=tuple(Fate), faults=1)
    assert of(explored, "status", "cause") >= {("cancelled", "timeout"), ("cancelled", "user")}


def test_r20_missing_storm():
    world = World()
    tasks = [world.running() for _ in range(world.settings.max_missing + 1)]
    cancelled = world.running()
    world.cancel(cancelled)
    for task in (*tasks, cancelled):
        world.containers.forget(world.of(task).arn)
    for _ in range(12):
        world.clock.advance(world.settings.gone_after_s / 4)
        assert sweep(world.ports).missing > world.settings.max_missing
    assert {world.now(task).status for task in tasks} == {Status.RUNNING}
    assert world.now(cancelled).status is Status.CANCELLING


def test_every_race_has_its_test():
    named = {name.split("_")[1] for name in globals() if name.startswith("test_r")}
    assert named == {f"r{number:02}" for number in range(1, 21)}
