"""What a deployment allows: how many tasks, how large, how long, which images."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest

from chalicelib.lifecycle import Status
from chalicelib.ports import StoreUnavailableError
from tests.doubles.api import Answer, request, wired
from tests.doubles.world import DEPLOYMENT, World

DIGEST = "sha256:" + "0123456789abcdef" * 4


@contextmanager
def deployment(**limits):
    world = World(**limits)
    with wired(world.ports):
        yield world


def submit(image: str = "busybox", *, key: str | None = None, caller: str = "alice", **fields) -> Answer:
    headers = {"Idempotency-Key": key} if key else {}
    return request("POST", "/tasks", {"image": image, **fields}, caller=caller, headers=headers)


# -- sizes and times


@pytest.mark.parametrize(
    ("limit", "most", "fields", "field"),
    [
        ("max_cpu", 512, {"cpu": 1024, "memory": 2048}, "cpu"),
        ("max_memory", 1024, {"cpu": 512, "memory": 2048}, "memory"),
        ("max_timeout", 60, {"timeout": 61}, "timeout"),
        ("max_timeout", 60, {}, "timeout"),
    ],
)
def test_what_is_over_a_limit_is_named(limit, most, fields, field):
    with deployment(**{limit: most}) as world:
        assert submit(**fields).problem == (422, "limit-exceeded", field)
        assert not world.containers.containers


@pytest.mark.parametrize(
    ("limit", "most", "fields"),
    [
        ("max_cpu", 512, {"cpu": 512, "memory": 1024}),
        ("max_memory", 1024, {"cpu": 512, "memory": 1024}),
        ("max_timeout", 60, {"timeout": 60}),
        ("max_cpu", 0, {"cpu": 16384, "memory": 122880}),
    ],
)
def test_what_is_at_a_limit_is_taken(limit, most, fields):
    with deployment(**{limit: most}):
        assert submit(**fields).status == 201


def test_a_limit_cannot_be_moved_over_the_deployments():
    with deployment(max_timeout=60) as world:
        task = submit(timeout=60).json
        before = world.store.get(task["id"])
        answer = request("PATCH", f"/tasks/{task['id']}", {"timeout": 61})
        assert answer.problem == (422, "limit-exceeded", "timeout")
        assert world.store.get(task["id"]) == before


# -- images


@pytest.mark.parametrize(
    ("patterns", "image", "allowed"),
    [
        ((), "anything/at:all", True),
        (("busybox",), "busybox", True),
        (("busybox",), "busybox:latest", False),
        (("busybox*",), "busybox:latest", True),
        (("registry.example/team/*",), "registry.example/team/job:1", True),
        (("registry.example/team/*",), "registry.example/other/job:1", False),
        (("registry.example/team/*",), "evil.example/registry.example/team/job", False),
        (("registry.example/team/*",), "registry.example.evil/team/job", False),
        (("registry.example/*", "busybox"), "busybox", True),
        (("Busybox",), "busybox", False),
        (("job:v?",), "job:v1", True),
        (("job:v?",), "job:v10", False),
    ],
)
def test_images_are_allowed_by_patterns_of_the_whole_name(patterns, image, allowed):
    with deployment(images=patterns):
        answer = submit(image)
        assert answer.status == 201 if allowed else answer.problem == (422, "image-not-allowed", "image")


@pytest.mark.parametrize(
    ("image", "allowed"),
    [
        (f"busybox@{DIGEST}", True),
        (f"registry.example/job:1@{DIGEST}", True),
        ("busybox", False),
        ("busybox:latest", False),
        (f"busybox@{DIGEST[:-1]}", False),
        (f"busybox@{DIGEST}0", False),
        (f"busybox@{DIGEST.upper()}", False),
        ("busybox@sha512:00", False),
    ],
)
def test_where_digests_are_wanted_nothing_else_runs(image, allowed):
    with deployment(image_digests=True):
        answer = submit(image)
        assert answer.status == 201 if allowed else answer.problem == (422, "image-not-allowed", "image")


# -- active tasks


def test_one_more_than_may_be_active_is_refused_and_says_when_to_come_back():
    with deployment(max_active_tasks=2) as world:
        assert [submit().status for _ in range(2)] == [201, 201]
        refused = submit()
        assert refused.problem == (429, "too-many-tasks", None)
        assert int(refused.headers["Retry-After"]) > 0
        assert len(world.containers.containers) == 2


def test_each_owner_has_a_limit_of_their_own():
    with deployment(max_active_tasks=1):
        answers = [submit(caller=caller).status for caller in ("alice", "bob", "admin", "alice", "bob")]
        assert answers == [201, 201, 201, 429, 429]


def test_a_task_that_has_ended_makes_room():
    with deployment(max_active_tasks=1) as world:
        task = world.store.get(submit().json["id"])
        assert submit().status == 429
        world.cancel(task)
        assert submit().status == 429, "it may still be alive"
        world.reports(world.of(task), "deprovisioning")
        assert world.now(task).status is Status.CANCELLED
        assert submit().status == 201


def test_where_it_is_not_full_nothing_is_read():
    with deployment(max_active_tasks=3) as world:
        reads = []
        world.store.get_many = lambda ids: reads.append(ids) or {}
        assert [submit().status for _ in range(3)] == [201] * 3
        assert reads == []


def test_without_a_limit_there_are_no_slots():
    with deployment() as world:
        submit()
        assert world.slots.held == {}


def test_what_was_submitted_before_is_answered_though_there_is_no_room():
    with deployment(max_active_tasks=1) as world:
        first = submit(key="one")
        world.clock.advance(1)
        again, other = submit(key="one"), submit("other", key="one")
        assert (again.status, again.json["id"]) == (201, first.json["id"])
        assert other.problem == (422, "idempotency-key-reused", "Idempotency-Key")
        assert submit(key="two").status == 429
        world.slots.free("alice", world.slots.held["alice"])
        world.slots.take("alice", "somebody-elses", 1, world.clock.now())
        assert submit(key="one").headers["Idempotency-Replayed"] == "true"


def test_a_submission_that_died_before_its_record_holds_its_slot_for_as_long_as_it_might_come():
    with deployment(max_active_tasks=1) as world:
        create = world.store.create

        def die(task):
            raise StoreUnavailableError("lost")

        world.store.create = die
        assert submit().problem[:2] == (503, "unavailable")
        world.store.create = create
        world.clock.advance(world.settings.launch_lease_s)
        assert submit().status == 429
        world.clock.advance(1)
        assert submit().status == 201


def test_repeating_a_submission_that_died_takes_its_own_slot():
    with deployment(max_active_tasks=1) as world:
        world.slots.take("alice", _id_of("one"), 1, world.clock.now() - timedelta(days=1))
        assert submit(key="one").status == 201


def test_a_submission_that_is_repeated_while_its_slot_is_to_be_freed_keeps_it():
    with deployment(max_active_tasks=1) as world:
        world.slots.take("alice", _id_of("one"), 1, world.clock.now() - timedelta(days=1))
        free = world.slots.free

        def meanwhile(owner, held):
            world.slots.free = free
            assert submit(key="one").status == 201
            free(owner, held)

        world.slots.free = meanwhile
        assert submit(key="two").status == 429
        assert len(world.containers.containers) == 1


def _id_of(key: str) -> str:
    from chalicelib.ids import task_id

    return task_id(DEPLOYMENT, "alice", key)


def test_in_a_storm_there_are_never_more():
    most, threads = 5, 32
    world = World(max_active_tasks=most)
    with ThreadPoolExecutor(threads) as pool:
        outcomes = [type(each).__name__ for each in pool.map(lambda _: world.submitted(), range(threads))]
    assert sorted(set(outcomes)) == ["Submitted", "TooManyTasks"]
    assert outcomes.count("Submitted") == most == len(world.containers.containers)
