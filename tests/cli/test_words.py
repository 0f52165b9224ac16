"""What a person is told of a task."""

import pytest

from calloff.cli import timeline
from calloff.cli.words import ending, progress, span
from chalicelib.lifecycle import Event, Status
from chalicelib.notes import Mark, Notes, Progress, Result
from chalicelib.task import Entry, Proof, Termination
from chalicelib.views import task_document
from tests.doubles.clock import START
from tests.doubles.examples import a_task, cancellation, later
from tests.doubles.world import settings


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
        (
            Status.CANCELLED,
            {"termination": Termination(proof=Proof.GONE)},
            "cancelled; not proven: ECS no longer knows its container",
        ),
        (
            Status.FAILED,
            {"termination": Termination(proof=Proof.GONE)},
            "failed; not proven: ECS no longer knows its container",
        ),
    ],
)
def test_how_it_ended(status, parts, words, document):
    assert ending(document(status, **parts)) == words


def page(notes=None, **parts):
    """The page of a running task, without its first line and its timeline."""
    document = task_document(a_task(Status.RUNNING, **parts), settings(), notes or Notes())
    lines = [line.plain for line in timeline.page(document)]
    return dict(line.strip().split(maxsplit=1) for line in lines[1 : lines.index("")])


def test_a_page_says_what_the_task_told():
    told = Notes(
        beat_at=later(9),
        progress=Progress(done=1_234_567, total=2e6, message="rows", at=later(8)),
        checkpoint=Mark(size=17, at=later(7)),
        result=Result(data={"rows": 3}, partial=True, at=later(9)),
    )
    shown = page(told, heartbeat_timeout=60, resume_from="7")
    assert shown["heartbeat"] == "each 60 s at the latest"
    assert shown["resumes"] == "7"
    assert shown["heard"] == task_document(a_task(), settings(), told).heartbeat_at
    assert shown["progress"] == "1234567 of 2000000: rows"
    assert shown["checkpoint"].startswith("17 bytes, ")
    assert shown["result"] == 'partial: {"rows":3}'


@pytest.mark.parametrize("total", [None, 3])
def test_progress_needs_neither_a_total_nor_words(total):
    told = Notes(progress=Progress(done=0.5, total=total, at=later(8)))
    assert page(told)["progress"] == ("0.5" if total is None else "0.5 of 3")


def test_a_long_result_is_shortened():
    told = Notes(result=Result(data="x" * 32_000, partial=False, at=later(9)))
    assert page(told)["result"] == '"' + "x" * (timeline.SHOWN - 1) + "…"


def test_a_page_does_not_name_what_there_is_not():
    assert not {"heartbeat", "resumes", "heard", "progress", "checkpoint", "result"} & set(page())
