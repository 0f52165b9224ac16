"""Time limits: timers wake, deadlines are in the condition, a patch moves them."""

from datetime import UTC, datetime, timedelta

import pytest

import app
from chalicelib.deadline import Again, Done, first_timer_at, time_out, wake
from chalicelib.lifecycle import TERMINAL, Event, Status, sources
from chalicelib.patch import Patch, Patched, TooLate, patch
from chalicelib.ports import StoreUnavailableError, Unclear
from chalicelib.show import NotAllowed, NotFound
from chalicelib.task import NEVER, Cause
from chalicelib.timing import start_timer
from chalicelib.views import task_document
from tests.doubles.api import request
from tests.doubles.clock import START
from tests.doubles.examples import a_task, later
from tests.doubles.reports import described

STARTED = datetime(2026, 1, 2, 3, 4, 25, tzinfo=UTC)
"""When the sample's container started: 20 s after the clock's beginning."""


def stored(world, status=Status.RUNNING, **parts):
    task = a_task(status, **parts)
    world.store.put(task)
    return task


def epoch(seconds: float) -> int:
    return int(later(seconds).timestamp())


def patched(world, task, timeout, **parts):
    asked = {"task_id": task.id, "by": "alice", "owner": "alice", "timeout": timeout, **parts}
    return patch(world.ports, Patch(**asked))


# -- at submit


def test_without_a_limit_there_is_no_timer(world):
    task = world.submit()
    assert (task.deadline, task.timers, world.timers.started) == (None, 0, {})


def test_a_queue_timeout_counts_from_the_submit(world):
    task = world.submit(queue_timeout=60)
    assert task.deadline == epoch(60)
    assert world.timers.started == {(task.id, 1): later(60)}


def test_a_timeout_cannot_matter_earlier_than_so_long_from_now(world):
    task = world.submit(timeout=60)
    assert task.deadline is None
    assert world.timers.started == {(task.id, 1): later(60)}


def test_the_timer_is_for_the_earliest(world):
    task = world.submit(timeout=60, queue_timeout=30)
    assert world.timers.started == {(task.id, 1): later(30)}


def test_a_timer_that_does_not_start_is_no_reason_to_refuse_the_task(world):
    """The sweep has the deadline, too."""
    world.timers.trouble.append(Unclear("throttled"))
    task = world.submit(queue_timeout=60)
    assert task.status is Status.STARTING
    assert task.deadline == epoch(60)


def test_a_task_without_a_limit_starts_none(world):
    start_timer(world.ports, a_task())
    assert world.timers.started == {}


# -- when it runs


def test_from_its_start_the_timeout_counts(world):
    task = world.running(timeout=60, queue_timeout=30)
    assert task.deadline == int(STARTED.timestamp()) + 60


def test_from_its_start_the_queue_timeout_counts_no_more(world):
    task = world.running(queue_timeout=30)
    assert task.deadline >= NEVER
    world.clock.advance(9999)
    assert wake(world.ports, task.id) == Done()
    assert world.now(task).status is Status.RUNNING
    assert request_deadline(world, task) is None


def request_deadline(world, task):
    return task_document(world.now(task), world.settings).deadline


# -- when a timer fires


def test_before_the_deadline_it_comes_back_then(world):
    task = world.running(timeout=60)
    assert wake(world.ports, task.id) == Again(STARTED + timedelta(seconds=60))
    assert world.now(task) == task


def test_at_the_deadline_it_cancels(world):
    task = world.running(timeout=60)
    world.clock.advance(80)
    assert wake(world.ports, task.id) == Done()
    now = world.now(task)
    assert (now.status, now.cancellation.cause) == (Status.CANCELLING, Cause.TIMEOUT)
    assert now.cancellation.requested_by == "deadline"
    assert world.of(task).stops == [f"calloff/{task.id[:8]}/timeout"]


def test_a_task_that_did_not_come_to_run_in_time(world):
    task = world.submit(queue_timeout=60)
    world.clock.advance(60)
    assert wake(world.ports, task.id) == Done()
    assert (world.now(task).status, world.now(task).cancellation.cause) == (Status.CANCELLING, Cause.QUEUE_TIMEOUT)


def test_a_task_that_waits_too_long_is_cancelled_at_once(world):
    world.switches.freeze = True
    task = world.submit(queue_timeout=60)
    world.clock.advance(60)
    assert wake(world.ports, task.id) == Done()
    assert (world.now(task).status, world.now(task).cancellation.cause) == (Status.CANCELLED, Cause.QUEUE_TIMEOUT)


def test_a_task_that_does_not_run_yet_is_looked_at_again(world):
    task = world.submit(timeout=60)
    world.clock.advance(60)
    assert wake(world.ports, task.id) == Again(later(120))


@pytest.mark.parametrize(("timeout", "most"), [(1, 80), (60, 60), (600, 6)])
def test_a_task_that_waits_for_an_hour_wakes_its_timer_seldom(world, timeout, most):
    world.switches.freeze = True
    task = world.submit(timeout=timeout)
    [at] = world.timers.started.values()
    wakes = 0
    while at < later(3600):
        world.clock.advance((at - world.clock.now()).total_seconds())
        again = wake(world.ports, task.id)
        assert isinstance(again, Again)
        assert timedelta(seconds=timeout) <= again.at - at <= timedelta(seconds=max(timeout, 60))
        at, wakes = again.at, wakes + 1
    assert 0 < wakes <= most


@pytest.mark.parametrize(("waits", "late"), [(2, 1), (20, 5), (3000, 60)])
def test_a_short_timeout_is_late_by_a_quarter_of_the_wait_at_most(world, waits, late):
    task = world.submit(timeout=1)
    [at] = world.timers.started.values()
    while at <= later(waits):
        world.clock.advance((at - world.clock.now()).total_seconds())
        again = wake(world.ports, task.id)
        assert isinstance(again, Again)
        at = again.at
    world.clock.advance((later(waits) - world.clock.now()).total_seconds())
    world.reports(world.of(task), "running", startedAt=later(waits).isoformat())
    while world.now(task).status is Status.RUNNING:
        world.clock.advance((at - world.clock.now()).total_seconds())
        at = again.at if isinstance(again := wake(world.ports, task.id), Again) else at
    now = world.now(task)
    assert now.cancellation.cause is Cause.TIMEOUT
    assert later(waits + 1) <= now.cancellation.requested_at <= later(waits + 1 + late)


@pytest.mark.parametrize("status", [Status.CANCELLING, *sorted(TERMINAL)])
def test_what_is_cancelled_or_over_needs_no_timer(world, status):
    task = stored(world, status, deadline=epoch(-1))
    assert wake(world.ports, task.id) == Done()
    assert world.now(task) == task


def test_what_is_gone_needs_no_timer(world):
    assert wake(world.ports, a_task().id) == Done()


def test_a_timer_that_fires_twice_cancels_once(world):
    task = world.running(timeout=60)
    world.clock.advance(80)
    assert [wake(world.ports, task.id) for _ in range(2)] == [Done(), Done()]
    assert world.now(task).cancellation.repeats == 0
    assert len(world.of(task).stops) == 1


# -- a deadline that moves in the moment between


def test_a_deadline_that_was_moved_wins_over_the_timer(world):
    task = world.running(timeout=60)
    world.clock.advance(80)
    seen = world.now(task)
    patched(world, task, 600)
    assert time_out(world.ports, seen).status is Status.RUNNING
    assert world.now(task).cancellation is None


def test_a_timer_that_looked_before_the_move_comes_back_later(world):
    task = world.running(timeout=60)
    world.clock.advance(80)
    original = world.store.get
    looked = []

    def get(task_id):
        seen = original(task_id)
        if not looked:
            looked.append(seen)
            patched(world, task, 600)
        return seen

    world.store.get = get
    assert wake(world.ports, task.id) == Again(STARTED + timedelta(seconds=600))


def test_a_queue_timeout_loses_to_the_start(world):
    task = world.submit(queue_timeout=60, timeout=999)
    world.clock.advance(60)
    seen = world.now(task)
    world.reports(world.of(task), "running")
    assert time_out(world.ports, seen).status is Status.RUNNING


def test_a_queue_timeout_is_not_what_ends_a_task_that_started_meanwhile(world):
    """Its time to run may be over, too: that is for the next look to say, with the right cause."""
    task = world.submit(queue_timeout=60, timeout=1)
    world.clock.advance(60)
    seen = world.now(task)
    world.reports(world.of(task), "running")
    assert time_out(world.ports, seen).status is Status.RUNNING
    wake(world.ports, task.id)
    assert world.now(task).cancellation.cause is Cause.TIMEOUT


def test_a_task_that_waits_again_in_the_moment_between_is_cancelled_all_the_same(world):
    task = stored(world, Status.STARTING, deadline=epoch(-1))
    waiting = a_task(Status.PENDING, id=task.id, deadline=epoch(-1))
    world.store.put(waiting)
    assert time_out(world.ports, task).status is Status.CANCELLED


def test_a_task_that_ended_in_the_moment_between(world):
    task = stored(world, Status.RUNNING, deadline=epoch(-1))
    world.store.put(a_task(Status.COMPLETED, id=task.id))
    assert time_out(world.ports, task).status is Status.COMPLETED


def test_a_task_that_is_gone_in_the_moment_between(world):
    task = a_task(Status.RUNNING, deadline=epoch(-1))
    assert time_out(world.ports, task) == task


# -- patch


def test_a_new_limit_counts_from_the_start(world):
    task = world.running(timeout=60)
    outcome = patched(world, task, 600)
    assert isinstance(outcome, Patched)
    assert (outcome.task.timeout, outcome.task.deadline) == (600, int(STARTED.timestamp()) + 600)
    assert outcome.task.history[-1].event is Event.TIMEOUT_MOVED


def test_a_later_deadline_needs_no_timer(world):
    """The one that fires comes back by itself."""
    task = world.running(timeout=60)
    patched(world, task, 600)
    assert len(world.timers.started) == 1


def test_an_earlier_deadline_gets_a_timer_of_its_own(world):
    task = world.running(timeout=600)
    patched(world, task, 60)
    assert world.timers.started[task.id, 2] == STARTED + timedelta(seconds=60)
    patched(world, task, 30)
    assert world.timers.started[task.id, 3] == STARTED + timedelta(seconds=30)


def test_a_limit_where_there_was_none(world):
    task = world.running()
    patched(world, task, 60)
    assert world.timers.started == {(task.id, 1): STARTED + timedelta(seconds=60)}


def test_a_limit_that_is_over_already_times_out(world):
    task = world.running()
    world.clock.advance(999)
    outcome = patched(world, task, 1)
    assert isinstance(outcome, Patched)
    assert wake(world.ports, task.id) == Done()
    assert world.now(task).cancellation.cause is Cause.TIMEOUT


def test_before_it_runs_a_new_limit_waits_for_the_start(world):
    task = world.submit(queue_timeout=30)
    outcome = patched(world, task, 600)
    assert isinstance(outcome, Patched)
    assert outcome.task.deadline == epoch(30)
    world.reports(world.of(task), "running")
    assert world.now(task).deadline == int(STARTED.timestamp()) + 600


@pytest.mark.parametrize("status", sorted(set(Status) - sources(Event.TIMEOUT_MOVED)))
def test_too_late_to_move(world, status):
    task = stored(world, status)
    assert patched(world, task, 60) == TooLate(task)
    assert world.now(task) == task


def test_whose(world):
    task = stored(world)
    assert patched(world, task, 60, by="bob", owner="bob") == NotAllowed()
    assert isinstance(patched(world, task, 60, by="admin", owner=None), Patched)
    assert world.now(task).history[-1].by == "admin"
    assert patched(world, a_task(), 60) == NotFound()


def test_a_task_that_moves_in_the_moment_between_is_read_anew(world):
    task = world.running(timeout=60)
    original = world.store.get

    def get(task_id):
        seen = original(task_id)
        world.cancel(task)
        return seen

    world.store.get = get
    outcome = patched(world, task, 600)
    world.store.get = original
    assert outcome == TooLate(world.now(task))


def test_a_task_that_is_gone_in_the_moment_between_is_not_found(world):
    task = world.running(timeout=60)
    original = world.store.get

    def get(task_id):
        seen = original(task_id)
        world.store._records.clear()
        return seen

    world.store.get = get
    assert patched(world, task, 600) == NotFound()


def test_a_task_that_never_stands_still_is_no_answer(world):
    task = world.running(timeout=60)
    original = world.store.apply

    def apply(task_id, change):
        world.store.put(a_task(Status.RUNNING, id=task.id, rev=world.now(task).rev + 1))
        return original(task_id, change)

    world.store.apply = apply
    with pytest.raises(StoreUnavailableError, match="kept moving"):
        patched(world, task, 600)


# -- the route and the handler


def test_a_patch_through_the_route(api):
    task = api.running(timeout=60)
    answer = request("PATCH", f"/tasks/{task.id}", {"timeout": 600})
    assert (answer.status, answer.json["timeout"]) == (200, 600)
    assert answer.json["deadline"] == "2026-01-02T03:14:25.000Z"
    assert request("PATCH", f"/tasks/{task.id}", {"timeout": 1}, caller="bob").problem == (403, "forbidden", None)
    api.cancel(task)
    late = request("PATCH", f"/tasks/{task.id}", {"timeout": 1})
    assert late.problem == (409, "too-late", None)
    assert late.json["task"]["id"] == task.id


def test_the_timers_handler(api):
    task = api.running(timeout=60)
    assert app.on_deadline({"task_id": task.id}, None) == {
        "task_id": task.id,
        "done": False,
        "at": "2026-01-02T03:05:25.000Z",
    }
    api.clock.advance(999)
    assert app.on_deadline({"task_id": task.id}, None) == {"task_id": task.id, "done": True}


def test_the_sample_starts_when_we_think(world):
    assert described("running")["startedAt"] == "2026-01-02T03:04:25.000Z"
    assert START + timedelta(seconds=20) == STARTED


def test_first_timers():
    task = a_task(Status.RUNNING, started_at=STARTED, timeout=60, deadline=epoch(80))
    assert first_timer_at(task, later(0)) == later(80)
    assert first_timer_at(a_task(), later(0)) is None
