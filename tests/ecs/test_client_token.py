"""clientToken: the same request again finds what it launched."""

import pytest

from tests.ecs.bench import CLUSTER, RUN, Bench

HOUR = 3600


def test_the_same_request_again_answers_the_same_task(bench: Bench) -> None:
    first = bench.running(clientToken="t:1")
    again = bench.ecs.run_task(**RUN, clientToken="t:1")["tasks"][0]

    assert (again["taskArn"], again["lastStatus"]) == (first, "RUNNING")
    assert len(bench.runtime.launched) == 1


def test_other_parameters_conflict_and_name_the_task(bench: Bench) -> None:
    first = bench.run(clientToken="t:1")
    with pytest.raises(bench.ecs.exceptions.ConflictException) as refused:
        bench.run(clientToken="t:1", startedBy="somebody-else")
    assert refused.value.response["resourceIds"] == [first]  # type: ignore[typeddict-item]


def test_the_order_of_the_parameters_does_not_matter(bench: Bench) -> None:
    environment = [{"name": "A", "value": "1"}]
    one = {"containerOverrides": [{"name": "main", "environment": environment, "command": ["true"]}]}
    two = {"containerOverrides": [{"command": ["true"], "environment": environment, "name": "main"}]}
    assert bench.run(clientToken="t:1", overrides=one) == bench.run(clientToken="t:1", overrides=two)


def test_a_cluster_may_be_named_by_its_arn(bench: Bench) -> None:
    arn = bench.ecs.describe_clusters(clusters=[CLUSTER])["clusters"][0]["clusterArn"]
    assert bench.run(clientToken="t:1") == bench.run(clientToken="t:1", cluster=arn)


def test_a_token_counts_per_cluster(bench: Bench) -> None:
    bench.ecs.create_cluster(clusterName="other")
    assert bench.run(clientToken="t:1").rpartition("/")[2] not in bench.run(clientToken="t:1", cluster="other")


def test_a_token_finds_every_task_of_its_request(bench: Bench) -> None:
    first = bench.ecs.run_task(**RUN, clientToken="t:1", count=3)["tasks"]
    again = bench.ecs.run_task(**RUN, clientToken="t:1", count=3)["tasks"]
    assert [task["taskArn"] for task in again] == [task["taskArn"] for task in first]


def test_a_token_lives_an_hour_longer_than_its_task(bench: Bench) -> None:
    first = bench.running(clientToken="t:1")
    bench.exit(first)
    bench.clock.advance(HOUR - 1)
    assert bench.run(clientToken="t:1") == first

    bench.clock.advance(1)

    assert bench.run(clientToken="t:1") != first


def test_a_token_lives_a_day_at_most(bench: Bench) -> None:
    first = bench.running(clientToken="t:1")
    bench.clock.advance(24 * HOUR - 1)
    assert bench.run(clientToken="t:1") == first

    bench.clock.advance(1)

    assert bench.run(clientToken="t:1") != first


def test_a_refused_request_leaves_no_token_behind(bench: Bench) -> None:
    with pytest.raises(bench.ecs.exceptions.ClientException):
        bench.run(clientToken="t:1", taskDefinition="unknown")
    assert bench.run(clientToken="t:1")


def test_a_token_is_case_sensitive(bench: Bench) -> None:
    assert bench.run(clientToken="t") != bench.run(clientToken="T")
