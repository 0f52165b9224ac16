"""`ETag`, `If-None-Match` and `If-Match`: who has a task already, and who changes only the state that they saw."""

import pytest

from chalicelib.conditions import Change
from chalicelib.lifecycle import Event, Status
from chalicelib.ports import Applied
from tests.doubles.api import request
from tests.doubles.examples import a_task, later


@pytest.fixture(autouse=True)
def _wired(api):
    """The routes reach this world."""


@pytest.fixture
def task(world):
    return world.submit()


@pytest.fixture
def etag(task):
    return request("GET", f"/tasks/{task.id}").headers["ETag"]


def shown(task, if_none_match=None, method="GET"):
    headers = {} if if_none_match is None else {"If-None-Match": if_none_match}
    return request(method, f"/tasks/{task.id}", headers=headers)


def patched(task, if_match, caller="alice"):
    return request("PATCH", f"/tasks/{task.id}", {"timeout": 60}, caller=caller, headers={"If-Match": if_match})


# -- If-None-Match


def test_the_same_state_has_the_same_strong_tag(task, etag):
    assert etag.startswith('"')
    assert shown(task).headers["ETag"] == etag


@pytest.mark.parametrize("sent", ["{}", "W/{}", '"other", {}', '"other" , W/{} ,"more"', " , {},, ", "*"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_whoever_has_the_state_gets_no_body(task, etag, sent, method):
    answer = shown(task, sent.format(etag), method)
    assert (answer.status, answer.text, answer.headers["ETag"]) == (304, "", etag)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize("sent", ['"other"', '""', 'W/"1"', '"*"'])
def test_whoever_has_another_gets_it_all(task, sent):
    assert shown(task, sent).json == shown(task).json


NO_TAGS = ["", "abc", '"a', 'a"', '"a" "b"', 'w/"a"', "*, *", '"a", *', '"a\nb"', "W/", '"a b"']


@pytest.mark.parametrize("sent", NO_TAGS)
def test_what_is_no_list_of_tags_spares_nothing(task, sent):
    assert shown(task, sent).json == shown(task).json


@pytest.mark.parametrize("sent", NO_TAGS)
def test_what_is_no_list_of_tags_changes_nothing(world, task, sent):
    before = world.now(task)
    assert patched(task, sent).problem == (400, "malformed", "If-Match")
    assert world.now(task) == before


def test_each_write_makes_another_tag(world, task, etag):
    world.reports(world.of(task), "running")
    running = shown(task, etag)
    assert running.status == 200
    assert running.headers["ETag"] != etag


def test_the_tag_tells_nothing_to_whom_the_task_is_not_shown(task, etag):
    refused = request("GET", f"/tasks/{task.id}", caller="bob", headers={"If-None-Match": etag})
    assert refused.problem == (403, "forbidden", None)
    assert "ETag" not in refused.headers


def test_submit_and_patch_answer_the_tag_that_a_look_would_show():
    submitted = request("POST", "/tasks", {"image": "busybox"})
    target = submitted.headers["Location"]
    assert submitted.headers["ETag"] == request("GET", target).headers["ETag"]
    changed = request("PATCH", target, {"timeout": 60})
    assert changed.headers["ETag"] == request("GET", target).headers["ETag"]


# -- If-Match


@pytest.mark.parametrize("sent", ["{}", '"other", {}', "*"])
def test_who_saw_the_state_may_change_it(task, etag, sent):
    answer = patched(task, sent.format(etag))
    assert (answer.status, answer.json["timeout"]) == (200, 60)


@pytest.mark.parametrize("sent", ["W/{}", '"other"', '"0-0123456789abcdef"', '""'])
def test_who_saw_another_may_not_and_is_shown_what_is(world, task, etag, sent):
    before = world.now(task)
    answer = patched(task, sent.format(etag))
    assert answer.problem == (412, "precondition-failed", None)
    assert answer.json["task"] == shown(task).json
    assert world.now(task) == before


def test_a_tag_from_before_a_write_is_of_another_state(world, task, etag):
    world.reports(world.of(task), "running")
    assert patched(task, etag).status == 412


def test_a_write_between_the_look_and_the_change_is_noticed_by_the_change_itself(world, task, etag):
    apply = world.store.apply

    def somebody_was_faster(task_id, change):
        world.store.apply = apply
        first = Change(Event.ATTENDED, later(1), "sweep", sets={"due_at": later(99)})
        assert isinstance(apply(task_id, first), Applied)
        return apply(task_id, change)

    world.store.apply = somebody_was_faster
    assert patched(task, etag).problem == (412, "precondition-failed", None)
    assert world.now(task).timeout is None


@pytest.mark.parametrize("status", [Status.CANCELLING, Status.COMPLETED])
def test_that_it_is_too_late_is_said_first(world, status):
    ended = a_task(status)
    world.store.put(ended)
    assert patched(ended, '"other"').problem == (409, "too-late", None)


def test_that_it_is_not_theirs_is_said_first(task):
    assert patched(task, '"other"', caller="bob").problem == (403, "forbidden", None)
