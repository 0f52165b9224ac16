"""`Prefer: wait=n`: a cancellation answers when it is proven, or after so long."""

from datetime import timedelta

import pytest

from chalicelib.lifecycle import Status
from chalicelib.ports import StoreUnavailableError
from chalicelib.prefer import wait_s
from tests.doubles.api import request

WAYS = [("POST", "/cancel"), ("POST", "/kill"), ("DELETE", "")]


@pytest.fixture(autouse=True)
def _wired(api):
    """The routes reach this world."""


@pytest.fixture
def reads(world, monkeypatch):
    """Counts reads of the record."""
    get, counted = world.store.get, []

    def counting(task_id):
        counted.append(world.clock.now())
        return get(task_id)

    monkeypatch.setattr(world.store, "get", counting)
    return counted


def cancelled(task, prefer=None, way=WAYS[0]):
    return request(way[0], f"/tasks/{task.id}{way[1]}", headers={} if prefer is None else {"Prefer": prefer})


def dies_after(world, task, seconds, monkeypatch):
    """Let the container's end be reported when so much time has passed."""
    at, sleep = world.clock.now() + timedelta(seconds=seconds), world.clock.sleep

    def sleeping(wait):
        sleep(wait)
        if world.clock.now() >= at and world.now(task).status is Status.CANCELLING:
            world.reports(world.of(task), "deprovisioning")

    monkeypatch.setattr(world.clock, "sleep", sleeping)


@pytest.mark.parametrize("way", WAYS)
def test_it_answers_when_the_end_is_proven(world, way, monkeypatch):
    task = world.running()
    dies_after(world, task, 3, monkeypatch)
    began = world.clock.now()
    answer = cancelled(task, "wait=10", way)
    assert (answer.status, answer.json["status"], answer.json["termination"]["proof"]) == (
        200,
        "cancelled",
        "ecs_event",
    )
    assert answer.headers["Preference-Applied"] == "wait=10"
    assert timedelta(seconds=3) <= world.clock.now() - began <= timedelta(seconds=5)


@pytest.mark.parametrize(("asked", "waits"), [("wait=5", 5), ("wait=20", 20), ("wait=3600", 20), ("wait=0", 0)])
def test_it_answers_202_when_the_time_is_up(world, asked, waits):
    task = world.running()
    began = world.clock.now()
    answer = cancelled(task, asked)
    assert (answer.status, answer.json["status"]) == (202, "cancelling")
    assert answer.headers["Preference-Applied"] == f"wait={waits}"
    assert world.clock.now() - began == timedelta(seconds=waits)


@pytest.mark.parametrize(("prefer", "cost"), [("wait=20", 16), ("wait=3", 7)])
def test_what_waiting_costs_in_reads(world, reads, prefer, cost):
    task = world.running()
    reads.clear()
    cancelled(task, prefer)
    assert len(reads) == cost


def test_who_does_not_ask_does_not_wait(world, reads):
    task, began = world.running(), world.clock.now()
    reads.clear()
    answer = cancelled(task)
    assert (answer.status, reads, world.clock.now()) == (202, [], began)
    assert "Preference-Applied" not in answer.headers


def test_what_is_over_answers_at_once(world, reads):
    task = world.running()
    world.cancel(task)
    world.reports(world.of(task), "deprovisioning")
    reads.clear()
    answer = cancelled(task, "wait=10")
    assert (answer.status, reads) == (200, [])
    assert answer.headers["Preference-Applied"] == "wait=10"


def test_a_202_says_where_to_look_and_when(world):
    task = world.running()
    answer = cancelled(task)
    assert (answer.headers["Location"], answer.headers["Retry-After"]) == (f"/tasks/{task.id}", "1")


def test_what_was_accepted_stays_accepted_when_it_cannot_be_read(world, monkeypatch):
    task = world.running()

    def unavailable(_):
        raise StoreUnavailableError("throttled")

    monkeypatch.setattr(world.store, "get", unavailable)
    answer = cancelled(task, "wait=2")
    assert (answer.status, answer.json["status"]) == (202, "cancelling")


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        (None, None),
        ("", None),
        ("wait", None),
        ("wait=", None),
        ("wait=-1", None),
        ("wait=1.5", None),
        ("wait=soon", None),
        ("wait=٣", None),
        ("respond-async", None),
        ("wait=7", 7),
        ("Wait = 7", 7),
        ('wait="7"', 7),
        ("wait=7; foo=bar", 7),
        ("respond-async, wait=7", 7),
        ("wait=7, wait=9", 7),
        ("wait=999999999", 20),
        ("wait=9999999999", None),
    ],
)
def test_a_preference_counts_if_it_is_understood(prefer, seconds):
    assert wait_s(prefer, 20) == seconds
