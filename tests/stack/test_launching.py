"""What reaches the container, what ECS would not run, and whose a container is."""

import docker
import pytest

from localcloud import engine, resources
from tests.stack.caller import TRAPS, Caller
from tests.stack.ecs import Ecs

SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret:db-AbCdEf"


def container_of(task_id: str) -> docker.models.containers.Container:
    client = docker.from_env(timeout=10)
    try:
        found = client.containers.list(ignore_removed=True, filters={"label": "calloff.ecs.started-by"})
        (ours,) = (each for each in found if f"/{task_id}/" in each.labels["calloff.ecs.started-by"])
        return ours
    finally:
        client.close()


def test_the_environment_reaches_the_program_and_its_values_are_not_shown(alice: Caller, ecs: Ecs):
    task = alice.submit('echo "$GREETING from $CALLOFF_TASK_ID"', environment={"GREETING": "hello there"})
    assert task["environment"] == ["GREETING"]
    alice.until(task["id"], "completed")
    assert ecs.wrote(task["id"]) == f"hello there from {task['id']}\n"


def test_secrets_go_by_arn_through_the_task_definition(alice: Caller, ecs: Ecs):
    task = alice.submit(secrets={"PASSWORD": SECRET})
    assert task["secrets"] == ["PASSWORD"]
    definition = ecs.api.describe_task_definition(taskDefinition=ecs.described(task["id"])["taskDefinitionArn"])
    (container,) = definition["taskDefinition"]["containerDefinitions"]
    assert container["secrets"] == [{"name": "PASSWORD", "valueFrom": SECRET}]


def test_a_container_is_launched_as_it_was_asked_for_and_carries_our_mark(alice: Caller, ecs: Ecs):
    task = alice.running(cpu=512, memory=1024, stop_timeout=11)
    found = ecs.described(task["id"])
    assert (found["launchType"], found["startedBy"]) == ("FARGATE", f"calloff/local/{task['id']}/1")
    definition = ecs.api.describe_task_definition(taskDefinition=found["taskDefinitionArn"])["taskDefinition"]
    (container,) = definition["containerDefinitions"]
    assert (definition["cpu"], definition["memory"], container["stopTimeout"]) == ("512", "1024", 11)


def test_the_same_content_is_one_task_definition(alice: Caller, ecs: Ecs):
    one, two, other = (alice.running(stop_timeout=s) for s in (12, 12, 13))
    arns = [ecs.described(task["id"])["taskDefinitionArn"] for task in (one, two, other)]
    assert arns[0] == arns[1] != arns[2]


def test_a_program_that_is_not_there_fails_and_the_log_names_it(alice: Caller, ecs: Ecs, images):
    # The definition asks for an init process: that one starts, and ends with 127 where it finds nothing to execute.
    answer = alice.http.post("/tasks", json={"image": engine.IMAGE, "command": ["no-such-program"]})
    ended = alice.until(answer.json()["id"], "failed")
    assert ended["exit_code"] == 127
    assert "no-such-program" in ecs.wrote(ended["id"])


def test_the_labels_say_whose_a_container_is(alice: Caller, ecs: Ecs, images):
    task = alice.running(TRAPS)
    labels = container_of(task["id"]).labels
    assert labels["calloff.ecs.started-by"] == f"calloff/local/{task['id']}/1"
    assert labels["calloff.ecs.task-arn"] == ecs.described(task["id"])["taskArn"]
    assert f":task/{resources.CLUSTER}/" in labels["calloff.ecs.task-arn"]


def test_an_image_that_cannot_be_had_fails_with_ecss_words(alice: Caller, images):
    answer = alice.http.post("/tasks", json={"image": "127.0.0.1:1/no/such:image"})
    ended = alice.until(answer.json()["id"], "failed")
    assert (ended["termination"]["how"], ended["exit_code"]) == ("never_started", None)
    assert ended["termination"]["stopped_reason"].startswith("CannotPullContainerError: ")
    assert "127.0.0.1:1" in ended["termination"]["stopped_reason"]


def test_a_task_that_takes_too_much_memory_says_so(alice: Caller, images):
    # The last line of an endless stream without one: it keeps all of it.
    answer = alice.http.post("/tasks", json={"image": engine.IMAGE, "command": ["tail", "/dev/zero"]})
    ended = alice.until(answer.json()["id"], "failed")
    assert (ended["termination"]["how"], ended["exit_code"]) == ("out_of_memory", 137)


@pytest.mark.parametrize("script", ["exit 137", "sh -c 'kill -9 $$'"])
def test_exit_code_137_alone_is_no_lack_of_memory(alice: Caller, script):
    ended = alice.until(alice.submit(script)["id"], "failed")
    assert (ended["termination"]["how"], ended["exit_code"]) == ("exited_on_its_own", 137)
