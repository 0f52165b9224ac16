"""Reading a log with the client."""

from chalicelib.lifecycle import Status
from chalicelib.problems import LogsUnavailable
from tests.doubles.recorded import answer, problem


def page(cursor, *texts):
    at = "2026-01-02T03:04:05.678Z"
    return answer({"lines": [{"at": at, "text": text} for text in texts], "cursor": cursor})


def texts(lines):
    return [line.text for line in lines]


def test_pages_are_read_until_the_cursor_stays(api, call):
    api.answers(page("c1", "a", "b"), page("c2"), page("c3", "c"), page("c3"))
    assert texts(call("logs", "7")) == ["a", "b", "c"]
    query = "/tasks/7/logs"
    assert [a.target for a in api.asked] == [query, *(f"{query}?cursor={c}" for c in ("c1", "c2", "c3"))]


def test_a_task_without_a_log_has_no_lines(api, call):
    api.answers(page(None))
    assert call("logs", "7") == []
    assert len(api.asked) == 1


def test_a_log_is_followed_past_the_end_of_its_task(api, call, document):
    running, ended = answer(document(Status.RUNNING)), answer(document(Status.CANCELLED))
    api.answers(
        *(page(None), running, page("c1", "a"), page("c1"), ended, page("c2", "last words"), page("c2")),
    )
    assert texts(call("logs", "7", follow=True)) == ["a", "last words"]


def test_a_log_that_is_asked_too_much_is_asked_again(api, call):
    api.answers(problem(LogsUnavailable("Ask again.")), page("c1", "a"), page("c1"))
    assert texts(call("logs", "7")) == ["a"]
