"""The small parts that everything rests on: callers, cursors, instants, waits, logs, clocks."""

import json
import logging
import time
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import log
from chalicelib.auth import local_caller
from chalicelib.authorization import Caller, Role
from chalicelib.backoff import backoff
from chalicelib.batches import batches
from chalicelib.clock import SystemClock
from chalicelib.cursors import from_cursor, to_cursor
from chalicelib.fence import concerns, legitimate
from chalicelib.instants import instant_text
from chalicelib.lifecycle import Status
from chalicelib.ports import Position
from chalicelib.problems import Forbidden, Malformed, Problem
from tests.doubles.clock import HeldClock
from tests.doubles.examples import ARN, OTHER_ARN, a_task, later
from tests.doubles.world import KEYS

ID = "5f0c8b1e-3a57-4b8e-9d1c-2f6a7e4b9c03"


# -- callers


@pytest.mark.parametrize("name", ["alice", "bob", "a", "0", "a.b_c-d", "a" * 64])
def test_a_caller_is_who_they_say(name):
    assert local_caller(f"Bearer {name}") == Caller(name)


@pytest.mark.parametrize("name", ["admin", "operator", "viewer"])
def test_on_an_emulator_some_names_are_roles(name):
    assert local_caller(f"Bearer {name}") == Caller(name, Role(name))


@pytest.mark.parametrize(
    ("caller", "asked", "listed"),
    [
        (Caller("alice"), None, "alice"),
        (Caller("alice"), "alice", "alice"),
        (Caller("root", Role.ADMIN), None, "root"),
        (Caller("root", Role.ADMIN), "bob", "bob"),
        (Caller("eve", Role.VIEWER), "bob", "bob"),
        (Caller("eve", Role.VIEWER), None, "eve"),
    ],
)
def test_whose_tasks_are_listed(caller, asked, listed):
    assert caller.listing(asked) == listed


@pytest.mark.parametrize("name", ["bob", ""])
def test_nobody_lists_anothers(name):
    with pytest.raises(Forbidden):
        Caller("alice").listing(name)


# -- cursors


@pytest.mark.parametrize("seconds", [0, 0.001, 86_400 * 10_000])
def test_a_cursor_is_read_as_it_was_written(seconds):
    position = Position(ID, later(seconds))
    assert from_cursor(KEYS, "alice", to_cursor(KEYS, "alice", position)) == position


def test_a_cursor_is_text_for_a_url():
    cursor = to_cursor(KEYS, "alice", Position(ID, later(0)))
    assert cursor.replace("-", "").replace("_", "").isalnum()


def test_a_cursor_is_for_one_list():
    with pytest.raises(Malformed):
        from_cursor(KEYS, "bob", to_cursor(KEYS, "alice", Position(ID, later(0))))


# -- instants


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05.000Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 999_999, tzinfo=UTC), "2026-01-02T03:04:05.999Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000Z"),
    ],
)
def test_instants_are_of_one_width(instant, text):
    assert instant_text(instant) == text


def test_the_system_clock_tells_milliseconds():
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


def test_the_system_clock_waits():
    began = time.monotonic()
    SystemClock().sleep(0.01)
    assert time.monotonic() - began >= 0.01


def test_a_held_clock_stands_still():
    clock = HeldClock()
    assert clock.now() == clock.now()
    before = clock.now()
    clock.sleep(1.5)
    assert clock.now() - before == timedelta(seconds=1.5)


# -- waits


@pytest.mark.parametrize(("tries", "ceiling"), [(1, 2), (2, 4), (3, 8), (7, 128), (8, 256), (9, 300), (10_000, 300)])
def test_waits_are_drawn_from_nothing_to_the_double_each_time(tries, ceiling):
    waits = [backoff(tries, 2, 300).total_seconds() for _ in range(400)]
    assert min(waits) >= 0
    assert max(waits) <= ceiling
    assert max(waits) > ceiling * 0.9
    assert min(waits) < ceiling * 0.1


@pytest.mark.parametrize(
    ("items", "pieces"), [("", []), ("a", ["a"]), ("abc", ["abc"]), ("abcd", ["abc", "d"]), ("abcdef", ["abc", "def"])]
)
def test_batches(items, pieces):
    assert list(batches(items, 3)) == pieces


# -- logs


def test_a_log_line_is_one_json_object(caplog):
    caplog.set_level(logging.INFO, logger="calloff")
    log.info("happened", task_id="1", at=later(0), status=Status.RUNNING, odd=object)
    log.warning("went_wrong", n=1)
    log.error("broke", text="a\nb")
    lines = [json.loads(record.getMessage()) for record in caplog.records]
    assert [line["event"] for line in lines] == ["happened", "went_wrong", "broke"]
    assert lines[0]["status"] == "running"
    assert lines[2]["text"] == "a\nb"
    assert "\n" not in caplog.records[2].getMessage()
    assert [record.levelname for record in caplog.records] == ["INFO", "WARNING", "ERROR"]


def test_a_level_that_is_off_costs_nothing(caplog):
    class Costly:
        def __str__(self) -> str:
            raise AssertionError

    caplog.set_level(logging.ERROR, logger="calloff")
    log.info("happened", fact=Costly())
    assert caplog.records == []


# -- problems


def test_every_problem_has_a_type_of_its_own():
    problems = Problem.__subclasses__()
    assert len({problem.slug for problem in problems}) == len(problems)
    assert all(400 <= problem.status < 600 and problem.title for problem in problems)


# -- which container may live


@pytest.mark.parametrize("status", Status)
def test_the_records_own_container(status):
    task = a_task(status, ecs_arn=ARN, attempt=2)
    assert concerns(task, ARN, 2)
    assert not concerns(task, OTHER_ARN, 2)
    assert legitimate(task, ARN, 2) == (status in (Status.STARTING, Status.RUNNING))
    assert not legitimate(task, OTHER_ARN, 2)


@pytest.mark.parametrize("lease", [None, "lease"])
@pytest.mark.parametrize("status", Status)
def test_while_none_is_known_any_of_the_current_attempt(status, lease):
    """Lease or no lease: between a dead launcher and the sweep that adopts its container, that is innocent."""
    task = a_task(status, ecs_arn=None, attempt=2, lease_id=lease)
    assert concerns(task, ARN, 2) == (status in (Status.STARTING, Status.CANCELLING))
    assert not concerns(task, ARN, 1)
    assert legitimate(task, ARN, 2) == (status is Status.STARTING)
    assert not legitimate(task, ARN, 3)
