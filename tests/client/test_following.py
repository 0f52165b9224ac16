"""Reading a log with the client."""

import pytest

from calloff import NoAnswerError
from calloff.carrying import Patience
from calloff.following import lines
from calloff.problems import NotFoundError
from calloff.steps import Done, Give, Pause, Reply, Send, Silence, advance
from chalicelib.lifecycle import Status
from chalicelib.problems import LogsUnavailable, NotFound
from tests.doubles.recorded import answer, problem


def page(cursor, *texts):
    at = "2026-01-02T03:04:05.678Z"
    return answer({"lines": [{"at": at, "text": text} for text in texts], "cursor": cursor})


def texts(given):
    return [line.text for line in given]


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


class World:
    """An API on a clock of the test's own, down for a while; it writes a line a second, until the task ends."""

    def __init__(self, document, down, ends):
        self.now, self.down, self.ends = 0.0, down, ends
        self.noticed, self.given = [], []
        self._tasks = {ended: answer(document(Status.FAILED if ended else Status.RUNNING)) for ended in (False, True)}

    def follow(self, *, follow=True):
        patience = Patience(10.0, self.noticed.append, lambda: self.now, lambda: 0.5)
        steps, told = lines("7", patience, follow=follow), None
        while not isinstance(step := advance(steps, told), Done):
            told = None
            match step:
                case Send(call, _):
                    told = self._answer(call)
                case Pause(seconds):
                    self.now += seconds
                case Give(line):
                    self.given.append(line.text)

    def _answer(self, call):
        if self.down[0] < self.now < self.down[1]:
            return Silence("refused")
        if not call.path.endswith("/logs"):
            return Reply(200, {}, self._tasks[self.now >= self.ends].body)
        first, last = int(dict(call.query).get("cursor", 0)), int(min(self.now, self.ends))
        return Reply(200, {}, page(str(last), *map(str, range(first, last))).body)


def test_a_followed_log_goes_on_after_an_outage_where_it_was(document):
    world = World(document, down=(5, 50), ends=70)
    world.follow()
    assert world.given == [str(n) for n in range(70)]
    assert world.noticed


def test_a_log_is_not_followed_through_an_outage_of_a_minute(document):
    world = World(document, down=(5, 500), ends=600)
    with pytest.raises(NoAnswerError, match="refused"):
        world.follow()
    assert 60 < world.now < 90


@pytest.mark.parametrize("follow", [True, False])
def test_a_log_that_never_answered_is_not_waited_for(follow, document):
    world = World(document, down=(-1, 500), ends=600)
    with pytest.raises(NoAnswerError):
        world.follow(follow=follow)
    assert world.now <= 10


def test_a_refusal_ends_a_followed_log(api, call, document):
    refusal = problem(NotFound("There is no such task."))
    api.answers(page("c1", "a"), page("c1"), answer(document(Status.RUNNING)), refusal)
    with pytest.raises(NotFoundError):
        call("logs", "7", follow=True)
