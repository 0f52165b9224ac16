"""The operations of a client, as steps: what `Client` and `AsyncClient` have in common, which is all but the taking."""

from typing import TypeVar

from calloff import calls, reading
from calloff.answers import TaskDocument, TaskPage
from calloff.carrying import Patience, carry_out
from calloff.steps import Call, Give, Steps

T = TypeVar("T")


def ask(call: Call, patience: Patience, into: type[T]) -> Steps[T]:
    """Carry a request out and read its answer."""
    return reading.read((yield from carry_out(call, patience)), into)


def task(call: Call, patience: Patience) -> Steps[TaskDocument]:
    """Carry out a request that is answered with a task."""
    return ask(call, patience, TaskDocument)


def tasks(query: calls.Query, patience: Patience, most: int | None) -> Steps[int]:
    """Give task after task, at most so many, page after page; the result is their number."""
    cursor, given = None, 0
    while True:
        page = yield from ask(calls.page(query, cursor), patience, TaskPage)
        for each in page.tasks:
            if given == most:
                return given
            yield Give(each)
            given += 1
        if page.cursor is None:
            return given
        cursor = page.cursor
