"""What a person is told of a task."""

import pytest

from calloff.cli.words import ending, progress, span
from chalicelib.lifecycle import Event, Status
from chalicelib.task import Entry, Proof, Termination
from tests.doubles.clock import START
from tests.doubles.examples import cancellation, later


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (0.9, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (65, "1 min 5 s"),
        (3600, "1 h"),
        (3725, "1 h 2 min"),
        (86400 * 3 + 7200, "3 d 2 h"),
    ],
)
def test_how_long(seconds, words):
    assert span(seconds) == words


def launched(*more):
    events = (Event.SUBMITTED, Event.LAUNCHED, *more)
    return tuple(Entry(at=START, event=event, by="x", write_id="w") for event in events)


@pytest.mark.parametrize(
    ("status", "parts", "at", "words"),
    [
        (Status.PENDING, {}, 7, "pending… for 7 s"),
        (Status.STARTING, {}, 7, "starting… for 7 s"),
        (Status.RUNNING, {"started_at": later(10)}, 75, "running for 1 min 5 s"),
        (Status.RUNNING, {"started_at": later(10), "timeout": 600}, 75, "running for 1 min 5 s of at most 10 min"),
        (
            Status.CANCELLING,
            {"started_at": later(-60), "history": launched()},
            18,
            "cancelling… SIGTERM sent, 12 s of 30 s grace left",
        ),
        (Status.CANCELLING, {"history": launched()}, 18, "cancelling… stop sent, 12 s of 30 s grace left"),
        (
            Status.CANCELLING,
            {"started_at": later(-60), "history": launched()},
            31,
            "cancelling… the grace of 30 s is over; waiting for the proof of death",
        ),
        (
            Status.CANCELLING,
            {},
            1,
            "cancelling… no container is known yet; it is stopped as soon as there is one",
        ),
    ],
)
def test_what_it_does_at_this_moment(status, parts, at, words, document):
    given = {"started_at": None, "timeout": None, **parts}
    if status is Status.CANCELLING:
        given["cancellation"] = cancellation()
    assert progress(document(status, **given), later(at)) == words


def end(**parts):
    return Termination(proof=Proof.ECS_EVENT, ran=True, **parts)


@pytest.mark.parametrize(
    ("status", "parts", "words"),
    [
        (
            Status.COMPLETED,
            {"started_at": later(1), "ended_at": later(63), "termination": end(exit_code=0)},
            "completed in 1 min 2 s, exit code 0",
        ),
        (
            Status.FAILED,
            {"termination": end(exit_code=3, stop_code="EssentialContainerExited")},
            "failed, exit code 3, EssentialContainerExited",
        ),
        (
            Status.CANCELLED,
            {"termination": end(exit_code=0, stop_code="UserInitiated", stopping_at=later(1))},
            "cancelled: graceful, exit code 0; dead, proven by ECS's event",
        ),
        (
            Status.CANCELLED,
            {"termination": Termination(proof=Proof.NEVER_LAUNCHED)},
            "cancelled: never started, no exit code; dead, proven by no launch ever",
        ),
    ],
)
def test_how_it_ended(status, parts, words, document):
    assert ending(document(status, **parts)) == words
