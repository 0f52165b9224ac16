"""What a task needs at an instant, and when it must be looked at next."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.due import deadline_at, due_at, epoch, expected_by, look_at, stop_check_at
from chalicelib.lifecycle import TERMINAL, Status
from chalicelib.needs import Look, Relaunch, Relax, Search, StopAgain, TakeOver, TimeOut, asks_ecs, need
from chalicelib.task import NEVER
from tests.doubles.examples import a_task, cancellation, later
from tests.doubles.world import settings

SETTINGS = settings()
NO_CONTAINER = {"ecs_arn": None, "ecs_version": None, "claimed_at": later(0), "lease_ends_at": later(90)}


def at(seconds: float, status: Status, **parts):
    return need(a_task(status, **parts), later(seconds), SETTINGS)


@pytest.mark.parametrize("seconds", [0, 10**9])
@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_what_has_ended_needs_nothing(status, seconds):
    assert at(seconds, status) == Relax()
    assert due_at(a_task(status), SETTINGS) is None


@pytest.mark.parametrize(("seconds", "needed"), [(4.999, Relax()), (5, Relaunch()), (999, Relaunch())])
def test_a_waiting_task_is_launched_when_its_time_has_come(seconds, needed):
    assert at(seconds, Status.PENDING, retry_at=later(5)) == needed


def test_a_waiting_task_without_a_time_is_launched():
    assert at(0, Status.PENDING, retry_at=None) == Relaunch()


@pytest.mark.parametrize("status", [Status.STARTING, Status.CANCELLING])
@pytest.mark.parametrize(
    ("seconds", "needed"), [(89.999, Relax()), (90, TakeOver()), (2999, TakeOver()), (3000, Search()), (9999, Search())]
)
def test_a_launch_of_which_nothing_is_heard(status, seconds, needed):
    """Its lease ends; then it is sent again, for as long as its token surely lives; then it is searched."""
    assert at(seconds, status, **NO_CONTAINER) == needed


@pytest.mark.parametrize(("seconds", "needed"), [(3600, Relax()), (3699.999, Relax()), (3700, Search())])
def test_between_two_empty_lists_are_ten_minutes(seconds, needed):
    assert at(seconds, Status.STARTING, **NO_CONTAINER, listed_empty_at=later(3100)) == needed


def test_an_open_lease_keeps_others_away_at_any_time():
    assert at(5000, Status.STARTING, **{**NO_CONTAINER, "lease_ends_at": later(5001)}) == Relax()


@pytest.mark.parametrize(
    ("status", "seconds", "needed"),
    [
        (Status.STARTING, 89, Relax()),
        (Status.STARTING, 90, Look()),
        (Status.RUNNING, 899, Relax()),
        (Status.RUNNING, 900, Look()),
    ],
)
def test_a_container_without_news_is_looked_at(status, seconds, needed):
    task = a_task(status, ecs_arn="arn", lease_ends_at=None, seen_at=later(0), started_at=None)
    assert need(task, later(seconds), SETTINGS) == needed


def test_a_look_counts_as_news():
    task = a_task(Status.RUNNING, seen_at=later(0), looked_at=later(900))
    assert look_at(task, SETTINGS) == later(1800)


def test_what_is_missing_is_looked_at_sooner():
    task = a_task(Status.RUNNING, seen_at=later(0), looked_at=later(900), missing_at=later(900))
    assert look_at(task, SETTINGS) == later(900 + SETTINGS.missing_again_s)


@pytest.mark.parametrize(("stops", "wait"), [(0, 15), (1, 30), (2, 60), (3, 120), (4, 240), (5, 300), (99, 300)])
def test_a_stop_is_checked_later_each_time(stops, wait):
    task = a_task(Status.CANCELLING, cancellation=cancellation(stop_sent_at=later(7), stops=stops))
    assert stop_check_at(task, SETTINGS) == later(7 + wait)
    assert need(task, later(7 + wait - 0.001), SETTINGS) == Relax()
    assert need(task, later(7 + wait), SETTINGS) == StopAgain()


def test_the_stop_of_what_is_missing_is_checked_when_the_next_reading_counts():
    missing = {"missing_at": later(60), "looked_at": later(60), "seen_at": later(0)}
    task = a_task(Status.CANCELLING, cancellation=cancellation(stop_sent_at=later(7)), **missing)
    assert need(task, later(60 + SETTINGS.missing_again_s - 0.001), SETTINGS) == Relax()
    assert need(task, later(60 + SETTINGS.missing_again_s), SETTINGS) == StopAgain()
    assert due_at(task, SETTINGS) == later(60 + SETTINGS.missing_again_s)


@pytest.mark.parametrize("status", [Status.PENDING, Status.STARTING, Status.RUNNING])
@pytest.mark.parametrize("parts", [{}, {"ecs_arn": "arn"}])
def test_a_deadline_goes_before_everything(status, parts):
    deadline = epoch(later(3))
    assert at(2.999, status, deadline=deadline, retry_at=later(9), **parts) != TimeOut()
    assert at(3, status, deadline=deadline, **parts) == TimeOut()


@pytest.mark.parametrize("status", [Status.CANCELLING, *sorted(TERMINAL)])
def test_what_is_cancelled_or_over_has_no_deadline(status):
    task = a_task(status, deadline=epoch(later(3)))
    assert deadline_at(task) is None
    assert at(4, status, deadline=epoch(later(3))) != TimeOut()


@pytest.mark.parametrize("deadline", [None, NEVER, NEVER + epoch(later(0))])
def test_beyond_every_date_is_no_deadline(deadline):
    assert deadline_at(a_task(Status.RUNNING, deadline=deadline)) is None


def test_a_deadline_is_rounded_in_favour_of_the_task():
    assert epoch(later(0.001)) == epoch(later(1))


# -- when to look next

PENDING = a_task(Status.PENDING, retry_at=later(5))
RUNNING = a_task(Status.RUNNING, seen_at=later(0))


@pytest.mark.parametrize(
    ("task", "due"),
    [
        (PENDING, later(5)),
        (msgspec.structs.replace(PENDING, deadline=epoch(later(3))), later(3)),
        (a_task(Status.STARTING, **NO_CONTAINER), later(90)),
        (a_task(Status.CANCELLING, **NO_CONTAINER), later(90)),
        (a_task(Status.STARTING, **NO_CONTAINER, listed_empty_at=later(3100)), later(3700)),
        (RUNNING, later(900)),
        (msgspec.structs.replace(RUNNING, deadline=epoch(later(60))), later(60)),
        (msgspec.structs.replace(RUNNING, deadline=epoch(later(9999))), later(900)),
        (a_task(Status.CANCELLING, deadline=epoch(later(3))), later(15)),
    ],
    ids=range(9),
)
def test_the_next_look_is_at_the_earliest_instant(task, due):
    assert due_at(task, SETTINGS) == due


@pytest.mark.parametrize("status", sorted(set(Status) - TERMINAL))
def test_every_active_task_is_looked_at_some_day(status):
    """A running one, too: its end may never be told."""
    assert due_at(a_task(status, deadline=None), SETTINGS) is not None


def test_a_cancellation_says_by_when_it_is_over():
    assert expected_by(a_task(Status.CANCELLING), SETTINGS) == later(30 + 60)
    assert expected_by(a_task(Status.RUNNING), SETTINGS) is None


@pytest.mark.parametrize(
    ("needed", "asks"),
    [
        (Look(), True),
        (StopAgain(), True),
        *((each, False) for each in (Relax(), TimeOut(), Relaunch(), TakeOver(), Search())),
    ],
)
def test_what_needs_the_word_of_ecs(needed, asks):
    assert asks_ecs(needed) is asks


def test_the_leases_are_longer_than_a_worker_lives_and_shorter_than_the_window():
    function = timedelta(seconds=30)
    assert timedelta(seconds=SETTINGS.launch_lease_s) > function
    assert SETTINGS.resend_window_s + SETTINGS.second_listing_s <= 3600
