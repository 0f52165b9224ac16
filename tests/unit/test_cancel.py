"""Cancel: from every status, repeated, forced, by those who may."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.cancel import Cancelled, Cancelling, GraceUnsupported, TooLate
from chalicelib.lifecycle import TERMINAL, Event, Status
from chalicelib.ports import Applied, Missing, Refused, StoreUnavailableError, Unstopped
from chalicelib.show import NotAllowed, NotFound
from chalicelib.task import Cause, Proof
from tests.doubles.api import request
from tests.doubles.clock import START
from tests.doubles.containers import instead
from tests.doubles.examples import ARN, a_task
from tests.doubles.memory import MemoryTaskStore

ACTIVE = [status for status in Status if status not in TERMINAL]


def stored(world, status, **parts):
    task = a_task(status, **parts)
    world.store.put(task)
    return task


def events(task):
    return [entry.event for entry in task.history]


# -- from each status


def test_a_running_task_is_cancelling_and_its_container_is_stopped(world):
    task = world.running()
    outcome = world.cancel(task, reason="wrong input", reason_code="typo")
    assert isinstance(outcome, Cancelling)
    now = outcome.task
    assert (now.status, now.on_end) == (Status.CANCELLING, Status.CANCELLED)
    assert now.cancellation.cause is Cause.USER
    assert (now.cancellation.reason, now.cancellation.reason_code) == ("wrong input", "typo")
    assert (now.cancellation.requested_by, now.cancellation.requested_at) == ("alice", START)
    assert now.due_at == START + timedelta(seconds=world.settings.stop_check_s)
    assert world.of(task).stops == [f"calloff/{task.id[:8]}/user: wrong input"]
    assert now == world.now(task)


def test_a_starting_task_with_a_container_is_cancelling_and_its_container_is_stopped(world):
    task = world.submit()
    assert isinstance(world.cancel(task), Cancelling)
    assert len(world.of(task).stops) == 1


def test_a_starting_task_without_one_is_cancelling_and_looked_at_as_soon(world):
    task = stored(world, Status.STARTING)
    outcome = world.cancel(task)
    assert isinstance(outcome, Cancelling)
    assert outcome.task.due_at == world.clock.now() + timedelta(seconds=world.settings.stop_check_s)
    assert world.containers.calls == []


def test_a_waiting_task_is_cancelled_at_once(world):
    task = stored(world, Status.PENDING)
    outcome = world.cancel(task, reason="wrong input")
    assert isinstance(outcome, Cancelled)
    now = outcome.task
    assert now.status is Status.CANCELLED
    assert now.termination.proof is Proof.NEVER_LAUNCHED
    assert (now.cancellation.cause, now.cancellation.reason) == (Cause.USER, "wrong input")
    assert (now.ended_at, now.due_at, now.retry_at) == (START, None, None)
    assert now.expires_at == int((START + timedelta(days=30)).timestamp())
    assert world.containers.calls == []


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED])
def test_what_has_ended_is_too_late(world, status):
    task = stored(world, status)
    assert world.cancel(task) == TooLate(task)
    assert world.now(task) == task
    assert world.containers.calls == []


def test_what_is_cancelled_stays_so(world):
    task = stored(world, Status.CANCELLED)
    assert world.cancel(task, force=True, reason="again") == Cancelled(task)
    assert world.now(task) == task


def test_what_is_not_there(world):
    assert world.cancel(a_task()) == NotFound()


# -- whose


@pytest.mark.parametrize("status", Status)
def test_somebody_elses_is_not_touched(world, status):
    task = stored(world, status)
    assert world.cancel(task, by="bob", owner="bob") == NotAllowed()
    assert world.now(task) == task
    assert world.containers.calls == []


@pytest.mark.parametrize("status", ACTIVE)
def test_an_admin_may_cancel_everybodys(world, status):
    task = stored(world, status)
    outcome = world.cancel(task, by="admin", owner=None)
    assert isinstance(outcome, Cancelling | Cancelled)
    assert world.now(task).history[-1].by == "admin"


# -- repeated


def test_a_repeat_is_counted_and_sends_no_stop_at_once(world):
    task = world.running()
    world.cancel(task, reason="wrong input")
    world.clock.advance(1)
    outcome = world.cancel(task, by="admin", owner=None, reason="again")
    assert isinstance(outcome, Cancelling)
    now = outcome.task
    assert now.cancellation.repeats == 1
    assert (now.cancellation.reason, now.cancellation.requested_by) == ("wrong input", "alice")
    assert now.cancellation.requested_at == START
    assert (now.history[-1].event, now.history[-1].by, now.history[-1].reason) == (
        Event.CANCEL_REPEATED,
        "admin",
        "again",
    )
    assert len(world.of(task).stops) == 1


@pytest.mark.parametrize(("seconds", "stops"), [(0.001, 1), (4.999, 1), (5, 2), (60, 2)])
def test_a_repeat_sends_the_stop_again_once_in_five_seconds(world, seconds, stops):
    task = world.running()
    world.cancel(task)
    world.clock.advance(seconds)
    world.cancel(task)
    assert len(world.of(task).stops) == stops


def test_a_repeat_in_the_same_moment_sends_no_stop(world):
    task = world.running()
    world.cancel(task)
    world.cancel(task)
    assert len(world.of(task).stops) == 1


def test_repeats_send_one_stop_in_each_five_seconds(world):
    task = world.running()
    world.cancel(task)
    for _ in range(20):
        world.clock.advance(1)
        world.cancel(task)
    assert len(world.of(task).stops) == 1 + 4
    assert world.now(task).cancellation.repeats == 20


def test_a_repeat_without_a_container_sends_none(world):
    task = stored(world, Status.STARTING)
    world.cancel(task)
    world.clock.advance(60)
    outcome = world.cancel(task)
    assert isinstance(outcome, Cancelling)
    assert outcome.task.cancellation.repeats == 1
    assert world.containers.calls == []


def test_of_two_repeats_at_once_one_sends_the_stop(world):
    task = world.running()
    world.cancel(task)
    world.clock.advance(6)

    class Overtaking(MemoryTaskStore):
        """Another repeat is quicker than the one that is on its way."""

        def apply(self, task_id, change):
            if change.event is Event.CANCEL_REPEATED and not self.overtaken:
                self.overtaken = True
                world.cancel(task)
                world.clock.advance(0.001)
            return super().apply(task_id, change)

    overtaking = Overtaking(40)
    overtaking._records, overtaking.overtaken = world.store._records, False
    world.store = overtaking
    assert isinstance(world.cancel(task), Cancelling)
    assert world.now(task).cancellation.repeats == 2
    assert len(world.of(task).stops) == 2


def test_many_repeats_do_not_crowd_out_the_end(world):
    task = world.running()
    world.cancel(task)
    for _ in range(100):
        world.clock.advance(1)
        world.cancel(task)
    world.reports(world.of(task), "stopped")
    now = world.now(task)
    assert len(now.history) <= world.settings.max_history
    assert now.history[-1].event is Event.STOPPED
    assert now.cancellation.repeats == 100


# -- force and grace


def test_force_is_recorded(world):
    task = world.running()
    assert world.cancel(task, force=True).task.cancellation.force_requested


def test_a_repeat_may_escalate_and_never_takes_back(world):
    task = world.running()
    world.cancel(task)
    assert world.cancel(task, force=True).task.cancellation.force_requested
    assert world.cancel(task).task.cancellation.force_requested


@pytest.mark.parametrize("status", ACTIVE)
def test_the_tasks_own_grace_may_be_named(world, status):
    task = stored(world, status)
    assert isinstance(world.cancel(task, grace=30), Cancelling | Cancelled)


@pytest.mark.parametrize("status", ACTIVE)
@pytest.mark.parametrize("grace", [0, 29, 31, 120])
def test_another_grace_is_refused_and_changes_nothing(world, status, grace):
    task = stored(world, status)
    assert world.cancel(task, grace=grace) == GraceUnsupported(task)
    assert world.now(task) == task


def test_whose_and_too_late_go_before_the_grace(world):
    assert world.cancel(stored(world, Status.RUNNING), by="bob", owner="bob", grace=1) == NotAllowed()
    assert isinstance(world.cancel(stored(world, Status.COMPLETED), grace=1), TooLate)
    assert isinstance(world.cancel(stored(world, Status.CANCELLED), grace=1), Cancelled)
    assert world.cancel(a_task(), grace=1) == NotFound()


# -- when ECS does not take the stop


@pytest.mark.parametrize("trouble", ["throttled", "not found", "timed out"])
def test_a_stop_that_was_not_taken_does_not_take_the_cancellation_back(world, trouble):
    task = world.running()
    world.containers.script("stop", instead(Unstopped(trouble)))
    outcome = world.cancel(task)
    assert isinstance(outcome, Cancelling)
    assert outcome.task.due_at is not None


def test_the_reason_of_a_stop_fits_ecs(world):
    task = world.running()
    world.cancel(task, reason="ü" * 512)
    [reason] = world.of(task).stops
    assert len(reason) == 255
    assert reason.startswith(f"calloff/{task.id[:8]}/user: ü")


# -- while the task moves


class Moving(MemoryTaskStore):
    """A record that is elsewhere each time."""

    def __init__(self, task, *statuses):
        super().__init__(40)
        self._task, self._statuses = task, list(statuses)
        self.put(task)

    def apply(self, task_id, change) -> Applied | Refused | Missing:
        if self._statuses:
            forms = a_task(self._statuses.pop(0))
            names = set(msgspec.structs.asdict(forms)) - {"id"}
            self.put(msgspec.structs.replace(self._task, **{n: getattr(forms, n) for n in names}))
        return super().apply(task_id, change)


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        ([Status.PENDING, Status.STARTING, Status.RUNNING], Cancelling),
        ([Status.PENDING, Status.PENDING], Cancelled),
        ([Status.PENDING, Status.STARTING, Status.PENDING, Status.PENDING], Cancelled),
        ([Status.CANCELLING, Status.CANCELLED], Cancelled),
        ([Status.CANCELLING, Status.CANCELLING], Cancelling),
        ([Status.PENDING, Status.FAILED], TooLate),
        ([Status.PENDING, Status.STARTING, Status.COMPLETED], TooLate),
    ],
)
def test_each_refusal_shows_what_to_do_instead(world, statuses, outcome):
    task = a_task(Status.STARTING)
    world.store = Moving(task, *statuses)
    assert isinstance(world.cancel(task), outcome)


def test_a_task_that_never_stands_still_is_no_answer(world):
    task = a_task(Status.STARTING)
    world.store = Moving(task, *[Status.PENDING, Status.CANCELLING] * 50)
    with pytest.raises(StoreUnavailableError, match="kept moving"):
        world.cancel(task)


# -- through the routes

WAYS = [
    ("POST", "/cancel", False),
    ("DELETE", "", False),
    ("POST", "/kill", True),
    ("POST", "/cancel?terminate=true", True),
]


@pytest.fixture(autouse=True)
def _wired(api):
    """The routes reach this world."""


@pytest.mark.parametrize(("method", "rest", "forced"), WAYS)
def test_accepted(world, method, rest, forced):
    task = world.running()
    answer = request(method, f"/tasks/{task.id}{rest}", {"reason": "wrong input"})
    assert answer.status == 202
    cancellation = answer.json["cancellation"]
    assert (answer.json["status"], cancellation["reason"]) == ("cancelling", "wrong input")
    assert cancellation["force_requested"] is forced
    assert (cancellation["requests"], cancellation["cause"]) == (1, "user")
    assert cancellation["requested_at"] == "2026-01-02T03:04:05.000Z"
    assert cancellation["expected_by"] == "2026-01-02T03:05:35.000Z"


@pytest.mark.parametrize(("method", "rest", "_forced"), WAYS)
def test_cancelled_at_once(world, method, rest, _forced):
    answer = request(method, f"/tasks/{stored(world, Status.PENDING).id}{rest}")
    assert (answer.status, answer.json["status"]) == (200, "cancelled")
    assert answer.json["termination"]["how"] == "never_started"
    assert answer.json["termination"]["proof"] == "never_launched"


@pytest.mark.parametrize(("method", "rest", "_forced"), WAYS)
@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED])
def test_too_late_comes_with_the_task(world, method, rest, _forced, status):
    task = stored(world, status)
    answer = request(method, f"/tasks/{task.id}{rest}")
    assert answer.problem == (409, "too-late", None)
    assert answer.json["task"] == request("GET", f"/tasks/{task.id}").json


@pytest.mark.parametrize(("method", "rest", "_forced"), WAYS)
def test_forbidden(world, method, rest, _forced):
    task = stored(world, Status.RUNNING)
    assert request(method, f"/tasks/{task.id}{rest}", caller="bob").problem == (403, "forbidden", None)


def test_the_grace_cannot_be_changed(world):
    task = stored(world, Status.RUNNING)
    answer = request("POST", f"/tasks/{task.id}/cancel", {"grace": 5})
    assert answer.problem == (422, "grace-unsupported", "grace")
    assert "30 s" in answer.json["detail"]


@pytest.mark.parametrize("mode", ["graceful", "force"])
def test_mode(world, mode):
    answer = request("POST", f"/tasks/{world.running().id}/cancel", {"mode": mode, "grace": 30, "reason_code": "typo"})
    assert answer.json["cancellation"]["force_requested"] is (mode == "force")
    assert answer.json["cancellation"]["reason_code"] == "typo"


@pytest.mark.parametrize("body", [None, "", {}, {"reason": None, "reason_code": None, "grace": None}])
def test_a_body_is_not_needed(world, body):
    assert request("POST", f"/tasks/{world.running().id}/cancel", body).status == 202


def test_repeats_are_counted_in_the_answer(world):
    task = world.running()
    assert [request("DELETE", f"/tasks/{task.id}").json["cancellation"]["requests"] for _ in range(3)] == [1, 2, 3]


def test_the_arn_of_the_container_is_nobodys_business(world):
    assert ARN not in request("GET", f"/tasks/{stored(world, Status.RUNNING).id}").text
