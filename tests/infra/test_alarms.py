"""Each alarm rings for what it is about, and what the code measures is what alarms and dashboard show."""

import json

import pytest

from chalicelib.metrics import NAMESPACE, Metric
from tests.doubles.world import World
from tests.infra.stand import DEPLOYMENT
from tests.infra.troubles import TROUBLES, all_is_well, points

SILENCES = {"no-sweep": Metric.SWEEPS, "no-hunt": Metric.HUNTS, "no-canary": Metric.CANARIES}
"""Alarms that ring when nothing is heard. The emulator does not evaluate what is missing."""
OF_AWS = {
    ("AWS/ApiGateway", "5XXError"): {"ApiName", "Stage"},
    ("AWS/DynamoDB", "WriteThrottleEvents"): {"TableName"},
    ("AWS/Lambda", "Errors"): {"FunctionName"},
    ("AWS/Lambda", "Throttles"): {"FunctionName"},
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): {"QueueName"},
    ("AWS/States", "ExecutionsFailed"): {"StateMachineArn"},
}
"""Metrics that AWS's services publish, with their dimensions (the CloudWatch metrics pages of their guides)."""


@pytest.fixture
def world() -> World:
    return World(deployment=DEPLOYMENT)


def alarm(stand, name) -> dict:
    return stand.alarms()[f"calloff-{DEPLOYMENT}-{name}"]


def ours(stand) -> dict[str, dict]:
    return {name: each for name, each in stand.alarms().items() if each["Namespace"] == NAMESPACE}


def publish(stand, of, name, value, dimensions, unit="Count") -> None:
    named = [{"Name": key, "Value": each} for key, each in dimensions.items()]
    point = {"MetricName": name, "Value": value, "Unit": unit, "Dimensions": named}
    stand.client("cloudwatch").put_metric_data(Namespace=of, MetricData=[point])


@pytest.mark.parametrize("name", TROUBLES)
def test_an_alarm_rings_for_what_it_is_about(stand, world, capsys, name):
    TROUBLES[name](world)
    watched = alarm(stand, name)
    dimensions = {each["Name"]: each["Value"] for each in watched["Dimensions"]}
    [*_, last] = [point for point in points(capsys.readouterr().out) if point[2] == watched["MetricName"]]
    assert last[:2] == (watched["Namespace"], dimensions)

    # Where only that it goes on rings, a zero would have to pass first.
    if watched["Statistic"] != "Minimum":
        publish(stand, last[0], last[2], 0.0, dimensions)
        assert alarm(stand, name)["StateValue"] == "OK"
    publish(stand, last[0], last[2], last[3], dimensions, last[4])
    assert alarm(stand, name)["StateValue"] == "ALARM"


@pytest.mark.parametrize("name", SILENCES)
def test_an_alarm_rings_when_nothing_is_heard(stand, world, capsys, name):
    watched = alarm(stand, name)
    assert watched["TreatMissingData"] == "breaching"
    assert (watched["ComparisonOperator"], watched["Threshold"]) == ("LessThanThreshold", 1)
    all_is_well(world)
    heard = [point for point in points(capsys.readouterr().out) if point[2] == SILENCES[name]]
    assert [value for *_, value, _ in heard] == [1.0]


def test_each_of_our_alarms_is_tried(stand):
    assert {name.removeprefix(f"calloff-{DEPLOYMENT}-") for name in ours(stand)} == {*TROUBLES, *SILENCES}


def test_a_world_without_trouble_rings_nothing(stand, world, capsys):
    all_is_well(world)
    told = {name: value for *_, name, value, _ in points(capsys.readouterr().out)}
    loud = [each for each in ours(stand).values() if each["ComparisonOperator"].startswith("Greater")]
    assert [each["AlarmName"] for each in loud if told.get(each["MetricName"], 0) >= each["Threshold"]] == [
        # It was away for hours.
        f"calloff-{DEPLOYMENT}-oldest-due"
    ]


def test_the_alarms_name_what_the_code_emits(capsys):
    emitted = set()
    for trouble in (*TROUBLES.values(), all_is_well):
        trouble(World())
        emitted |= {name for *_, name, _, _ in points(capsys.readouterr().out)}
    assert emitted == set(Metric)


def test_whatever_is_measured_is_watched_or_shown(stand):
    [dashboard] = stand.of_type("AWS::CloudWatch::Dashboard").values()
    body = json.loads(stand.client("cloudwatch").get_dashboard(DashboardName=dashboard)["DashboardBody"])
    shown = {tuple(row) for widget in body["widgets"] for row in named(widget)}
    assert {name for _, name in shown if _ == NAMESPACE} == set(Metric)


def named(widget) -> list[list[str]]:
    return [row[:2] for row in widget["properties"].get("metrics", [])]


def test_each_alarm_of_awss_metrics_names_one_that_aws_has(stand):
    for each in stand.alarms().values():
        if each["Namespace"] != NAMESPACE:
            dimensions = OF_AWS[each["Namespace"], each["MetricName"]]
            assert {dimension["Name"] for dimension in each["Dimensions"]} == dimensions


def test_each_alarm_of_awss_metrics_rings(stand):
    """By a value of the metric, put in AWS's place."""
    for name, each in stand.alarms().items():
        if each["Namespace"] != NAMESPACE:
            dimensions = {dimension["Name"]: dimension["Value"] for dimension in each["Dimensions"]}
            publish(stand, each["Namespace"], each["MetricName"], each["Threshold"], dimensions)
            assert stand.alarms()[name]["StateValue"] == "ALARM"


def test_each_alarm_speaks_of_a_resource_of_the_stack(stand):
    known = {name.rpartition("/")[2] for name in stand.names.values()} | set(stand.names.values()) | {DEPLOYMENT}
    known |= {"calloff-" + DEPLOYMENT}
    for each in stand.alarms().values():
        assert {dimension["Value"] for dimension in each["Dimensions"]} <= known, each["AlarmName"]


def test_each_function_has_an_alarm_for_its_errors_and_one_for_its_throttles(stand):
    watched = {(each["MetricName"], each["Dimensions"][0]["Value"]) for each in stand.alarms().values()}
    for function in stand.functions.values():
        assert {("Errors", function), ("Throttles", function)} <= watched


def test_each_dead_letter_queue_has_an_alarm(stand):
    queues = {url.rpartition("/")[2] for url in stand.of_type("AWS::SQS::Queue").values()}
    watched = {each["Dimensions"][0]["Value"] for each in stand.alarms().values() if each["Namespace"] == "AWS/SQS"}
    assert watched == {queue for queue in queues if queue.endswith("-dead")}


def test_every_alarm_tells_somebody_and_says_what_it_is_about(stand):
    topic = stand.names["Alarms"]
    for each in stand.alarms().values():
        assert each["AlarmActions"] == each["OKActions"] == [topic]
        assert each["AlarmDescription"]
