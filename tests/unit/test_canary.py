"""The canary flies when all is as promised, and says what is not."""

import pytest

import app
from chalicelib.canary import CanaryError, Flown, Grounded, fly
from chalicelib.lifecycle import Status
from chalicelib.ports import Rejected, StoreUnavailableError
from chalicelib.task import Task
from tests.doubles.api import Context
from tests.doubles.containers import instead
from tests.doubles.lives import lives
from tests.doubles.world import World


@pytest.fixture
def world() -> World:
    return World(canary_patience_s=60)


def its_task(world: World) -> Task:
    [container] = world.containers.containers.values()
    current = world.store.get(container.detail["startedBy"].split("/")[2])
    assert isinstance(current, Task)
    return current


def test_it_submits_a_task_cancels_it_and_asks_ecs_whether_it_is_dead(world, capsys):
    lives(world)
    flown = fly(world.ports)
    assert isinstance(flown, Flown)
    task = its_task(world)
    assert (task.id, task.status, task.owner, task.timeout) == (flown.task_id, Status.CANCELLED, "calloff/canary", 600)
    assert task.spec.image == world.settings.canary_image
    assert world.containers.calls[-1] == ("describe", task.ecs_arn)
    assert 2 <= flown.start_s < 5
    assert 3 <= flown.cancel_s < 6
    assert f'"Canaries":1.0,"CanaryCancelTime":{flown.cancel_s}' in capsys.readouterr().out


def test_it_stays_while_launching_is_frozen(world, capsys):
    world.switches.freeze = True
    assert fly(world.ports) == Grounded()
    assert world.containers.calls == []
    assert "Canaries" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("ecs", "words"),
    [
        ({"start": 999.0}, "starting: does not run; ECS refused: nothing"),
        ({"end": 999.0}, "cancelling: was cancelled, and is not proven dead"),
    ],
)
def test_it_says_how_far_it_came(world, capsys, ecs, words):
    lives(world, **ecs)
    with pytest.raises(CanaryError, match=words):
        fly(world.ports)
    assert "Canaries" not in capsys.readouterr().out


def test_it_says_why_ecs_refused_the_launch(world):
    world.containers.script("run", instead(Rejected("The role is not there.")))
    with pytest.raises(CanaryError, match=r"failed: does not run; ECS refused: The role is not there\."):
        fly(world.ports)


def test_a_record_that_says_cancelled_of_a_container_that_lives_is_found_out(world, monkeypatch):
    """What Calloff exists to exclude."""
    lives(world)
    describe = world.containers.describe

    def lies(cluster, arns):
        world.containers.containers[arns[0]].detail = world.containers.containers[arns[0]].detail | {
            "lastStatus": "RUNNING",
            "executionStoppedAt": None,
        }
        return describe(cluster, arns)

    monkeypatch.setattr(world.containers, "describe", lies)
    with pytest.raises(CanaryError, match=r"cancelled: its container arn:.* is not dead for ECS: Report"):
        fly(world.ports)


def test_ecs_may_say_it_late(world, monkeypatch):
    lives(world)
    describe, asked = world.containers.describe, []

    def lags(cluster, arns):
        asked.append(arns)
        return describe(cluster, arns) if len(asked) > 3 else {}

    monkeypatch.setattr(world.containers, "describe", lags)
    assert isinstance(fly(world.ports), Flown)


def test_a_task_that_ends_by_itself_is_not_what_was_submitted(world, monkeypatch):
    """It ends in the moment before it is cancelled."""
    lives(world)
    get = world.store.get

    def seen(task_id):
        found = get(task_id)
        if found.status is Status.RUNNING:
            world.reports(world.of(found), "exited-0")
        return found

    monkeypatch.setattr(world.store, "get", seen)
    with pytest.raises(CanaryError, match="running: could not be cancelled: TooLate"):
        fly(world.ports)


def test_an_owner_without_slots_is_told():
    world = World(canary_patience_s=1, max_active_tasks=1)
    world.submit(owner="calloff/canary")
    with pytest.raises(CanaryError, match="not submitted: TooManyTasks"):
        fly(world.ports)


def test_a_store_that_is_down_is_an_error_of_the_function(world, monkeypatch):
    def create(_):
        raise StoreUnavailableError

    monkeypatch.setattr(world.store, "create", create)
    with pytest.raises(StoreUnavailableError):
        fly(world.ports)


def test_the_function_tells_what_it_found(api, world):
    lives(world)
    told = app.canary({}, Context())
    assert told["outcome"] == "Flown"
    assert told.keys() == {"outcome", "task_id", "start_s", "cancel_s"}
