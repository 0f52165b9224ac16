"""What a container wrote, as a caller reads it: page by page, by cursor, also after the end."""

import pytest

from chalicelib.fargate import log_stream
from chalicelib.lifecycle import Status
from chalicelib.ports import NoSuchToken, Unread
from tests.doubles.api import request
from tests.doubles.examples import ARN, OTHER_ARN, a_task, later

STREAM = log_stream(ARN)


@pytest.fixture(autouse=True)
def _wired(api):
    """The routes reach this world."""


@pytest.fixture
def task(world):
    task = a_task(Status.RUNNING, ecs_arn=ARN)
    world.store.put(task)
    return task


def page(task, query="", caller="alice"):
    answer = request("GET", f"/tasks/{task.id}/logs{query}", caller=caller)
    assert answer.status == 200, answer
    return [line["text"] for line in answer.json["lines"]], answer.json["cursor"]


def test_a_stream_is_named_as_the_log_driver_names_it():
    assert f"task/main/{ARN.rpartition('/')[2]}" == STREAM


def test_lines_come_with_their_time(world, task):
    world.logs.write(STREAM, "hello", at=later(1.5))
    answer = request("GET", f"/tasks/{task.id}/logs")
    assert answer.json["lines"] == [{"at": "2026-01-02T03:04:06.500Z", "text": "hello"}]


def test_they_are_read_page_by_page(world, task):
    world.logs.write(STREAM, *map(str, range(5)))
    first, cursor = page(task, "?limit=2")
    second, cursor = page(task, f"?limit=2&cursor={cursor}")
    third, cursor = page(task, f"?limit=2&cursor={cursor}")
    assert [*first, *second, *third] == list("01234")


def test_at_the_end_the_cursor_stays_and_brings_what_comes_later(world, task):
    world.logs.write(STREAM, "one")
    _, cursor = page(task)
    assert page(task, f"?cursor={cursor}") == ([], cursor)
    world.logs.write(STREAM, "two")
    assert page(task, f"?cursor={cursor}")[0] == ["two"]


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.CANCELLING])
def test_they_stay_after_an_end_and_after_a_cancel(status, world):
    task = a_task(status, ecs_arn=ARN)
    world.store.put(task)
    world.logs.write(STREAM, "last words")
    assert page(task)[0] == ["last words"]
    assert page(task)[0] == ["last words"]


@pytest.mark.parametrize("status", [Status.PENDING, Status.STARTING])
def test_before_there_is_a_container_there_is_no_log(status, world):
    task = a_task(status, ecs_arn=None)
    world.store.put(task)
    assert page(task) == ([], None)


def test_before_anything_is_written_there_is_no_log(task):
    assert page(task) == ([], None)


def test_a_cursor_survives_a_log_that_is_kept_no_longer(world, task):
    world.logs.write(STREAM, "one")
    _, cursor = page(task)
    world.logs.written.clear()
    assert page(task, f"?cursor={cursor}") == ([], cursor)


def test_another_attempt_has_a_log_of_its_own(world, task):
    world.logs.write(STREAM, "one", "two")
    _, cursor = page(task)
    world.store.put(a_task(Status.RUNNING, id=task.id, ecs_arn=OTHER_ARN, attempt=2))
    world.logs.write(log_stream(OTHER_ARN), "again")
    assert page(task, f"?cursor={cursor}")[0] == ["again"]


def test_who_may_read_them(world, task):
    world.logs.write(STREAM, "hello")
    for caller in ("alice", "admin"):
        assert page(task, caller=caller)[0] == ["hello"]
    assert request("GET", f"/tasks/{task.id}/logs", caller="bob").problem == (403, "forbidden", None)
    assert request("GET", f"/tasks/{task.id}/logs", caller=None).problem[0] == 401
    assert request("GET", "/tasks/5f0c8b1e-3a57-4b8e-9d1c-2f6a7e4b9c03/logs").problem[:2] == (404, "not-found")


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("?limit=0", (400, "malformed", "limit")),
        ("?limit=10001", (400, "malformed", "limit")),
        ("?limit=many", (400, "malformed", "limit")),
        ("?tail=5", (422, "unknown-field", "tail")),
        ("?cursor=%21", (400, "malformed", "cursor")),
        ("?cursor=e30", (400, "malformed", "cursor")),
    ],
)
def test_what_is_wrong_is_named(query, problem, task):
    assert request("GET", f"/tasks/{task.id}/logs{query}").problem == problem


def test_the_cursor_of_another_task_is_none(world, task):
    other = a_task(Status.RUNNING, ecs_arn=OTHER_ARN)
    world.store.put(other)
    world.logs.write(log_stream(OTHER_ARN), "one")
    _, cursor = page(other)
    assert request("GET", f"/tasks/{task.id}/logs?cursor={cursor}").problem == (400, "malformed", "cursor")


def test_the_cursor_of_a_list_is_none(world, task):
    world.store.put(a_task(Status.RUNNING, ecs_arn=OTHER_ARN))
    cursor = request("GET", "/tasks?limit=1").json["cursor"]
    assert request("GET", f"/tasks/{task.id}/logs?cursor={cursor}").problem == (400, "malformed", "cursor")


def test_a_cursor_that_cloudwatch_has_forgotten_is_said(world, task):
    world.logs.write(STREAM, "one")
    _, cursor = page(task)
    world.logs.trouble.append(NoSuchToken())
    assert request("GET", f"/tasks/{task.id}/logs?cursor={cursor}").problem == (400, "malformed", "cursor")


def test_logs_that_cannot_be_read_may_be_asked_for_again(world, task):
    world.logs.trouble.append(Unread("ThrottlingException: Rate exceeded"))
    answer = request("GET", f"/tasks/{task.id}/logs")
    assert answer.problem == (503, "logs-unavailable", None)
    assert answer.headers["Retry-After"] == "1"
    assert "Rate exceeded" not in answer.text
