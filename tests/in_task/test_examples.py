"""The examples, each run in a real container and cancelled for real."""

import pytest

from localcloud import waiting
from tests.in_task.cloud import PATIENCE_S, says
from tests.in_task.images import SUPERVISED, interpreter

pytestmark = pytest.mark.docker
FIELDS = {"supervised": True, "stop_timeout": 20}


def runs(alice, ecs, command, *words, image=SUPERVISED):
    """Run a command, and wait until it has said the words."""
    task = alice.running("", image=image, command=command, **FIELDS)
    for word in words:
        says(ecs, task["id"], word)
    return task["id"]


def cancelled(alice, task_id, **how):
    assert alice.cancel(task_id, **how).status_code == 202
    return alice.until(task_id, "cancelled")


def test_a_script_that_only_traps(alice, ecs):
    task_id = runs(alice, ecs, ["sh", "/examples/trap.sh"], "working")
    ended = cancelled(alice, task_id)
    assert (ended["exit_code"], ended["termination"]["how"]) == (0, "graceful")
    assert "saved" in ecs.wrote(task_id)


def test_a_process_tree_is_told_whole(alice, ecs):
    task_id = runs(alice, ecs, ["sh", "/examples/process-tree.sh"], "network held", "disk held", "lock held")
    ended = cancelled(alice, task_id)
    assert ended["termination"]["how"] == "graceful"
    assert {"network released", "disk released", "lock released"} <= set(ecs.wrote(task_id).splitlines())


def test_a_process_tree_with_a_deaf_member_dies_whole(alice, ecs):
    task_id = runs(alice, ecs, ["sh", "/examples/process-tree.sh", "deaf"], "network held", "deaf")
    ended = cancelled(alice, task_id, grace=2)
    assert (ended["exit_code"], ended["termination"]["how"]) == (137, "forced")
    assert "network released" in ecs.wrote(task_id)


def test_an_evaluation_goes_on_where_another_was_stopped(alice, ecs, python_image):
    command = [interpreter(), "/examples/evaluation.py"]
    # More rounds than any machine gets through before the cancellation comes.
    first = runs(alice, ecs, [*command, "10000"], "from 0", image=python_image)
    waiting.until(lambda: (alice.show(first)["progress"] or {}).get("done"), "progress", PATIENCE_S)
    ended = cancelled(alice, first)
    done = ended["result"]["data"]["done"]
    assert done > 0
    assert ended["result"]["partial"]
    assert "tidied up" in ecs.wrote(first)
    rest = [*command, str(done + 20)]
    second = alice.submit("", image=python_image, command=rest, resume_from=first, **FIELDS)["id"]
    whole = alice.until(second, "completed")
    assert f"from {done}" in ecs.wrote(second)
    assert (whole["result"]["data"]["done"], whole["result"]["partial"]) == (done + 20, False)
    assert whole["resume_from"] == first


def test_a_service_stops_waiting(alice, ecs, python_image):
    task_id = runs(alice, ecs, [interpreter(), "/examples/service.py", "7000"], "waiting", image=python_image)
    ended = cancelled(alice, task_id)
    assert (ended["exit_code"], ended["termination"]["how"]) == (0, "graceful")
    assert ecs.wrote(task_id).split() == ["waiting", "no", "more", "closed"]
