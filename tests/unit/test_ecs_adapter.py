"""What ECS's answers mean for what was done: read from the wire by botocore, as it comes from AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
    SSLError,
)

from chalicelib import fargate
from chalicelib.aws import clients
from chalicelib.aws.ecs import FargateContainers
from chalicelib.ports import (
    Deferred,
    Found,
    Launched,
    NotRead,
    NotThere,
    Registered,
    Rejected,
    Stopping,
    Unclear,
    Undefined,
    Unstopped,
)
from chalicelib.report import Report
from tests.doubles.containers import CLUSTER
from tests.doubles.examples import ARN, OTHER_ARN, SPEC, a_task
from tests.doubles.reports import described, wire
from tests.doubles.wire import Step, Wire, answer, breaks, fault, tapped
from tests.doubles.world import settings

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient

URL = "http://ecs.test"
SAMPLE_ARN = "arn:aws:ecs:eu-west-1:123456789012:task/calloff/5f3c2e0b7d5a4b6c9e8f7a6b5c4d3e2f"


@pytest.fixture(scope="module")
def client(no_account) -> ECSClient:
    """Calloff's own client. None of its requests leaves."""
    return clients.ecs(settings(deployment="no-ecs"))


@pytest.fixture
def ecs(client) -> Iterator[tuple[FargateContainers, Wire]]:
    with tapped(client) as tap:
        yield FargateContainers(lambda: client), tap
        assert not tap.steps


def run(ecs, step: Step):
    containers, tap = ecs
    tap.script(step)
    outcome = containers.run(fargate.run_request(a_task(), "test", "a-token"))
    assert tap.sent == {"RunTask": 1}
    return outcome


def register(ecs, step: Step):
    containers, tap = ecs
    tap.script(step)
    outcome = containers.register(fargate.task_definition(SPEC, 30, settings()))
    assert tap.sent == {"RegisterTaskDefinition": 1}
    return outcome


def stop(ecs, step: Step):
    containers, tap = ecs
    tap.script(step)
    outcome = containers.stop(CLUSTER, ARN, "calloff/1/user")
    assert tap.sent == {"StopTask": 1}
    return outcome


SEND = {"run": run, "register": register}


@pytest.fixture(params=SEND)
def send(request):
    """RunTask and RegisterTaskDefinition: what is true of both."""
    return SEND[request.param]


# -- done


def test_a_task_is_a_launch(ecs):
    outcome = run(ecs, answer(200, {"tasks": [{"taskArn": ARN, "version": 3}], "failures": []}))
    assert outcome == Launched(ARN)


def test_a_task_without_a_version_is_new(ecs):
    assert run(ecs, answer(200, {"tasks": [{"taskArn": ARN}], "failures": []})) == Launched(ARN)


def test_a_definition_is_registered(ecs):
    assert register(ecs, answer(200, {"taskDefinition": {"revision": 1}})) == Registered()


def test_a_stop_is_taken(ecs):
    assert stop(ecs, answer(200, {"task": {"taskArn": ARN, "desiredStatus": "STOPPED"}})) == Stopping()


def test_a_conflict_on_our_token_is_our_own_container(ecs):
    assert run(ecs, answer(*wire("conflict"))) == Launched(SAMPLE_ARN)


@pytest.mark.parametrize("ids", [None, []])
def test_a_conflict_that_names_nothing_is_unclear(ecs, ids):
    body = {"__type": "ConflictException", "message": "conflict", **({} if ids is None else {"resourceIds": ids})}
    assert isinstance(run(ecs, answer(400, body)), Unclear)


# -- refused for now

THROTTLES = {
    "in the open": answer(*wire("throttle")),
    "in disguise": answer(*wire("throttle_in_disguise")),
    "with a namespace": fault(400, "com.amazonaws.ecs#ThrottlingException", "Rate exceeded"),
    "as a limit": fault(400, "LimitExceededException", "too many"),
    "in a client's fault": fault(400, "ClientException", "Rate exceeded for RunTask"),
    "too many requests": fault(429, "TooManyRequestsException", "slow down"),
    "of old": fault(400, "Throttling", "slow down"),
}
NOT_SENT = {
    "refused": EndpointConnectionError(endpoint_url=URL),
    "not connected in time": ConnectTimeoutError(endpoint_url=URL),
    "no credentials": NoCredentialsError(),
}


@pytest.mark.parametrize("step", THROTTLES.values(), ids=THROTTLES)
def test_a_throttle_is_a_refusal_for_now(ecs, send, step):
    outcome = send(ecs, step)
    assert isinstance(outcome, Deferred)
    assert outcome.reason


def test_a_definition_that_others_register_at_this_moment_is_a_refusal_for_now(ecs):
    """Often reported of ECS, at a handful of registrations at once."""
    message = "Too many concurrent attempts to create a new revision of the specified family."
    assert isinstance(register(ecs, fault(400, "ClientException", message)), Deferred)


@pytest.mark.parametrize("error", NOT_SENT.values(), ids=NOT_SENT)
def test_what_never_left_was_not_done(ecs, send, error):
    assert isinstance(send(ecs, breaks(error)), Deferred)


@pytest.mark.parametrize(
    "reason",
    [
        "Capacity is unavailable at this time. Please try again later or in a different availability zone",
        "You've reached the limit on the number of vCPUs you can run concurrently",
        "Rate exceeded",
        "RESOURCE:FARGATE",
        "ThrottlingException",
    ],
)
def test_no_room_is_a_refusal_for_now(ecs, reason):
    outcome = run(ecs, answer(200, {"tasks": [], "failures": [{"arn": "x", "reason": reason, "detail": "more"}]}))
    assert outcome == Deferred(f"{reason} more")


def test_no_room_in_the_sample_is_a_refusal_for_now(ecs):
    assert isinstance(run(ecs, answer(*wire("run_task_200_with_failures"))), Deferred)


# -- refused for good


@pytest.mark.parametrize(
    "kind",
    [
        "AccessDeniedException",
        "BlockedException",
        "ClientException",
        "ClusterNotFoundException",
        "InvalidParameterException",
        "PlatformTaskDefinitionIncompatibilityException",
        "PlatformUnknownException",
        "UnsupportedFeatureException",
    ],
)
def test_what_would_be_refused_again_is_a_refusal_for_good(ecs, send, kind):
    assert send(ecs, fault(400, kind, "because")) == Rejected(f"{kind}: because")


def test_the_sample_of_a_missing_cluster(ecs):
    assert run(ecs, answer(*wire("cluster_not_found"))) == Rejected("ClusterNotFoundException: Cluster not found.")


@pytest.mark.parametrize("reason", ["MISSING", "INACTIVE", "something new"])
def test_another_failure_is_a_refusal_for_good(ecs, reason):
    assert run(ecs, answer(200, {"tasks": [], "failures": [{"reason": reason}]})) == Rejected(reason)


@pytest.mark.parametrize(
    "message", ["TaskDefinition not found.", "TaskDefinition is inactive", "Unable to describe task definition."]
)
def test_a_definition_that_ecs_does_not_know(ecs, message):
    assert run(ecs, fault(400, "ClientException", message)) == Undefined(f"ClientException: {message}")


# -- nobody knows

LOST = {
    "timed out": breaks(ReadTimeoutError(endpoint_url=URL)),
    "hung up": breaks(ConnectionClosedError(endpoint_url=URL)),
    "broken": breaks(SSLError(endpoint_url=URL, error="eof")),
    "a server's fault": answer(*wire("server_fault")),
    "unavailable": fault(503, "ServiceUnavailable"),
    "a throttle that is a server's fault": fault(503, "ThrottlingException", "Rate exceeded"),
    "a refusal that is a server's fault": fault(500, "ClientException", "oops"),
    "an error that nobody knows": fault(400, "SomethingNewException", "?"),
    "an expired signature": fault(400, "ExpiredTokenException", "expired"),
    "no error at all": fault(400, "", ""),
}


@pytest.mark.parametrize("step", LOST.values(), ids=LOST)
def test_what_was_not_answered_is_unclear(ecs, send, step):
    outcome = send(ecs, step)
    assert isinstance(outcome, Unclear)
    assert outcome.reason


def test_neither_a_task_nor_a_failure_is_unclear(ecs):
    assert isinstance(run(ecs, answer(200, {"tasks": [], "failures": []})), Unclear)


@pytest.mark.parametrize("body", [{}, {"failures": []}, {"tasks": [{}], "failures": []}])
def test_an_answer_that_cannot_be_read_is_unclear(ecs, body):
    assert isinstance(run(ecs, answer(200, body)), Unclear)


# -- one send


def test_a_launch_is_sent_once(ecs):
    """With the SDK's own repeats a launch that was applied and timed out could look refused."""
    containers, tap = ecs
    tap.script(*[fault(500, "ServerException")] * 9)
    containers.run(fargate.run_request(a_task(), "test", "a-token"))
    assert tap.sent == {"RunTask": 1}
    tap.steps.clear()


def test_the_clients_time_out_within_the_lease():
    used = settings()
    for make, attempts in ((clients.ecs, 1), (clients.dynamodb, 3)):
        config = make(used).meta.config
        assert (config.connect_timeout, config.read_timeout) == (used.connect_timeout_s, used.read_timeout_s)
        assert config.retries == {"mode": "standard", "total_max_attempts": attempts}
    # Two sends of a launch, and the writes around them.
    assert 2 * (used.connect_timeout_s + used.read_timeout_s) < used.launch_lease_s


def test_clients_are_made_once():
    assert clients.ecs(settings()) is clients.ecs(settings())


# -- a stop that was not taken


@pytest.mark.parametrize("step", [*THROTTLES.values(), *LOST.values(), *map(breaks, NOT_SENT.values())])
def test_a_stop_that_was_not_taken_is_to_be_sent_again(ecs, step):
    assert isinstance(stop(ecs, step), Unstopped)


def test_not_found_proves_nothing(ecs):
    assert isinstance(stop(ecs, answer(*wire("not_found_on_stop"))), Unstopped)


# -- looks


def a_described(arn: str, name: str = "running") -> dict:
    """As the API shows it: times are epoch seconds."""
    times = dict.fromkeys(("createdAt", "connectivityAt", "pullStartedAt", "pullStoppedAt", "updatedAt"))
    return described(name, taskArn=arn, startedAt=1_767_323_065.0, **times)


def test_a_description_is_a_report(ecs):
    containers, tap = ecs
    tap.script(answer(200, {"tasks": [a_described(ARN)], "failures": []}))
    reading = containers.describe(CLUSTER, [ARN])[ARN]
    assert isinstance(reading, Report)
    assert (reading.arn, reading.last_status, reading.version) == (ARN, "RUNNING", 4)
    assert reading.started_at.timestamp() == 1_767_323_065.0


def test_missing_is_missing(ecs):
    containers, tap = ecs
    tap.script(answer(*wire("describe_missing")))
    assert containers.describe(CLUSTER, [SAMPLE_ARN, ARN]) == {SAMPLE_ARN: NotThere(), ARN: NotRead()}


def test_another_failure_says_nothing(ecs):
    containers, tap = ecs
    tap.script(answer(200, {"tasks": [], "failures": [{"arn": ARN, "reason": "ACCESS_DENIED"}]}))
    assert containers.describe(CLUSTER, [ARN]) == {ARN: NotRead()}


@pytest.mark.parametrize("step", [answer(*wire("throttle")), answer(*wire("server_fault")), LOST["timed out"]])
def test_without_an_answer_nothing_was_read(ecs, step):
    containers, tap = ecs
    tap.script(step)
    assert containers.describe(CLUSTER, [ARN, OTHER_ARN]) == {ARN: NotRead(), OTHER_ARN: NotRead()}


def test_a_hundred_are_asked_for_at_once(ecs):
    containers, tap = ecs
    arns = [f"{ARN}{n}" for n in range(201)]
    tap.script(*[answer(200, {"tasks": [], "failures": [{"arn": a, "reason": "MISSING"} for a in arns]})] * 3)
    assert containers.describe(CLUSTER, arns) == dict.fromkeys(arns, NotThere())
    assert tap.sent == {"DescribeTasks": 3}


def test_an_arn_that_ecs_does_not_take_hides_no_other(ecs):
    containers, tap = ecs
    arns = [f"{ARN}{n}" for n in range(100)]

    def refuses_the_42nd(request: AWSPreparedRequest) -> AWSResponse:
        asked = json.loads(request.body)["tasks"]
        if arns[42] in asked:
            return fault(400, "InvalidParameterException", "Invalid identifier: unexpected task ARN.")(request)
        return answer(200, {"tasks": [], "failures": [{"arn": a, "reason": "MISSING"} for a in asked]})(request)

    tap.script(*[refuses_the_42nd] * 15)
    readings = containers.describe(CLUSTER, arns)
    assert readings.pop(arns[42]) == NotRead()
    assert readings == dict.fromkeys([*arns[:42], *arns[43:]], NotThere())
    tap.steps.clear()


LISTED = answer(200, {"taskArns": [ARN]})
NONE_LISTED = answer(200, {"taskArns": []})


def test_what_is_wanted_running_and_what_is_wanted_stopped_is_listed(ecs):
    containers, tap = ecs
    tap.script(LISTED, answer(200, {"taskArns": [OTHER_ARN]}))
    tap.script(answer(200, {"tasks": [a_described(ARN), a_described(OTHER_ARN, "running")], "failures": []}))
    found = containers.find(CLUSTER, "calloff/test/1/1")
    assert isinstance(found, Found)
    assert {report.arn for report in found.reports} == {ARN, OTHER_ARN}
    assert tap.sent == {"ListTasks": 2, "DescribeTasks": 1}


def test_every_page_of_a_list_is_read(ecs):
    containers, tap = ecs
    tap.script(
        answer(200, {"taskArns": [ARN], "nextToken": "more"}), answer(200, {"taskArns": [OTHER_ARN]}), NONE_LISTED
    )
    tap.script(answer(200, {"tasks": [a_described(ARN), a_described(OTHER_ARN)], "failures": []}))
    found = containers.find_all(CLUSTER)
    assert isinstance(found, Found)
    assert len(found.reports) == 2


def test_empty_lists_are_empty(ecs):
    containers, tap = ecs
    tap.script(NONE_LISTED, NONE_LISTED)
    assert containers.find_all(CLUSTER) == Found([])


@pytest.mark.parametrize(
    "steps",
    [
        [answer(*wire("throttle"))],
        [NONE_LISTED, answer(*wire("server_fault"))],
        [LISTED, NONE_LISTED, answer(*wire("throttle"))],
        [LISTED, NONE_LISTED, answer(200, {"tasks": [], "failures": []})],
    ],
    ids=["the first list", "the second list", "the description", "nothing described"],
)
def test_a_list_that_was_not_read_is_not_empty(ecs, steps):
    containers, tap = ecs
    tap.script(*steps)
    assert isinstance(containers.find(CLUSTER, "calloff/test/1/1"), Unclear)


def test_a_list_of_all_that_was_not_read_is_not_empty(ecs):
    containers, tap = ecs
    tap.script(NONE_LISTED, answer(*wire("throttle")))
    assert isinstance(containers.find_all(CLUSTER), Unclear)


def test_of_all_what_cannot_be_described_is_for_the_next_time(ecs):
    containers, tap = ecs
    tap.script(answer(200, {"taskArns": [ARN, OTHER_ARN]}), NONE_LISTED)
    tap.script(answer(200, {"tasks": [a_described(ARN)], "failures": [{"arn": OTHER_ARN, "reason": "MISSING"}]}))
    found = containers.find_all(CLUSTER)
    assert isinstance(found, Found)
    assert [report.arn for report in found.reports] == [ARN]


@pytest.mark.parametrize(
    ("step", "active"),
    [
        (answer(200, {"clusters": [{"status": "ACTIVE"}]}), True),
        (answer(200, {"clusters": [{"status": "INACTIVE"}]}), False),
        (answer(200, {"clusters": [], "failures": [{"reason": "MISSING"}]}), False),
        (answer(*wire("throttle")), False),
        (LOST["timed out"], False),
    ],
)
def test_a_cluster_is_active_only_if_ecs_says_so(ecs, step, active):
    containers, tap = ecs
    tap.script(step)
    assert containers.cluster_active(CLUSTER) is active
