"""Clusters, task definitions and tags."""

import pytest

from tests.ecs.bench import CLUSTER, DEFINITION, Bench


def test_a_cluster_comes_and_goes(bench: Bench) -> None:
    made = bench.ecs.create_cluster(clusterName="other", tags=[{"key": "a", "value": "b"}])["cluster"]
    assert (made["clusterName"], made["status"]) == ("other", "ACTIVE")
    assert made["clusterArn"] in bench.ecs.list_clusters()["clusterArns"]

    gone = bench.ecs.delete_cluster(cluster="other")["cluster"]

    assert gone["status"] == "INACTIVE"
    assert made["clusterArn"] not in bench.ecs.list_clusters()["clusterArns"]
    assert bench.ecs.describe_clusters(clusters=["other"])["clusters"][0]["status"] == "INACTIVE"
    with pytest.raises(bench.ecs.exceptions.ClusterNotFoundException):
        bench.run(cluster="other")


def test_making_a_cluster_twice_answers_the_first(bench: Bench) -> None:
    one, two = (bench.ecs.create_cluster(clusterName="x")["cluster"]["clusterArn"] for _ in range(2))
    assert one == two


def test_a_cluster_with_tasks_cannot_be_deleted(bench: Bench) -> None:
    arn = bench.running()
    with pytest.raises(bench.ecs.exceptions.ClusterContainsTasksException):
        bench.ecs.delete_cluster(cluster=CLUSTER)
    bench.exit(arn)
    assert bench.ecs.delete_cluster(cluster=CLUSTER)


def test_a_cluster_counts_its_tasks(bench: Bench) -> None:
    bench.running()
    bench.run()
    shown = bench.ecs.describe_clusters(clusters=[CLUSTER, "unknown"])
    assert (shown["clusters"][0]["runningTasksCount"], shown["clusters"][0]["pendingTasksCount"]) == (1, 1)
    assert [failure["reason"] for failure in shown["failures"]] == ["MISSING"]


def test_the_same_definition_again_is_another_revision(bench: Bench) -> None:
    again = bench.ecs.register_task_definition(**DEFINITION)["taskDefinition"]
    assert (again["revision"], again["status"]) == (2, "ACTIVE")
    assert bench.ecs.describe_task_definition(taskDefinition="job")["taskDefinition"]["revision"] == 2


def test_a_deregistered_revision_is_shown_and_refused(bench: Bench) -> None:
    arn = bench.running()
    gone = bench.ecs.deregister_task_definition(taskDefinition="job:1")["taskDefinition"]

    assert gone["status"] == "INACTIVE"
    assert bench.ecs.describe_task_definition(taskDefinition="job:1")["taskDefinition"]["status"] == "INACTIVE"
    for name in ("job:1", "job"):
        with pytest.raises(bench.ecs.exceptions.ClientException):
            bench.run(taskDefinition=name)
    assert bench.status(arn)[0] == "RUNNING"


@pytest.mark.parametrize("name", ["job", "unknown:1"])
def test_deregistering_needs_a_known_revision(bench: Bench, name: str) -> None:
    with pytest.raises(bench.ecs.exceptions.ClientException):
        bench.ecs.deregister_task_definition(taskDefinition=name)


def test_definitions_are_listed_by_family_and_status(bench: Bench) -> None:
    bench.ecs.register_task_definition(**DEFINITION)
    bench.ecs.register_task_definition(**{**DEFINITION, "family": "jobs"})
    bench.ecs.deregister_task_definition(taskDefinition="job:1")

    def names(**filters: str) -> list[str]:
        arns = bench.ecs.list_task_definitions(**filters)["taskDefinitionArns"]  # type: ignore[arg-type]
        return [arn.rpartition("/")[2] for arn in arns]

    assert names() == ["job:2", "jobs:1"]
    assert names(sort="DESC") == ["jobs:1", "job:2"]
    assert names(familyPrefix="job") == ["job:2"]
    assert names(status="INACTIVE") == ["job:1"]


def test_families_are_listed_by_prefix_and_status(bench: Bench) -> None:
    bench.ecs.register_task_definition(**{**DEFINITION, "family": "other"})
    bench.ecs.deregister_task_definition(taskDefinition="other:1")
    assert bench.ecs.list_task_definition_families()["families"] == ["job", "other"]
    assert bench.ecs.list_task_definition_families(status="ACTIVE")["families"] == ["job"]
    assert bench.ecs.list_task_definition_families(familyPrefix="o")["families"] == ["other"]


def test_tags_come_and_go_on_all_three(bench: Bench) -> None:
    cluster = bench.ecs.describe_clusters(clusters=[CLUSTER])["clusters"][0]["clusterArn"]
    definition = bench.ecs.describe_task_definition(taskDefinition="job")["taskDefinition"]["taskDefinitionArn"]
    for arn in (cluster, definition, bench.run()):
        bench.ecs.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
        bench.ecs.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "3"}])
        bench.ecs.untag_resource(resourceArn=arn, tagKeys=["b"])
        assert bench.ecs.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "a", "value": "3"}]


def test_tags_of_what_there_is_not(bench: Bench) -> None:
    unknown = bench.run()[:-4] + "0000"
    with pytest.raises(bench.ecs.exceptions.ResourceNotFoundException):
        bench.ecs.tag_resource(resourceArn=unknown, tags=[])
    with pytest.raises(bench.ecs.exceptions.InvalidParameterException):
        bench.ecs.list_tags_for_resource(resourceArn="arn:aws:ecs:eu-west-1:000000000000:service/calloff/s")


def test_a_task_takes_its_definitions_tags_where_asked(bench: Bench) -> None:
    bench.ecs.register_task_definition(**DEFINITION, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "1"}])
    arn = bench.run(propagateTags="TASK_DEFINITION", tags=[{"key": "a", "value": "2"}], enableECSManagedTags=True)
    tags = {tag["key"]: tag["value"] for tag in bench.ecs.list_tags_for_resource(resourceArn=arn)["tags"]}
    assert tags == {"a": "2", "b": "1", "aws:ecs:clusterName": CLUSTER}
