"""What `NoteStore` promises, of each implementation."""

from typing import Any

import pytest

from chalicelib.lifecycle import Status
from chalicelib.notes import Checkpoint, Mark, Notes, Progress, Result, Told
from chalicelib.ports import Missing
from tests.doubles.examples import a_task, later

AT = later(0)


@pytest.fixture
def notes(backend):
    return backend.notes()


@pytest.fixture
def task(backend):
    task = a_task(Status.RUNNING)
    backend.put(task)
    return task


def told(order: int = 1, *, seconds: float = 0, **parts: Any) -> Told:
    return Told(at=later(seconds), order=order, **parts)


def checkpoint(data: object, size: int = 1) -> dict[str, Any]:
    return {"checkpoint": Checkpoint(data=data, at=AT), "checkpoint_size": size}


def test_there_are_none_at_first(notes, task):
    assert notes.read(task.id) == (task, Notes())
    assert notes.beat_at(task.id) is None
    assert notes.checkpoint(task.id) is None


def test_no_record_no_notes(notes):
    assert notes.read("0d9c0f8e-4b3a-4f53-9d0c-6c1a52a1c7b1") == Missing()


def test_what_was_written_is_read_with_the_record(notes, task):
    progress = Progress(done=0.1, total=3, message="ü", at=AT)
    result = Result(data={"nested": [1, 2.5, None, True]}, partial=True, at=AT)
    notes.write(task.id, told(progress=progress, result=result, **checkpoint({"page": 7}, 10)))
    mark = Mark(size=10, at=AT)
    assert notes.read(task.id) == (task, Notes(beat_at=AT, progress=progress, checkpoint=mark, result=result))
    assert notes.beat_at(task.id) == AT
    assert notes.checkpoint(task.id) == Checkpoint(data={"page": 7}, at=AT)


def test_what_is_not_said_again_stays(notes, task):
    progress = Progress(done=1, at=AT)
    notes.write(task.id, told(1, progress=progress, **checkpoint("first")))
    notes.write(task.id, told(2, seconds=5))
    _, found = notes.read(task.id)
    assert (found.progress, found.checkpoint, found.beat_at) == (progress, Mark(size=1, at=AT), later(5))


def test_what_comes_late_is_a_heartbeat_and_no_more(notes, task):
    notes.write(task.id, told(2, progress=Progress(done=2, at=AT), **checkpoint("new")))
    late = told(1, seconds=9, progress=Progress(done=1, at=AT), **checkpoint("old"))
    notes.write(task.id, late)
    _, found = notes.read(task.id)
    assert (found.progress.done, found.checkpoint, found.beat_at) == (2, Mark(size=1, at=AT), later(9))
    assert notes.checkpoint(task.id).data == "new"


def test_a_heartbeat_never_goes_back(notes, task):
    notes.write(task.id, told(2, seconds=9))
    notes.write(task.id, told(1, seconds=5))
    assert notes.beat_at(task.id) == later(9)


@pytest.mark.parametrize("first", ["progress", "checkpoint"])
def test_what_comes_late_is_news_where_nothing_newer_of_its_kind_is_there(notes, task, first):
    news = {"progress": {"progress": Progress(done=2, at=AT)}, "checkpoint": checkpoint("kept")}
    last = next(name for name in news if name != first)
    notes.write(task.id, told(9, seconds=9, **news[first]))
    notes.write(task.id, told(5, seconds=10, **news[last]))
    notes.write(task.id, told(4, seconds=11, progress=Progress(done=1, at=AT), **checkpoint("old", 3)))
    _, found = notes.read(task.id)
    assert (found.progress.done, found.checkpoint.size, found.beat_at) == (2, 1, later(11))
    assert notes.checkpoint(task.id).data == "kept"


def test_what_comes_at_once_counts_as_newer(notes, task):
    notes.write(task.id, told(2, **checkpoint("first")))
    notes.write(task.id, told(2, **checkpoint("second")))
    assert notes.checkpoint(task.id).data == "second"


def test_a_later_attempts_notes_come_after_an_earlier_ones(notes, task):
    notes.write(task.id, told(2 * 10**20 + 5, **checkpoint("second")))
    notes.write(task.id, told(10**20 + 2**63 - 1, **checkpoint("first")))
    assert notes.checkpoint(task.id).data == "second"


def test_the_record_is_not_touched(notes, task, backend):
    notes.write(task.id, told(**checkpoint("x")))
    assert backend.store().get(task.id) == task
