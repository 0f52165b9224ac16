"""What is read in ECS's words."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from chalicelib.lifecycle import Event
from chalicelib.report import Mark, end_of, parse
from chalicelib.task import Proof, Termination
from tests.doubles.reports import described, sample

ID = "0b7c5f3e-6a1d-4c8b-9e2f-7d6c5b4a3f2e"
STOPPED_CONTAINER = [{"name": "main", "lastStatus": "STOPPED", "exitCode": 0}]
LIVE_CONTAINER = [{"name": "main", "lastStatus": "RUNNING"}]
AT = "2026-01-02T03:06:20.400Z"


def read(name: str, **fields):
    return parse(described(name, **fields), Proof.ECS_EVENT)


@pytest.mark.parametrize(
    ("name", "dead"),
    [
        ("provisioning", False),
        ("running", False),
        ("deprovisioning", True),
        ("stopped", True),
        ("stopped-by-operator", True),
        ("exited-0", True),
        ("out-of-memory", True),
        ("failed-to-start", True),
        ("spot-interruption", True),
    ],
)
def test_which_samples_prove_a_death(name, dead):
    assert parse(sample(name)["detail"], Proof.ECS_EVENT).dead is dead


@pytest.mark.parametrize(
    ("status", "stopped_at", "containers", "dead"),
    [
        ("STOPPED", None, [], True),
        ("STOPPED", None, LIVE_CONTAINER, True),
        ("DEPROVISIONING", AT, STOPPED_CONTAINER, True),
        ("STOPPING", AT, STOPPED_CONTAINER, True),
        ("STOPPING", None, LIVE_CONTAINER, False),
        ("STOPPING", None, STOPPED_CONTAINER, False),
        ("STOPPING", AT, LIVE_CONTAINER, False),
        ("DEPROVISIONING", None, STOPPED_CONTAINER, False),
        ("DEPROVISIONING", AT, [], False),
        ("DEPROVISIONING", AT, [*STOPPED_CONTAINER, *LIVE_CONTAINER], False),
        ("DEPROVISIONING", AT, [{"name": "main"}], False),
        ("DEACTIVATING", None, LIVE_CONTAINER, False),
        ("RUNNING", None, LIVE_CONTAINER, False),
    ],
)
def test_the_proof_of_death(status, stopped_at, containers, dead):
    assert read("running", lastStatus=status, executionStoppedAt=stopped_at, containers=containers).dead is dead


def test_a_report_has_the_facts():
    report = read("stopped")
    assert report.arn.endswith("task/calloff/5f3c2e0b7d5a4b6c9e8f7a6b5c4d3e2f")
    assert report.cluster_arn.endswith("cluster/calloff")
    assert (report.version, report.last_status) == (7, "STOPPED")
    assert report.started_by == f"calloff/prod/{ID}/1"
    assert report.started_at == datetime(2026, 1, 2, 3, 4, 25, tzinfo=UTC)
    assert report.termination == Termination(
        proof=Proof.ECS_EVENT,
        exit_code=143,
        stop_code="UserInitiated",
        stopped_reason="calloff/0b7c5f3e/user: wrong input",
        ran=True,
        stopping_at=datetime(2026, 1, 2, 3, 6, 18, 100_000, tzinfo=UTC),
        execution_stopped_at=datetime(2026, 1, 2, 3, 6, 20, 400_000, tzinfo=UTC),
    )


def test_the_reason_of_the_main_container_is_kept():
    assert read("out-of-memory").termination.container_reason.startswith("OutOfMemoryError")


def test_only_the_main_container_speaks():
    other = {"name": "sidecar", "lastStatus": "STOPPED", "exitCode": 9, "reason": "OutOfMemoryError"}
    termination = read("stopped", containers=[other, *STOPPED_CONTAINER]).termination
    assert (termination.exit_code, termination.container_reason) == (0, None)


def test_a_report_without_a_container_has_no_exit_code():
    assert read("stopped", containers=[]).termination.exit_code is None


def test_what_never_started_never_ran():
    assert not read("failed-to-start").termination.ran


def test_a_task_that_nobody_started_is_nobodys():
    assert read("running", startedBy=None).started_by == ""


@pytest.mark.parametrize(
    "instant",
    [
        "2026-01-02T04:04:25+01:00",
        datetime(2026, 1, 2, 3, 4, 25, tzinfo=UTC),
        datetime(2026, 1, 1, 22, 4, 25, tzinfo=timezone(timedelta(hours=-5))),
    ],
)
def test_instants_are_read_as_events_and_as_boto3_show_them(instant):
    started_at = read("running", startedAt=instant).started_at
    assert started_at == datetime(2026, 1, 2, 3, 4, 25, tzinfo=UTC)
    assert started_at.tzinfo is UTC


@pytest.mark.parametrize("field", ["taskArn", "clusterArn", "lastStatus", "version"])
def test_what_is_no_ecs_task_is_refused(field):
    with pytest.raises(KeyError):
        read("running", **{field: None})


# -- ends


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("exited-0", Event.EXITED_ZERO),
        ("out-of-memory", Event.EXITED_NONZERO),
        ("failed-to-start", Event.START_FAILED),
        ("spot-interruption", Event.INTERRUPTED),
        ("stopped-by-operator", Event.STOPPED_EXTERNALLY),
        ("stopped", Event.STOPPED),
        ("deprovisioning", Event.STOPPED),
    ],
)
def test_the_end_in_a_sample(name, event):
    assert end_of(read(name).termination) is event


@pytest.mark.parametrize(
    ("code", "reason", "exit_code", "event"),
    [
        ("EssentialContainerExited", "Essential container in task exited", 1, Event.EXITED_NONZERO),
        ("EssentialContainerExited", None, None, Event.EXITED_NONZERO),
        ("EssentialContainerExited", None, 0, Event.EXITED_ZERO),
        (None, None, 0, Event.EXITED_ZERO),
        (None, None, 2, Event.EXITED_NONZERO),
        (None, None, None, Event.EXITED_NONZERO),
        ("UserInitiated", "calloff/0b7c5f3e/user", 0, Event.STOPPED),
        ("UserInitiated", "calloff", 0, Event.STOPPED_EXTERNALLY),
        ("UserInitiated", "by calloff/1", 0, Event.STOPPED_EXTERNALLY),
        ("UserInitiated", "", 0, Event.STOPPED_EXTERNALLY),
        ("UserInitiated", None, None, Event.STOPPED_EXTERNALLY),
        ("TaskFailedToStart", "CannotPullContainerError", None, Event.START_FAILED),
        ("ServiceSchedulerInitiated", "x", 143, Event.INTERRUPTED),
        ("TerminationNotice", "x", 143, Event.INTERRUPTED),
        ("InfrastructureHealth", "x", None, Event.INTERRUPTED),
        ("SpotInterruption", "x", 0, Event.INTERRUPTED),
        ("WhateverComesNext", "x", 0, Event.INTERRUPTED),
    ],
)
def test_which_end(code, reason, exit_code, event):
    termination = Termination(proof=Proof.ECS_EVENT, stop_code=code, stopped_reason=reason, exit_code=exit_code)
    assert end_of(termination) is event


# -- marks


def test_a_mark_is_read_as_it_is_written():
    mark = Mark("prod-1", ID, 12)
    assert str(mark) == f"calloff/prod-1/{ID}/12"
    assert Mark.parse(str(mark)) == mark


def test_a_mark_fits_ecs():
    mark = str(Mark("d" * 32, ID, 10**9))
    assert len(mark) <= 128
    assert set(mark) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/_")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ecs-svc/123",
        "calloff",
        f"calloff/prod/{ID}",
        f"calloff/prod/{ID}/",
        f"calloff/prod/{ID}/0",
        f"calloff/prod/{ID}/01",
        f"calloff/prod/{ID}/x",
        f"calloff/prod/{ID}/1/2",
        f"calloff//{ID}/1",
        f"calloff/pr_od/{ID}/1",
        f"calloff/prod/{ID.upper()}/1",
        f"calloff/prod/{ID[:-1]}/1",
        f"other/calloff/prod/{ID}/1",
        f"calloff/prod/{ID}/1\n",
        f"CALLOFF/prod/{ID}/1",
    ],
)
def test_what_is_no_mark_is_none(text):
    assert Mark.parse(text) is None
