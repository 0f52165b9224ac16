"""Waiting for a task's end."""

import itertools

import msgspec
import pytest

from calloff import NoAnswerError, WaitTimeoutError
from calloff.carrying import Patience
from calloff.problems import NotFoundError
from calloff.steps import Done, Give, Pause, Reply, Send, Silence, advance
from calloff.watching import watch
from chalicelib.lifecycle import Status
from chalicelib.problems import NotFound
from tests.doubles.recorded import Recorded, answer, problem


class World:
    """An API on a clock of the test's own: `at` says what it answers when."""

    def __init__(self, at):
        self.now = 0.0
        self.at = at
        self.sent = []
        self.given = []
        self.noticed = []

    def watch(self, within_s=None):
        patience = Patience(10.0, self.noticed.append, lambda: self.now, lambda: 0.5)
        steps, told = watch("7", patience, within_s), None
        while not isinstance(step := advance(steps, told), Done):
            told = None
            match step:
                case Send(call, _):
                    self.sent.append((self.now, call.headers))
                    told = self.at(self.now)
                case Pause(seconds):
                    self.now += seconds
                case Give(task):
                    self.given.append(task.status)
        return step.result


@pytest.fixture
def reply(document):
    """Make an answer with a task in a status."""
    documents = {status: document(status) for status in Status}
    return lambda status, **headers: Reply(200, headers, answer(documents[status]).body)


def test_it_waits_for_the_end_and_gives_each_change(api, call, document):
    running, done = document(Status.RUNNING), document(Status.COMPLETED)
    api.answers(answer(running), answer(running), answer(done))
    assert [task.status for task in call("watch", running.id)] == ["running", "completed"]
    api.answers(answer(running), answer(done))
    assert call("wait", running.id).status == "completed"


def test_it_does_not_wait_for_ever(api, call, document):
    api.answers(answer(document(Status.CANCELLING)))
    with pytest.raises(WaitTimeoutError, match=r"within 2 s; it is cancelling") as caught:
        call("wait", "7", deadline=2)
    assert caught.value.task.status == "cancelling"


def test_a_version_is_compared(api, call, document):
    version = {"ETag": '"3"'}
    api.answers(
        answer(document(Status.RUNNING), headers=version),
        Recorded(304, headers=version),
        answer(document(Status.FAILED)),
    )
    assert [task.status for task in call("watch", "7")] == ["running", "failed"]
    assert [asked.headers.get("if-none-match") for asked in api.asked] == [None, '"3"', '"3"']


def test_the_pauses_grow(reply):
    world = World(lambda now: reply(Status.RUNNING if now < 60 else Status.COMPLETED))
    assert world.watch().status == "completed"
    instants = [at for at, _ in world.sent]
    pauses = [b - a for a, b in itertools.pairwise(instants)]
    assert pauses[0] == pytest.approx(0.2)
    assert all(b > a - 0.001 for a, b in itertools.pairwise(pauses))
    assert pauses[-1] == pytest.approx(5)


def test_news_make_it_look_closer(reply):
    order = [(30, Status.RUNNING), (60, Status.CANCELLING), (1e9, Status.CANCELLED)]
    world = World(lambda now: reply(next(status for until, status in order if now < until)))
    world.watch()
    instants = [at for at, _ in world.sent]
    change = next(at for at in instants if at >= 30)
    following = instants[instants.index(change) + 1]
    assert following - change == pytest.approx(0.2)
    assert world.given == ["running", "cancelling", "cancelled"]


def test_an_outage_is_borne(reply):
    world = World(lambda now: reply(Status.RUNNING if now < 10 else Status.COMPLETED))
    answers = world.at
    world.at = lambda now: Silence("refused") if 5 < now < 50 else answers(now)
    assert world.watch().status == "completed"
    assert world.noticed


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_is_sent_again_is_borne_as_a_problem_too(status, reply):
    kind = {"type": "about:blank", "title": "t", "status": status, "detail": "Later.", "instance": "urn:x"}
    fault = Reply(status, {}, msgspec.json.encode(kind))
    world = World(lambda now: fault if 5 < now < 50 else reply(Status.RUNNING if now < 10 else Status.COMPLETED))
    assert world.watch().status == "completed"


def test_an_outage_of_a_minute_is_none_to_bear(reply):
    world = World(lambda now: reply(Status.RUNNING) if now == 0 else Silence("refused"))
    with pytest.raises(NoAnswerError, match="refused"):
        world.watch()
    assert 60 < world.now < 90


def test_an_api_that_never_answered_is_not_waited_for():
    world = World(lambda _: Silence("refused"))
    with pytest.raises(NoAnswerError):
        world.watch(within_s=600)
    assert world.now <= 10


def test_a_refusal_ends_it(api, call, document):
    api.answers(answer(document(Status.RUNNING)), problem(NotFound("There is no such task.")))
    with pytest.raises(NotFoundError):
        call("wait", "7", deadline=30)


def test_the_last_look_ends_in_time(reply):
    world = World(lambda _: reply(Status.RUNNING, etag='"1"'))
    with pytest.raises(WaitTimeoutError):
        world.watch(within_s=7)
    assert world.now == pytest.approx(7)
