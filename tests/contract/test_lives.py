"""Each write that the verbs make does on every store what it does in memory."""

import pytest

from chalicelib.lifecycle import Event, sources
from chalicelib.ports import Applied, Refused
from tests.contract.lives import LIVES, lived, unnamed


@pytest.mark.parametrize("life", LIVES)
def test_a_life_is_the_same_on_every_store(dynamodb, life):
    store = dynamodb.store()
    for step in lived(life):
        dynamodb.put(step.before)
        outcome = store.apply(step.before.id, step.change)
        match step.outcome:
            case Applied(task):
                assert isinstance(outcome, Applied), step
                assert unnamed(outcome.task) == unnamed(task)
            case Refused(current):
                assert outcome == Refused(current)


def test_the_lives_hold_every_event():
    lived_through = {step.change.event for life in LIVES for step in lived(life)}
    assert lived_through >= {event for event in Event if sources(event)}
