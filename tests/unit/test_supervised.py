"""Tasks under the supervisor: what ECS is told, and a grace for each cancellation, down to none."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib import fargate
from chalicelib.cancel import Cancelling, GraceUnsupported
from chalicelib.conditions import Change
from chalicelib.due import expected_by
from chalicelib.grace import grace_of
from chalicelib.lifecycle import Status
from chalicelib.ports import Applied, Missing, Refused
from chalicelib.task import Proof, Task, Termination
from chalicelib.verdict import How, how
from chalicelib.views import task_document
from tests.doubles.api import request, wired
from tests.doubles.examples import SPEC
from tests.doubles.memory import MemoryTaskStore
from tests.doubles.world import World

SUPERVISED = msgspec.structs.replace(SPEC, supervised=True)


@pytest.fixture
def task(world: World) -> Task:
    return world.running(spec=SUPERVISED)


def container(world: World, spec: Any, stop_timeout: int) -> dict[str, Any]:
    return fargate.task_definition(spec, stop_timeout, world.settings)["containerDefinitions"][0]


def test_the_definition_grants_what_fargate_has_and_no_init(world):
    supervised, plain = container(world, SUPERVISED, 5), container(world, SPEC, 5)
    assert (supervised["stopTimeout"], supervised["linuxParameters"]) == (120, {"initProcessEnabled": False})
    assert (plain["stopTimeout"], plain["linuxParameters"]) == (5, {"initProcessEnabled": True})


@pytest.mark.parametrize("spec", [SPEC, SUPERVISED])
def test_each_container_is_told_its_usual_grace(world, spec):
    assert container(world, spec, 5)["environment"] == [{"name": "CALLOFF_GRACE", "value": "5"}]


@pytest.mark.parametrize("grace", [0, 1, 30, 120])
def test_any_grace_is_taken_and_promised(world, task, grace):
    answer = world.cancel(task, grace=grace)
    assert isinstance(answer, Cancelling)
    assert grace_of(answer.task) == grace
    promised = expected_by(answer.task, world.settings)
    assert promised == world.clock.now() + timedelta(seconds=grace + world.settings.expected_by_margin_s)


def test_without_a_wish_it_has_its_own(world, task):
    assert grace_of(world.cancel(task).task) == 30


def test_force_is_expected_at_once(world, task):
    forced = world.cancel(task, force=True).task
    margin = timedelta(seconds=world.settings.expected_by_margin_s)
    assert expected_by(forced, world.settings) == world.clock.now() + margin


def test_force_without_a_supervisor_promises_nothing_sooner(world):
    plain = world.running()
    promised = expected_by(world.cancel(plain, force=True).task, world.settings)
    assert promised == world.clock.now() + timedelta(seconds=30 + world.settings.expected_by_margin_s)


def test_a_repeat_forces_in_the_middle_of_the_grace(world, task):
    world.cancel(task, grace=120)
    world.clock.advance(10)
    forced = world.cancel(task, force=True).task
    margin = timedelta(seconds=world.settings.expected_by_margin_s)
    assert expected_by(forced, world.settings) == world.clock.now() + margin
    world.clock.advance(10)
    assert expected_by(world.cancel(task, force=True).task, world.settings) == expected_by(forced, world.settings)


def test_a_repeat_shortens_the_grace_and_never_lengthens_it(world, task):
    world.cancel(task, grace=60)
    assert grace_of(world.cancel(task, grace=5).task) == 5
    assert grace_of(world.cancel(task, grace=20).task) == 5
    assert grace_of(world.cancel(task).task) == 5


def test_a_repeat_shortens_the_tasks_own_grace(world, task):
    world.cancel(task)
    assert grace_of(world.cancel(task, grace=40).task) == 30
    assert grace_of(world.cancel(task, grace=2).task) == 2


def _current(world: World, task_id: str) -> Task:
    found = world.store.get(task_id)
    assert isinstance(found, Task)
    return found


class Overtaken(MemoryTaskStore):
    """Another repeat, with a shorter grace, is written just before ours."""

    ours: World | None = None

    def apply(self, task_id: str, change: Change) -> Applied | Refused | Missing:
        if self.ours and "cancellation.grace" in change.sets:
            world, self.ours = self.ours, None
            world.cancel(_current(world, task_id), grace=3)
        return super().apply(task_id, change)


def test_of_two_repeats_at_once_the_shorter_grace_wins():
    store = Overtaken(40)
    world = World(store)
    task = world.running(spec=SUPERVISED)
    world.cancel(task, grace=60)
    store.ours = world
    assert grace_of(world.cancel(task, grace=10).task) == 3


@pytest.mark.parametrize("status", [Status.STARTING, Status.RUNNING])
def test_without_a_supervisor_another_grace_is_refused_as_ever(world, status):
    plain = world.running() if status is Status.RUNNING else world.submit()
    assert world.cancel(plain, grace=5) == GraceUnsupported(plain)


def test_over_http(world):
    with wired(world.ports):
        task = request("POST", "/tasks", {"image": "busybox", "supervised": True, "stop_timeout": 40}).json
        assert task["supervised"] is True
        world.reports(world.of(_current(world, task["id"])), "running")
        answer = request("POST", f"/tasks/{task['id']}/cancel", {"grace": 7})
    assert (answer.status, answer.json["cancellation"]["grace"]) == (202, 7)
    assert answer.json["stop_timeout"] == 40


def test_the_document_says_so(world, task):
    assert task_document(task, world.settings).supervised
    assert not task_document(world.running(), world.settings).supervised


def ended(world: World, code: int, after_s: float) -> Termination:
    now = world.clock.now()
    return Termination(
        proof=Proof.ECS_EVENT,
        exit_code=code,
        stop_code="UserInitiated",
        ran=True,
        stopping_at=now,
        execution_stopped_at=now + timedelta(seconds=after_s),
    )


@pytest.mark.parametrize(
    ("code", "after_s", "grace", "forced_after_s", "verdict"),
    [
        (137, 5.1, 5, None, How.FORCED),
        (137, 5.1, 30, None, How.UNKNOWN),
        (137, 0.1, 0, None, How.FORCED),
        (137, 0.2, 30, 0, How.FORCED),
        (137, 4.2, 30, 4, How.FORCED),
        (137, 2.0, 30, 4, How.UNKNOWN),
        (0, 0.2, 30, 0, How.GRACEFUL),
        (143, 29.0, 30, None, How.GRACEFUL),
    ],
)
def test_the_verdict_goes_by_the_grace_of_the_cancellation(world, code, after_s, grace, forced_after_s, verdict):
    forced_at = None if forced_after_s is None else world.clock.now() + timedelta(seconds=forced_after_s)
    assert how(ended(world, code, after_s), grace, forced_at) is verdict


@pytest.mark.parametrize(
    ("grace", "after_s", "verdict"), [(90, 90.1, "forced"), (90, 30.1, "forced"), (90, 29, "unknown")]
)
def test_a_kill_after_the_tasks_own_grace_is_forced_though_the_request_granted_more(
    world, task, grace, after_s, verdict
):
    """The supervisor had no answer when it asked."""
    cancelling = world.cancel(task, grace=grace).task
    dead = msgspec.structs.replace(cancelling, termination=ended(world, 137, after_s))
    assert task_document(dead, world.settings).termination.how == verdict
