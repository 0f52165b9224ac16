"""Work that may take so long and no longer."""

import threading
from contextvars import ContextVar

import pytest

from calloff import Client
from calloff.bounding import within
from calloff.errors import TimeLimitError
from tests.doubles.recorded import answer

PLACE = ContextVar("PLACE", default="elsewhere")


def test_what_work_answers_is_answered():
    assert within(30, lambda: 7) == 7


@pytest.mark.parametrize("error", [KeyError("a defect"), SystemExit(3)])
def test_what_work_raises_is_raised(error):
    def work():
        raise error

    with pytest.raises(type(error)) as caught:
        within(30, work)
    assert caught.value is error


def test_work_that_does_not_end_is_left_alone():
    going_on = threading.Event()
    with pytest.raises(TimeoutError):
        within(0.05, going_on.wait)
    going_on.set()


def test_work_knows_the_context_of_whoever_asked():
    token = PLACE.set("here")
    assert within(30, PLACE.get) == "here"
    PLACE.reset(token)


def test_a_client_that_is_closed_leaves_no_request_behind(api):
    """One that was given up, since the answer dripped, ends with the client and not with the last drop."""
    api.answers(answer({}, drip_s=0.1))
    before = {thread for thread in threading.enumerate() if thread.name == "calloff"}
    with Client(api.url, timeout=0.3) as client, pytest.raises(TimeLimitError):
        client.get("7")
    for thread in {thread for thread in threading.enumerate() if thread.name == "calloff"} - before:
        thread.join(10)
        assert not thread.is_alive()
