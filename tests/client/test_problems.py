"""What the API refuses becomes an exception: one class a problem, whatever the client."""

import pytest

from calloff import APIError, CalloffError, NoAnswerError, UnreadableAnswerError, problems
from chalicelib.lifecycle import Status
from chalicelib.problems import Problem, TooLate, Unavailable
from tests.doubles.recorded import Recorded, answer, problem

KINDS = sorted(Problem.__subclasses__(), key=lambda kind: kind.__name__)
NOT_AGAIN = {"Retry-After": "60"}
"""Later than a call may take: it is not sent again."""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_each_problem_has_its_exception(kind, api, client_of):
    api.answers(problem(kind("What is wrong this time.", NOT_AGAIN, field="image")))
    with pytest.raises(APIError) as caught:
        client_of(api.url)("get", "0190a1b2-0000-7000-8000-000000000000")
    error = caught.value
    assert type(error) is getattr(problems, f"{kind.__name__}Error")
    assert (error.slug, error.status, error.detail, error.field) == (
        kind.slug,
        kind.status,
        "What is wrong this time.",
        "image",
    )


def test_a_problem_of_a_later_calloff_is_one_too(api, call):
    document = {"type": "urn:calloff:problem:of-tomorrow", "title": "T", "detail": "D", "instance": "i", "status": 418}
    api.answers(answer(document, 418))
    with pytest.raises(APIError) as caught:
        call("get", "x")
    assert type(caught.value) is APIError
    assert str(caught.value) == "D"


def test_who_comes_too_late_gets_the_task(api, call, document):
    ended = document(Status.COMPLETED)
    api.answers(problem(TooLate("The task is completed.", task=ended)))
    with pytest.raises(problems.TooLateError) as caught:
        call("cancel", ended.id)
    assert caught.value.task == _decoded(ended)
    assert caught.value.field is None


@pytest.mark.parametrize("status", [200, 403, 302])
def test_something_else_at_the_address_is_told_from_calloff(status, api, call):
    api.answers(Recorded(status, b"<html>Welcome to the printer</html>"))
    with pytest.raises(UnreadableAnswerError, match=f"{status}, <html>Welcome to the printer"):
        call("get", "x")


def test_what_an_answer_lacks_is_named(api, call):
    api.answers(answer({"id": "x"}))
    with pytest.raises(UnreadableAnswerError, match="missing required field"):
        call("get", "x")


def test_the_gateways_own_words_are_shown(api, client_of):
    api.answers(Recorded(502, b'{"message": "Internal server error"}', NOT_AGAIN))
    with pytest.raises(NoAnswerError, match=r"502.*Internal server error"):
        client_of(api.url)("get", "x")


def test_when_to_come_back_is_kept(api, client_of):
    api.answers(problem(Unavailable("Later.", {"Retry-After": "30"})))
    with pytest.raises(problems.UnavailableError) as caught:
        client_of(api.url, timeout=20)("get", "x")
    assert caught.value.retry_after == 30
    assert len(api.asked) == 1


def test_the_tree_names_each_exception():
    def below(kind):
        return {kind.__name__}.union(*map(below, kind.__subclasses__()))

    tree = problems.__doc__.split("Each problem")[0]
    assert below(CalloffError) == {line.strip("│├└─ ").split()[0] for line in tree.splitlines()[2:] if line.strip()}


def _decoded(document):
    import msgspec

    from calloff.answers import TaskDocument

    return msgspec.json.decode(msgspec.json.encode(document), type=TaskDocument)
