"""The shapes of answers: their words are the code's own, and what the schema says holds for what is answered."""

import msgspec
import pytest
from jsonschema import Draft202012Validator

from chalicelib import answers
from chalicelib.lifecycle import Event, Status
from chalicelib.task import Cause, Proof
from chalicelib.verdict import How
from chalicelib.views import task_document
from tests.doubles.examples import a_task, whole_task


@pytest.mark.parametrize(
    ("words", "own"),
    [
        (answers.STATUSES, Status),
        (answers.EVENTS, Event),
        (answers.CAUSES, Cause),
        (answers.PROOFS, Proof),
        (answers.HOWS, How),
    ],
)
def test_the_words_of_answers_are_the_codes_own(words, own):
    assert list(words) == list(own)


@pytest.mark.parametrize("make", [a_task, whole_task])
@pytest.mark.parametrize("status", Status)
def test_a_document_is_of_its_schema_with_every_field_and_no_other(world, make, status):
    document = task_document(make(status), world.settings)
    text = msgspec.json.encode(document)
    schema = msgspec.json.schema(answers.TaskDocument)
    Draft202012Validator(schema).validate(msgspec.json.decode(text))
    assert msgspec.json.decode(text, type=answers.TaskDocument) == document
    assert msgspec.json.decode(text).keys() == set(answers.TaskDocument.__struct_encode_fields__)


def test_a_word_of_a_later_calloff_can_be_read():
    assert msgspec.json.decode(b'{"status": "splendid"}', type=answers.Health).status == "splendid"
