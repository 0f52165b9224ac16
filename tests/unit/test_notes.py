"""What a task tells of itself: kept until its end, by its own token alone; and what another goes on from."""

import uuid

import pytest

from chalicelib.lifecycle import Status
from chalicelib.sweep import sweep
from chalicelib.task import Cause
from tests.doubles.api import request
from tests.unit.test_itself import by, token_of

UNAUTHENTICATED = (401, "unauthenticated", None)


def tells(task, **told):
    return by(token_of(task), "POST", "/self/report", told)


def shown(task):
    return request("GET", f"/tasks/{task.id}").json


def test_before_it_tells_anything_there_is_nothing(api):
    document = shown(api.running())
    assert [document[name] for name in ("heartbeat_at", "progress", "checkpoint", "result")] == [None] * 4


def test_what_it_tells_is_shown(api):
    task = api.running()
    assert tells(task, progress={"done": 1.5, "total": 10, "message": "on its way"}).json == {"status": "running"}
    assert tells(task, checkpoint={"data": {"page": 7}}).status == 200
    assert tells(task, result={"data": [1, "two", None]}).status == 200
    document = shown(task)
    assert document["progress"].items() >= {"done": 1.5, "total": 10.0, "message": "on its way"}.items()
    assert document["checkpoint"]["size"] == len('{"page": 7}')
    assert (document["result"]["data"], document["result"]["partial"]) == ([1, "two", None], False)
    assert document["heartbeat_at"] == document["result"]["at"]


def test_the_newest_counts_and_the_rest_stays(api):
    task = api.running()
    tells(task, progress={"done": 1}, checkpoint={"data": 1}, sequence=1)
    tells(task, progress={"done": 2}, sequence=2)
    assert (shown(task)["progress"]["done"], shown(task)["checkpoint"]["size"]) == (2.0, 1)


def test_what_was_overtaken_on_its_way_changes_nothing(api):
    task = api.running()
    tells(task, progress={"done": 2}, checkpoint={"data": "newer"}, sequence=9)
    assert tells(task, progress={"done": 1}, checkpoint={"data": "old"}, sequence=8).status == 200
    assert (shown(task)["progress"]["done"], shown(task)["checkpoint"]["size"]) == (2.0, len('"newer"'))


def test_what_was_overtaken_by_news_of_another_kind_is_kept(api):
    """A report in the background, and a checkpoint beside it: either may come first."""
    task = api.running()
    tells(task, progress={"done": 2}, sequence=9)
    tells(task, checkpoint={"data": "kept"}, sequence=8)
    tells(task, progress={"done": 1}, sequence=7)
    assert (shown(task)["progress"]["done"], shown(task)["checkpoint"]["size"]) == (2.0, len('"kept"'))


def test_no_record_is_written_and_no_cancel_dearer(api):
    task = api.running()
    before = api.now(task)
    tells(task, progress={"done": 1}, checkpoint={"data": 1}, result={"data": 1})
    assert api.now(task) == before


def test_it_is_taken_while_the_task_is_dying_and_a_result_is_partial(api):
    task = api.running()
    api.cancel(task)
    assert tells(task, checkpoint={"data": "last"}, result={"data": "half"}).json == {"status": "cancelling"}
    assert (shown(task)["checkpoint"]["size"], shown(task)["result"]["partial"]) == (6, True)


def test_it_is_refused_after_the_end(api):
    task = api.running()
    api.reports(api.of(task), "stopped")
    assert tells(task, progress={"done": 1}).problem == UNAUTHENTICATED
    assert by(token_of(task), target="/self/checkpoint").problem == UNAUTHENTICATED
    assert shown(task)["progress"] is None


def test_the_token_of_another_task_or_attempt_is_of_no_use(api):
    ours, theirs = api.running(), api.running()
    tells(theirs, progress={"done": 1})
    assert shown(ours)["progress"] is None
    for wrong in (token_of(ours, attempt=2), token_of(ours, task_id=str(uuid.uuid4())), "nonsense"):
        assert by(wrong, "POST", "/self/report", {}).problem == UNAUTHENTICATED
        assert by(wrong, target="/self/checkpoint").problem == UNAUTHENTICATED


def test_a_callers_name_is_no_token(api):
    assert request("POST", "/self/report", {}, caller="alice").problem == UNAUTHENTICATED


@pytest.mark.parametrize("field", ["checkpoint", "result"])
def test_the_size_is_limited(api, field):
    task, most = api.running(), getattr(api.settings, f"max_{field}")
    assert tells(task, **{field: {"data": "x" * (most - 2)}}).status == 200
    assert tells(task, **{field: {"data": "x" * (most - 1)}}).problem == (413, "body-too-large", field)


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"progress": {"done": "much"}}, (400, "malformed", "progress.done")),
        ({"progress": {}}, (400, "malformed", "done")),
        ({"checkpoint": {}}, (400, "malformed", "data")),
        ({"sequence": -1}, (400, "malformed", "sequence")),
        ({"news": 1}, (422, "unknown-field", "news")),
    ],
)
def test_what_is_wrong_is_named(api, told, problem):
    assert tells(api.running(), **told).problem == problem


# -- going on from another


def submits(caller="alice", **fields):
    return request("POST", "/tasks", {"image": "busybox", **fields}, caller=caller)


def resumes(api, task_id):
    answer = submits(resume_from=task_id)
    assert (answer.status, answer.json["resume_from"]) == (201, task_id)
    return api.store.get(answer.json["id"])


def test_a_task_gets_the_checkpoint_of_the_one_it_continues(api):
    first = api.running()
    tells(first, checkpoint={"data": {"page": 7}})
    api.reports(api.of(first), "stopped")
    second = resumes(api, first.id)
    found = by(token_of(second), target="/self/checkpoint").json["checkpoint"]
    assert (found["task_id"], found["data"]) == (first.id, {"page": 7})


def test_there_may_be_none(api):
    assert by(token_of(api.running()), target="/self/checkpoint").json == {"checkpoint": None}
    second = resumes(api, api.running().id)
    assert by(token_of(second), target="/self/checkpoint").json == {"checkpoint": None}


@pytest.mark.parametrize("whose", ["bob", "nobody", "nonsense"])
def test_only_an_own_task_is_continued(api, whose):
    other = {"bob": api.running(owner="bob").id, "nobody": str(uuid.uuid4()), "nonsense": "x"}[whose]
    assert submits(resume_from=other).problem == (400, "malformed", "resume_from")
    assert submits(caller="admin", resume_from=other).problem == (400, "malformed", "resume_from")


@pytest.mark.parametrize("kind", ["result", "checkpoint"])
@pytest.mark.parametrize("number", ["1e999", "1" * 5000])
def test_a_number_that_nobody_can_read_is_said_so(api, kind, number):
    body = f'{{"{kind}": {{"data": {number}}}}}'
    answer = by(token_of(api.running()), "POST", "/self/report", body)
    assert answer.status == 400
    assert answer.problem[2] in {kind, "body"}


def test_a_keys_next_task_shows_nothing_of_its_former_one(api):
    first = api.running(idempotency_key="monthly")
    tells(first, progress={"done": 1}, checkpoint={"data": 1}, result={"data": "January"})
    api.store.drop(first.id)
    api.clock.advance(32 * 86400)
    again = api.running(idempotency_key="monthly")
    assert again.id == first.id
    document = request("GET", f"/tasks/{again.id}").json
    assert [document[name] for name in ("heartbeat_at", "progress", "checkpoint", "result")] == [None] * 4


# -- heartbeats


def look(api, seconds):
    api.clock.advance(seconds)
    sweep(api.ports)


@pytest.fixture
def beating(api):
    """A task that has to be heard each 100 s, and was seen to start."""
    return api.running(heartbeat_timeout=100)


def test_a_task_that_is_heard_in_time_lives(api, beating):
    for _ in range(30):
        tells(beating)
        look(api, 60)
    assert api.now(beating).status is Status.RUNNING
    assert request("GET", f"/tasks/{beating.id}").json["heartbeat_timeout"] == 100


def test_a_task_that_is_never_heard_is_cancelled(api, beating):
    look(api, 99)
    assert api.now(beating).status is Status.RUNNING
    look(api, 60)
    cancelled = api.now(beating)
    assert (cancelled.status, cancelled.cancellation.cause) == (Status.CANCELLING, Cause.HEARTBEAT)
    assert api.containers.count("stop") == 1


def test_a_task_that_falls_silent_is_cancelled(api, beating):
    for _ in range(5):
        tells(beating, progress={"done": 1})
        look(api, 60)
    look(api, 39)
    assert api.now(beating).status is Status.RUNNING
    look(api, 61)
    assert api.now(beating).cancellation.cause is Cause.HEARTBEAT


def test_a_beat_that_comes_while_its_answer_is_on_its_way_is_in_time(api, beating, monkeypatch):
    tells(beating)
    read = api.notes.beat_at

    def slowly(task_id):
        found = read(task_id)
        tells(beating)
        api.clock.advance(2)
        return found

    monkeypatch.setattr(api.notes, "beat_at", slowly)
    look(api, 99.5)
    assert api.now(beating).status is Status.RUNNING


def test_a_short_heartbeat_is_listened_for_from_the_start_on(api):
    """And not only when the lease of its launch is over."""
    task = api.running(heartbeat_timeout=10)
    due = api.now(task).due_at
    assert (due - api.now(task).started_at).total_seconds() == 10
    look(api, (due - api.clock.now()).total_seconds() - 1)
    assert api.now(task).status is Status.RUNNING
    look(api, 1)
    assert api.now(task).cancellation.cause is Cause.HEARTBEAT


@pytest.mark.parametrize("limit", [{}, {"heartbeat_timeout": 100}])
def test_a_long_one_costs_the_start_no_write(api, limit):
    task = api.running(**limit)
    assert [str(entry.event) for entry in api.now(task).history] == ["submitted", "launched", "started"]
    assert api.now(task).rev == 3


def test_it_is_looked_for_no_sooner_than_it_may_be_missing(api, beating):
    look(api, 91)  # the look after its launch
    due = api.now(beating).due_at
    assert (due - api.now(beating).started_at).total_seconds() == 100


def test_a_task_that_is_dying_has_no_heart_to_listen_for(api, beating):
    api.cancel(beating)
    look(api, 1000)
    assert api.now(beating).cancellation.cause is Cause.USER


def test_without_a_limit_silence_is_no_fault(api):
    task = api.running()
    look(api, 100_000)
    assert api.now(task).status is Status.RUNNING


def test_a_short_heartbeat_leaves_room_for_the_look_at_ecs(api):
    task = api.running(heartbeat_timeout=1)
    for _ in range(20):
        api.clock.advance(59.5)
        tells(task)
        look(api, 0.5)
    assert api.now(task).status is Status.RUNNING
    assert (api.clock.now() - api.now(task).seen_at).total_seconds() <= api.settings.look_after_s + 120
