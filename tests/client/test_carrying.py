"""When a request is sent again, and when no more: the steps, taken by hand on a clock of the test's own."""

import pytest

from calloff import NoAnswerError, TimeLimitError
from calloff.carrying import Patience, carry_out
from calloff.problems import UnavailableError
from calloff.steps import Call, Done, Pause, Reply, Send, Silence, advance
from chalicelib.problems import Unavailable
from tests.doubles.recorded import problem

CALL = Call("GET", "/tasks/x")
GOOD = Reply(200, {}, b"{}")


class Time:
    """A clock that the steps move."""

    def __init__(self):
        self.now = 0.0
        self.retries = []

    def patience(self, limit_s=10.0, chance=0.5):
        return Patience(limit_s, self.retries.append, lambda: self.now, lambda: chance)

    def carry(self, answers, limit_s=10.0, chance=0.5, each_s=0.0):
        """Take the steps; the pauses, the limits of the sends, and the result."""
        steps, told, pauses, limits = carry_out(CALL, self.patience(limit_s, chance)), None, [], []
        while not isinstance(step := advance(steps, told), Done):
            told = None
            match step:
                case Send(_, within):
                    limits.append(within)
                    self.now += each_s
                    told = answers.pop(0) if len(answers) > 1 else answers[0]
                case Pause(seconds):
                    pauses.append(seconds)
                    self.now += seconds
        return pauses, limits, step.result


def unavailable(retry_after=None):
    recorded = problem(Unavailable("Later.", {"Retry-After": retry_after} if retry_after else {}))
    return Reply(503, {name.lower(): value for name, value in recorded.headers.items()}, recorded.body)


def test_an_answer_is_taken():
    assert Time().carry([GOOD]) == ([], [10.0], GOOD)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 415, 422, 501])
def test_a_refusal_is_an_answer(status):
    assert Time().carry([Reply(status, {}, b"")])[2].status == status


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_sent_again(status):
    assert Time().carry([Reply(status, {}, b""), GOOD])[2] is GOOD


def test_a_broken_connection_is_sent_again():
    time = Time()
    assert time.carry([Silence("refused"), GOOD])[2] is GOOD
    assert isinstance(time.retries[0].why, NoAnswerError)


def test_pauses_grow_to_a_longest():
    pauses, _, _ = Time().carry([*[Silence("refused")] * 7, GOOD], limit_s=60, chance=1.0)
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.0, 3.0, 3.0]


def test_a_pause_is_as_random_as_can_be():
    assert Time().carry([Silence("refused"), GOOD], chance=0.0)[0] == [0.0]


def test_the_api_is_not_asked_before_it_wants_to_be():
    assert Time().carry([unavailable("2"), GOOD], chance=0.5)[0] == [2.1]


def test_each_try_has_the_time_that_is_left():
    _, limits, _ = Time().carry([Silence("refused"), GOOD], each_s=4.0, chance=0.0)
    assert limits == [10.0, 6.0]


def test_it_gives_up_at_the_limit():
    time = Time()
    with pytest.raises(NoAnswerError, match="refused"):
        time.carry([Silence("refused")], chance=1.0)
    assert 7 < time.now <= 10


def test_it_does_not_wait_for_what_comes_after_the_limit():
    time = Time()
    with pytest.raises(UnavailableError):
        time.carry([unavailable("11")])
    assert time.now == 0


def test_an_answer_that_came_too_late_is_a_time_limit():
    with pytest.raises(TimeLimitError, match="within 3 s"):
        Time().carry([Silence("late", late=True)], limit_s=3, each_s=3)
