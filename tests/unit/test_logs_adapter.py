"""CloudWatch Logs, read from the wire."""

import json

import pytest
from botocore.exceptions import ReadTimeoutError

from chalicelib.aws import clients
from chalicelib.aws.logs import CloudWatchLogs
from chalicelib.ports import Line, Lines, NoSuchToken, Nothing, Unread
from tests.doubles.examples import later
from tests.doubles.wire import answer, breaks, fault, tapped
from tests.doubles.world import settings

USED = settings(deployment="no-aws")
STREAM = "task/main/0123"
FOUND = {
    "events": [{"timestamp": 1767323046500, "message": "hello", "ingestionTime": 1767323047000}],
    "nextForwardToken": "f/1/s",
    "nextBackwardToken": "b/0/s",
}


@pytest.fixture
def logs(no_account):
    client = clients.logs(USED)
    with tapped(client) as wire:
        yield CloudWatchLogs(lambda: client, "/calloff/tasks"), wire


def test_a_page_is_read_from_the_head(logs):
    port, wire = logs
    sent = []
    wire.script(lambda request: (sent.append(json.loads(request.body)), answer(200, FOUND)(request))[1])
    assert port.read(STREAM, 7, None) == Lines([Line(later(1.5), "hello")], "f/1/s")
    wanted = {"logGroupName": "/calloff/tasks", "logStreamName": STREAM, "limit": 7, "startFromHead": True}
    assert sent == [wanted]


def test_a_token_is_handed_on(logs):
    port, wire = logs
    sent = []
    wire.script(lambda request: (sent.append(json.loads(request.body)), answer(200, FOUND)(request))[1])
    port.read(STREAM, 7, "f/1/s")
    assert sent[0]["nextToken"] == "f/1/s"


def test_no_stream_is_nothing(logs):
    port, wire = logs
    wire.script(fault(400, "ResourceNotFoundException", "The specified log stream does not exist."))
    assert port.read(STREAM, 7, None) == Nothing()


def test_a_token_that_is_refused_is_none(logs):
    port, wire = logs
    wire.script(fault(400, "InvalidParameterException", "The specified nextToken is invalid."))
    assert port.read(STREAM, 7, "f/1/s") == NoSuchToken()


@pytest.mark.parametrize(
    "trouble",
    [
        fault(400, "ThrottlingException", "Rate exceeded"),
        fault(400, "AccessDeniedException", "not authorized"),
        fault(400, "InvalidParameterException", "of another kind"),
        fault(503, "ServiceUnavailableException"),
        breaks(ReadTimeoutError(endpoint_url="http://test")),
    ],
)
def test_what_else_goes_wrong_is_unread(trouble, logs):
    port, wire = logs
    wire.script(*[trouble] * 3)
    assert isinstance(port.read(STREAM, 7, None), Unread)
