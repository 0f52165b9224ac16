"""Supervised tasks in real containers: a grace for each request, an immediate kill, and an API that is not there."""

from pathlib import Path

import pytest

from localcloud import engine, waiting
from localcloud.witness import DockerEyes
from tests.in_task.images import SUPERVISED
from tests.in_task.processes import FAMILY, alive, members
from tests.stack.caller import DEAF, TRAPS, dying_s

pytestmark = pytest.mark.docker

ITS_OWN_GRACE_S = 28
SUPERVISED_TASK = {"image": SUPERVISED, "supervised": True, "stop_timeout": ITS_OWN_GRACE_S}


def first_process(task_id):
    client = engine.docker_client()
    (container,) = DockerEyes().find(task_id)
    return client.api.inspect_container(container)["State"]["Pid"]


def whole(family):
    """Supervisor, command, and the three below."""
    return family if len(family) >= 5 else None


@pytest.fixture
def deaf(alice):
    """A task that ignores SIGTERM, and has half a minute by its definition's own account."""
    return alice.ready(DEAF, **SUPERVISED_TASK)


def test_the_supervisor_is_the_first_process_and_has_all_the_time_there_is(alice, deaf, ecs):
    plain = alice.ready(DEAF, stop_timeout=3)
    seen = {}
    for task in (deaf, plain):
        definition = ecs.api.describe_task_definition(taskDefinition=ecs.described(task["id"])["taskDefinitionArn"])
        (container,) = definition["taskDefinition"]["containerDefinitions"]
        init = container["linuxParameters"]["initProcessEnabled"]
        seen[task["id"]] = container["stopTimeout"], init, Path(f"/proc/{first_process(task['id'])}/comm").read_text()
    assert seen == {deaf["id"]: (120, False, "calloff-init\n"), plain["id"]: (3, True, "docker-init\n")}


def test_a_family_dies_whole_after_the_grace_of_the_request(alice, ecs):
    task = alice.running(FAMILY, **SUPERVISED_TASK)
    waiting.until(lambda: "ready" in ecs.wrote(task["id"]), "the family", 30)
    everybody = waiting.until(lambda: whole(members(first_process(task["id"]))), "the family", 30)
    alice.cancel(task["id"], grace=1)
    ended = alice.until(task["id"], "cancelled")
    assert (ended["exit_code"], ended["termination"]["how"]) == (137, "forced")
    assert not alive(everybody)


def test_a_grace_of_the_request_is_kept(alice, deaf):
    answer = alice.cancel(deaf["id"], grace=2).json()
    assert answer["cancellation"]["grace"] == 2
    task = alice.until(deaf["id"], "cancelled")
    assert (task["exit_code"], task["termination"]["how"]) == (137, "forced")
    assert 2 <= dying_s(task) < ITS_OWN_GRACE_S


def test_force_kills_at_once(alice, deaf):
    alice.cancel(deaf["id"], mode="force")
    task = alice.until(deaf["id"], "cancelled")
    assert (task["exit_code"], task["termination"]["how"]) == (137, "forced")
    assert dying_s(task) < ITS_OWN_GRACE_S


def test_force_kills_in_the_middle_of_a_running_grace(alice, deaf, ecs):
    alice.cancel(deaf["id"], grace=ITS_OWN_GRACE_S)
    assert alice.show(deaf["id"])["status"] == "cancelling"
    alice.cancel(deaf["id"], mode="force")
    task = alice.until(deaf["id"], "cancelled")
    assert task["termination"]["how"] == "forced"
    assert task["cancellation"]["requests"] == 2
    assert dying_s(task) < ITS_OWN_GRACE_S


def test_without_the_supervisor_force_waits_for_the_grace(alice):
    task = alice.ready(DEAF, stop_timeout=3)
    alice.cancel(task["id"], mode="force")
    assert dying_s(alice.until(task["id"], "cancelled")) >= 3


def test_who_listens_ends_gracefully(alice):
    task = alice.ready(TRAPS, **SUPERVISED_TASK)
    alice.cancel(task["id"], grace=20)
    ended = alice.until(task["id"], "cancelled")
    assert (ended["exit_code"], ended["termination"]["how"]) == (0, "graceful")


def test_who_runs_out_of_memory_is_told_so(alice):
    task = alice.submit("tail /dev/zero", **SUPERVISED_TASK)
    ended = alice.until(task["id"], "failed")
    assert (ended["exit_code"], ended["termination"]["how"]) == (137, "out_of_memory")


def test_while_the_api_is_away_the_tasks_own_grace_counts(alice, cloud, ecs):
    task = alice.ready(DEAF, **SUPERVISED_TASK | {"stop_timeout": 3})
    cloud.pause("api")
    try:
        ecs.stop(task["id"], "calloff/test")
        waiting.until(lambda: ecs.of(task["id"])[0]["lastStatus"] == "STOPPED" or None, "its end", 30)
    finally:
        cloud.resume("api")
    assert alice.until(task["id"], "failed")["exit_code"] == 137
