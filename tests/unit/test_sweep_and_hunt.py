"""The sweep attends to what is due, the hunt to what lives and should not."""

import json
from datetime import timedelta

import msgspec
import pytest

import app
from chalicelib.hunt import Disarmed, Hunted, hunt
from chalicelib.lifecycle import Status
from chalicelib.ports import Deferred, NotRead, StoreUnavailableError, Unclear, Unreadable, Unstopped
from chalicelib.relaunch import relaunch_by_id
from chalicelib.sweep import sweep
from chalicelib.task import Proof, Task, Termination
from tests.doubles.clock import START
from tests.doubles.containers import before, instead, lost
from tests.doubles.examples import a_task, cancellation, later
from tests.doubles.reports import sample
from tests.doubles.world import World


def stored(world, status, **parts):
    task = a_task(status, **parts)
    world.store.put(task)
    return task


def figures(printed: str) -> dict:
    """The last line in CloudWatch's metric format."""
    return json.loads([line for line in printed.splitlines() if line.startswith('{"_aws"')][-1])


# -- the sweep


def test_a_sweep_with_nothing_due_says_that_it_lived(world, capsys):
    world.running()
    assert sweep(world.ports).due == 0
    told = figures(capsys.readouterr().out)
    assert (told["Sweeps"], told["DueTasks"], told["Deployment"]) == (1.0, 0.0, "test")
    names = {metric["Name"] for metric in told["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert names <= told.keys()
    assert told["_aws"]["Timestamp"] == int(START.timestamp() * 1000)


def test_a_sweep_asks_for_many_containers_at_once(world):
    tasks = [world.running() for _ in range(5)]
    for task in tasks:
        world.containers.becomes(world.of(task).arn, "exited-0")
    world.clock.advance(world.settings.look_after_s)
    swept = sweep(world.ports)
    assert (swept.due, swept.attended, swept.failed) == (5, 5, 0)
    assert {world.now(task).status for task in tasks} == {Status.COMPLETED}
    assert world.containers.count("describe") == 1


def test_each_cluster_is_asked_for_its_own(world):
    for n in range(4):
        task = world.running()
        elsewhere = msgspec.structs.replace(task.placement, cluster=f"c{n % 2}")
        world.store.put(msgspec.structs.replace(task, placement=elsewhere))
    world.clock.advance(world.settings.look_after_s)
    sweep(world.ports)
    assert world.containers.count("describe") == 2


def test_cancellations_go_first(world):
    running = world.running()
    cancelled = world.running()
    world.cancel(cancelled)
    world.clock.advance(world.settings.look_after_s)
    order = []
    original = world.store.apply
    world.store.apply = lambda task_id, change: (order.append(task_id), original(task_id, change))[1]
    sweep(world.ports)
    assert order[0] == cancelled.id
    assert running.id in order


@pytest.mark.parametrize("fault", [StoreUnavailableError, ZeroDivisionError])
def test_what_one_task_suffers_is_its_own(world, capsys, fault):
    bad, good = world.running(), world.running()
    for task in (bad, good):
        world.containers.becomes(world.of(task).arn, "exited-0")
    original = world.store.apply

    def apply(task_id, change):
        if task_id == bad.id:
            raise fault
        return original(task_id, change)

    world.store.apply = apply
    world.clock.advance(world.settings.look_after_s)
    swept = sweep(world.ports)
    assert (swept.attended, swept.failed) == (1, 1)
    assert world.now(good).status is Status.COMPLETED
    assert figures(capsys.readouterr().out)["FailedAttends"] == 1.0


def unreadable(world, *unread):
    """Let the store find these records, and not understand them."""
    read = world.store.get_many
    world.store.get_many = lambda ids: {i: Unreadable() if i in unread else task for i, task in read(ids).items()}


def test_a_record_that_cannot_be_read_keeps_no_other_waiting(world):
    bad, good = world.running(), world.running()
    for task in (bad, good):
        world.containers.becomes(world.of(task).arn, "exited-0")
    unreadable(world, bad.id)
    world.clock.advance(world.settings.look_after_s)
    swept = sweep(world.ports)
    assert (swept.due, swept.attended, swept.failed) == (1, 1, 1)
    assert world.now(good).status is Status.COMPLETED


def test_a_container_whose_record_cannot_be_read_is_no_orphan(world):
    task = world.running()
    unreadable(world, task.id)
    hunted = hunt(world.ports)
    assert (hunted.ours, hunted.orphans, hunted.stopped) == (0, 0, 0)
    assert world.containers.count("stop") == 0


def test_a_sweep_ends_within_its_budget(world):
    for _ in range(5):
        world.running()
    world.clock.advance(world.settings.look_after_s)
    original = world.store.apply

    def slow(task_id, change):
        world.clock.advance(11)
        return original(task_id, change)

    world.store.apply = slow
    swept = sweep(world.ports)
    assert swept.due == 5
    assert 0 < swept.attended < 5
    world.store.apply = original
    assert sweep(world.ports).due == 5 - swept.attended


def test_more_than_a_few_missing_change_nothing(world):
    """They speak of ECS, not of the containers."""
    tasks = [world.running() for _ in range(world.settings.max_missing + 1)]
    for task in tasks:
        world.containers.forget(world.of(task).arn)
    world.clock.advance(9999)
    swept = sweep(world.ports)
    assert swept.missing == len(tasks)
    assert {world.now(task).missing_at for task in tasks} == {None}


def test_a_few_missing_count(world):
    tasks = [world.running() for _ in range(world.settings.max_missing)]
    for task in tasks:
        world.containers.forget(world.of(task).arn)
    world.clock.advance(9999)
    sweep(world.ports)
    assert {world.now(task).missing_at for task in tasks} == {world.clock.now()}


def test_a_cancellation_that_is_late_rings(world, capsys):
    late, in_time = world.running(), world.running()
    world.cancel(late)
    world.clock.advance(80)
    world.cancel(in_time)
    world.clock.advance(20)
    assert sweep(world.ports).late == 1
    assert figures(capsys.readouterr().out)["LateCancellations"] == 1.0


def test_how_far_behind_it_is_is_told(world, capsys):
    world.running()
    world.clock.advance(world.settings.launch_lease_s + 60)
    assert sweep(world.ports).oldest_due_s == 60
    assert figures(capsys.readouterr().out)["OldestDueAge"] == 60


def unanswered(world: World, count: int) -> list[Task]:
    """Tasks that are to be looked at, while ECS answers no more."""
    tasks = [world.running() for _ in range(count)]
    world.containers.describe = lambda _cluster, arns: dict.fromkeys(arns, NotRead())
    world.clock.advance(world.settings.look_after_s)
    return tasks


def forgotten(world: World, count: int) -> list[Task]:
    """Tasks whose containers ECS calls MISSING."""
    tasks = [world.running() for _ in range(count)]
    for task in tasks:
        world.containers.forget(world.of(task).arn)
    world.clock.advance(world.settings.look_after_s)
    return tasks


@pytest.mark.parametrize("looks", [unanswered, forgotten])
def test_looks_without_an_answer_keep_the_sweep_from_nothing(looks):
    """They are twice as many as it takes up, and due before all that follows."""
    world = World(sweep_most=10)
    tasks = looks(world, 20)
    sweep(world.ports)
    cancelled = world.running()
    world.containers.script("stop", instead(Unstopped("ThrottlingException")))
    world.cancel(cancelled)
    [launch] = waiting(world)
    for _ in range(5):
        sweep(world.ports)
        world.clock.advance(60)
    assert len(world.of(cancelled).stops) > 0
    assert launch.id in world.queue.waiting
    assert {world.now(task).status for task in tasks} == {Status.RUNNING}


def test_looks_without_an_answer_are_told_as_overdue_though_they_move_behind_the_others(world):
    unanswered(world, 1)
    sweep(world.ports)
    for minute in range(1, 10):
        world.clock.advance(60)
        assert sweep(world.ports).oldest_due_s == 60 * minute


def test_what_the_index_shows_late_is_left_alone(world):
    """It was attended to a moment ago."""
    task = world.running()
    world.store.due = lambda _now, _most: [task.id]
    assert sweep(world.ports).due == 0


# -- what waits is handed to the launch queue


def waiting(world, count=1):
    world.containers.script("run", *[instead(Deferred("Capacity is unavailable"))] * count)
    tasks = [world.submit() for _ in range(count)]
    world.clock.advance(world.settings.launch_backoff_max_s)
    return tasks


def test_waiting_tasks_are_handed_over_and_due_again_later(world):
    tasks = waiting(world, 3)
    assert sweep(world.ports).queued == 3
    assert sorted(world.queue.waiting) == sorted(task.id for task in tasks)
    again_at = world.clock.now() + timedelta(seconds=world.settings.requeue_s)
    assert {world.now(task).due_at for task in tasks} == {again_at}
    assert sweep(world.ports).due == 0


def test_a_message_that_was_lost_is_sent_again(world):
    [task] = waiting(world)
    sweep(world.ports)
    world.queue.waiting.clear()
    world.clock.advance(world.settings.requeue_s)
    sweep(world.ports)
    assert world.queue.waiting == [task.id]


def test_of_the_copies_that_an_hour_without_launchers_left_one_is_an_attempt(world):
    [task] = waiting(world)
    for _ in range(60):
        sweep(world.ports)
        world.clock.advance(60)
    copies = world.queue.waiting
    assert len(copies) == 30
    world.containers.script("run", *[instead(Deferred("Capacity is unavailable"))] * len(copies))
    for copy in copies:
        relaunch_by_id(world.ports, copy)
    after = world.now(task)
    assert (after.status, after.attempt) == (Status.PENDING, 2)
    world.clock.advance((after.retry_at - world.clock.now()).total_seconds())
    relaunch_by_id(world.ports, task.id)
    assert world.now(task).attempt == 3


def test_what_was_handed_over_may_be_launched_at_once(world):
    [task] = waiting(world)
    sweep(world.ports)
    relaunch_by_id(world.ports, *world.queue.waiting)
    assert world.now(task).status is Status.STARTING


def test_what_an_older_version_handed_over_is_launched_when_it_is_handed_over_again(world):
    """It noted in `retry_at` when to hand it over again."""
    [task] = waiting(world)
    again_at = world.clock.now() + timedelta(seconds=world.settings.requeue_s)
    world.store.put(msgspec.structs.replace(world.now(task), retry_at=again_at, due_at=again_at))
    relaunch_by_id(world.ports, task.id)
    assert world.now(task).status is Status.PENDING
    world.clock.advance(world.settings.requeue_s)
    sweep(world.ports)
    relaunch_by_id(world.ports, *world.queue.waiting)
    assert world.now(task).status is Status.STARTING


def test_what_was_handed_over_is_due_at_its_deadline(world):
    world.containers.script("run", instead(Deferred("Capacity is unavailable")))
    task = world.submit(queue_timeout=330)
    world.clock.advance(world.settings.launch_backoff_max_s)
    sweep(world.ports)
    assert world.now(task).due_at == later(330)


def test_a_queue_that_does_not_answer_gets_it_again(world):
    [task] = waiting(world)
    world.queue.trouble.append(Unclear("throttled"))
    assert sweep(world.ports).queued == 0
    world.clock.advance(world.settings.requeue_s)
    assert sweep(world.ports).queued == 1
    assert world.queue.waiting == [task.id]


def test_while_launching_is_frozen_nothing_is_handed_over(world):
    [task] = waiting(world)
    world.switches.freeze = True
    assert sweep(world.ports).queued == 0
    assert world.queue.waiting == []
    assert world.now(task).status is Status.PENDING
    assert world.now(task).due_at > world.clock.now()


# -- the hunt


def test_what_may_live_is_left_alone(world):
    world.running()
    world.submit()
    assert hunt(world.ports) == Hunted(ours=2)
    assert world.containers.count("stop") == 0


def orphaned(world, count=1):
    """Containers of tasks that failed in the record's eyes."""
    tasks = [world.running() for _ in range(count)]
    for task in tasks:
        world.store.put(a_task(Status.FAILED, id=task.id, ecs_arn=world.of(task).arn))
    return tasks


def test_what_should_not_live_is_stopped(world):
    [task] = orphaned(world)
    assert hunt(world.ports) == Hunted(ours=1, orphans=1, stopped=1)
    assert world.of(task).stops == [f"calloff/{task.id[:8]}/orphan"]


def test_a_container_of_a_cancelling_task_is_stopped_when_its_stop_is_late(world):
    task = world.running()
    world.cancel(task)
    assert hunt(world.ports) == Hunted(ours=1)
    world.clock.sleep(world.settings.stop_check_s)
    assert hunt(world.ports) == Hunted(ours=1, stopped=1)
    assert len(world.of(task).stops) == 2


def test_many_that_are_being_cancelled_are_no_flood_of_orphans(world):
    world = World(hunt_max_stops=3)
    for task in [world.running() for _ in range(5)]:
        world.cancel(task)
    assert hunt(world.ports) == Hunted(ours=5)
    world.clock.sleep(world.settings.stop_check_s)
    assert hunt(world.ports) == Hunted(ours=5, stopped=3)
    assert not world.switches.paused


def test_what_was_listed_before_its_end_was_told_is_no_orphan(world):
    task = world.running()
    listed = world.containers.find_all(world.settings.cluster)
    world.cancel(task)
    world.reports(world.of(task), "stopped")
    assert world.now(task).status is Status.CANCELLED
    world.containers.script("find_all", instead(listed))
    assert hunt(world.ports) == Hunted(ours=1)


def test_what_lives_after_its_end_was_concluded_is_an_orphan(world):
    task = world.running()
    concluded = Termination(proof=Proof.GONE)
    ended = a_task(Status.FAILED, id=task.id, ecs_arn=task.ecs_arn, ecs_version=99, termination=concluded)
    world.store.put(ended)
    assert hunt(world.ports).stopped == 1


def test_a_second_container_of_a_task_is_stopped(world):
    task = world.running()
    world.store.put(a_task(Status.RUNNING, id=task.id))
    assert hunt(world.ports).stopped == 1


def test_a_container_without_a_record_is_stopped(world):
    task = world.running()
    world.store._records.clear()
    assert hunt(world.ports).stopped == 1
    assert len(world.of(task).stops) == 1


def test_a_container_whose_launcher_died_is_innocent(world):
    """Lease or no lease: the sweep adopts it."""
    world.containers.script("run", lost(Unclear("timed out")), instead(Unclear("timed out")))
    world.submit()
    world.clock.advance(9999)
    assert hunt(world.ports).stopped == 0


@pytest.mark.parametrize("started_by", ["", "ecs-svc/1", "calloff/prod/{id}/1"])
def test_what_does_not_carry_this_deployments_mark_is_not_hunted(world, started_by):
    [task] = orphaned(world)
    world.of(task).detail["startedBy"] = started_by.format(id=task.id)
    assert hunt(world.ports) == Hunted()


def test_what_is_dead_is_not_stopped(world):
    [task] = orphaned(world)
    world.containers.becomes(world.of(task).arn, "stopped")
    assert hunt(world.ports) == Hunted(ours=1)


@pytest.mark.parametrize(
    ("name", "status"), [("exited-0", Status.COMPLETED), ("stopped-by-operator", Status.CANCELLED)]
)
def test_an_end_that_nobody_told_is_noticed(world, name, status):
    task = world.running()
    world.containers.becomes(world.of(task).arn, name)
    assert hunt(world.ports) == Hunted(ours=1, noticed=1)
    assert world.now(task).status is status


def test_a_start_that_nobody_told_is_noticed(world):
    task = world.submit()
    world.containers.becomes(world.of(task).arn, "running")
    assert hunt(world.ports).noticed == 1
    assert world.now(task).status is Status.RUNNING


def test_of_two_containers_of_a_launch_the_living_one_is_adopted(world):
    """The dead one comes first in ECS's list, and would end the task."""
    world.containers.script("run", lost(Unclear("timed out")), instead(Unclear("timed out")))
    task = world.submit()
    dead = world.containers.only
    world.containers._tokens.clear()
    world.containers.run(dead.request)
    living = world.of(task)
    world.containers.becomes(dead.arn, "exited-0")
    world.containers.becomes(living.arn, "running")
    assert hunt(world.ports).noticed == 2
    assert (world.now(task).status, world.now(task).ecs_arn) == (Status.RUNNING, living.arn)


def test_before_each_kill_the_record_is_read_again(world):
    """The record adopted the container after the hunt had read it."""
    [task] = orphaned(world)
    innocent = a_task(Status.RUNNING, id=task.id, ecs_arn=world.of(task).arn)
    original = world.store.get
    world.store.get = lambda task_id: (world.store.put(innocent), original(task_id))[1]
    assert hunt(world.ports) == Hunted(ours=1, orphans=1, stopped=0)
    assert world.containers.count("stop") == 0


def test_the_records_are_read_after_the_list(world):
    """What is launched meanwhile is not taken for an orphan."""
    world.containers.script("find_all", before(world.running))
    assert hunt(world.ports) == Hunted(ours=1)


def test_too_many_orphans_speak_of_the_table(world):
    world = World(hunt_max_stops=3)
    orphaned(world, 4)
    assert hunt(world.ports) == Hunted(ours=4, orphans=4, stopped=0)
    assert world.containers.count("stop") == 0
    assert world.switches.paused
    assert hunt(world.ports) == Disarmed()


def test_as_many_as_allowed_are_stopped(world):
    world = World(hunt_max_stops=3)
    orphaned(world, 3)
    assert hunt(world.ports).stopped == 3


def test_a_hunt_that_is_not_armed_looks_at_nothing(world):
    orphaned(world)
    calls = len(world.containers.calls)
    world.switches.armed = False
    assert hunt(world.ports) == Disarmed()
    assert len(world.containers.calls) == calls


def test_a_list_that_was_not_read_is_not_hunted(world):
    orphaned(world)
    world.containers.script("find_all", instead(Unclear("throttled")))
    assert hunt(world.ports) == Disarmed()
    assert world.containers.count("stop") == 0


def test_the_hunt_tells_its_figures(world, capsys):
    orphaned(world)
    hunt(world.ports)
    told = figures(capsys.readouterr().out)
    assert (told["Hunts"], told["Orphans"]) == (1.0, 1.0)


# -- the handlers


def test_the_schedules_call_them(api):
    orphan = orphaned(api)[0]
    task = api.running()
    api.containers.becomes(api.of(task).arn, "exited-0")
    api.clock.advance(api.settings.look_after_s)
    app.sweep(sample("running"), None)
    assert api.now(task).status is Status.COMPLETED
    app.hunt(sample("running"), None)
    assert len(api.of(orphan).stops) == 1
    api.switches.armed = False
    app.hunt(sample("running"), None)


def messages(*bodies: str) -> dict:
    records = [{"messageId": f"m{n}", "body": body, "receiptHandle": "r"} for n, body in enumerate(bodies)]
    return {"Records": records}


def test_the_queue_launches_what_waits(api):
    tasks = waiting(api, 2)
    assert app.relaunch(messages(*(task.id for task in tasks)), None) == {"batchItemFailures": []}
    assert {api.now(task).status for task in tasks} == {Status.STARTING}


def test_the_queue_brings_again_what_failed_and_nothing_else(api):
    bad = stored(api, Status.PENDING)
    original = api.store.get

    def get(task_id):
        if task_id == bad.id:
            raise StoreUnavailableError
        return original(task_id)

    api.store.get = get
    answer = app.relaunch(messages(a_task().id, bad.id), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}


def test_a_late_cancellation_without_a_container_rings_too(world):
    sent = cancellation(requested_at=later(-999))
    stored(world, Status.CANCELLING, ecs_arn=None, cancellation=sent, due_at=later(-9), lease_ends_at=later(9))
    assert sweep(world.ports).late == 1
