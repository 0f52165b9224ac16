"""DescribeTasks and ListTasks."""

import pytest
from botocore.exceptions import ClientError

from localcloud.ecs.runtimes.simulated import Behaviour
from tests.ecs.bench import CLUSTER, DEFINITION, Bench


def listed(bench: Bench, **filters: object) -> list[str]:
    arns: list[str] = bench.ecs.list_tasks(cluster=CLUSTER, **filters)["taskArns"]  # type: ignore[arg-type]
    return arns


def test_describe_takes_ids_and_arns(bench: Bench) -> None:
    arn = bench.run()
    answer = bench.ecs.describe_tasks(cluster=CLUSTER, tasks=[arn.rpartition("/")[2]])
    assert [task["taskArn"] for task in answer["tasks"]] == [arn]


def test_describe_says_missing_for_what_it_does_not_know(bench: Bench) -> None:
    known, unknown = bench.run(), "0" * 32
    answer = bench.ecs.describe_tasks(cluster=CLUSTER, tasks=[known, unknown])

    assert [task["taskArn"] for task in answer["tasks"]] == [known]
    assert [failure["reason"] for failure in answer["failures"]] == ["MISSING"]
    assert answer["failures"][0]["arn"].endswith(f":task/{CLUSTER}/{unknown}")


@pytest.mark.parametrize("tasks", [[], ["0" * 32] * 101])
def test_describe_takes_one_to_a_hundred(bench: Bench, tasks: list[str]) -> None:
    with pytest.raises(bench.ecs.exceptions.InvalidParameterException):
        bench.ecs.describe_tasks(cluster=CLUSTER, tasks=tasks)


def test_tags_are_shown_where_they_are_asked_for(bench: Bench) -> None:
    tags = [{"key": "whose", "value": "ours"}]
    arn = bench.run(tags=tags)

    assert bench.task(arn)["tags"] == []
    shown = bench.ecs.describe_tasks(cluster=CLUSTER, tasks=[arn], include=["TAGS"])
    assert shown["tasks"][0]["tags"] == tags


def test_list_finds_by_started_by(bench: Bench) -> None:
    mine = bench.run(startedBy="calloff/local/1")
    bench.run(startedBy="calloff/local/2")
    assert listed(bench, startedBy="calloff/local/1") == [mine]


@pytest.mark.parametrize("other", [{"family": "job"}, {"launchType": "FARGATE"}, {"serviceName": "s"}])
def test_started_by_stands_alone(bench: Bench, other: dict[str, str]) -> None:
    with pytest.raises(bench.ecs.exceptions.InvalidParameterException):
        listed(bench, startedBy="calloff/local/1", **other)


def test_list_hides_tasks_that_are_stopping_unless_asked(bench: Bench) -> None:
    bench.runtime.script = lambda _: Behaviour(stops=None)
    arn = bench.running(startedBy="me")
    bench.ecs.stop_task(cluster=CLUSTER, task=arn)
    bench.clock.advance()
    assert bench.status(arn) == ("STOPPING", "STOPPED")

    assert listed(bench, startedBy="me") == []
    assert listed(bench, startedBy="me", desiredStatus="STOPPED") == [arn]
    assert listed(bench, desiredStatus="PENDING") == []


def test_list_finds_by_family(bench: Bench) -> None:
    bench.ecs.register_task_definition(**{**DEFINITION, "family": "other"})
    bench.run()
    other = bench.run(taskDefinition="other")
    assert listed(bench, family="other") == [other]


def test_list_pages(bench: Bench) -> None:
    launched = [bench.run() for _ in range(7)]
    pages = bench.ecs.get_paginator("list_tasks").paginate(cluster=CLUSTER, PaginationConfig={"PageSize": 3})
    found = [page["taskArns"] for page in pages]
    assert [len(page) for page in found] == [3, 3, 1]
    assert [arn for page in found for arn in page] == launched


def test_a_page_token_that_makes_no_sense_is_refused(bench: Bench) -> None:
    with pytest.raises(bench.ecs.exceptions.InvalidParameterException):
        listed(bench, nextToken="?")


def test_another_cluster_has_other_tasks(bench: Bench) -> None:
    bench.ecs.create_cluster(clusterName="other")
    arn = bench.run()
    assert bench.ecs.list_tasks(cluster="other")["taskArns"] == []
    missing = bench.ecs.describe_tasks(cluster="other", tasks=[arn.rpartition("/")[2]])["failures"]
    assert [failure["reason"] for failure in missing] == ["MISSING"]


def test_an_unknown_operation_says_so(bench: Bench) -> None:
    with pytest.raises(ClientError) as refused:
        bench.ecs.list_services(cluster=CLUSTER)
    assert refused.value.response["Error"]["Code"] == "UnknownOperationException"
