"""Cruelty: each fault does what its name says, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from localcloud.ecs import NoAnswerError, Once, Plan, Seconds
from localcloud.ecs.faults import NO_CAPACITY, CallFault
from localcloud.ecs.inprocess import client
from tests.ecs.bench import CLUSTER, RUN, Bench


def next_call(bench: Bench, operation: str, fault: str, **more: Any) -> None:
    bench.engine.add_faults(Once(on=operation, fault=fault, **more))


def code(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_run_task_applied_and_answered_500(bench: Bench) -> None:
    next_call(bench, "RunTask", "apply_then_500")
    with pytest.raises(ClientError) as error:
        bench.run(clientToken="t:1")
    assert code(error) == ("ServerException", 500)
    assert len(bench.engine.tasks()) == 1

    assert bench.run(clientToken="t:1").endswith(bench.engine.tasks()[0].task_id)


def test_run_task_applied_and_never_answered(bench: Bench) -> None:
    next_call(bench, "RunTask", "apply_then_timeout")
    with pytest.raises(ReadTimeoutError):
        bench.run(clientToken="t:1")
    assert len(bench.engine.tasks()) == 1


def test_run_task_applied_after_its_caller_gave_up(bench: Bench) -> None:
    next_call(bench, "RunTask", "apply_late", seconds=30)
    with pytest.raises(ReadTimeoutError):
        bench.run(clientToken="t:1")
    bench.clock.advance(29)
    assert bench.engine.tasks() == []

    bench.clock.advance(1)

    assert len(bench.engine.tasks()) == 1


def test_a_late_run_task_finds_what_a_retry_launched(bench: Bench) -> None:
    next_call(bench, "RunTask", "apply_late", seconds=30)
    with pytest.raises(ReadTimeoutError):
        bench.run(clientToken="t:1")
    bench.run(clientToken="t:1")
    bench.clock.advance(60)
    assert len(bench.engine.tasks()) == 1


def test_an_ambiguous_answer_and_then_a_throttle(bench: Bench) -> None:
    next_call(bench, "RunTask", "apply_then_500_then_throttle")
    errors = []
    for _ in range(2):
        with pytest.raises(ClientError) as error:
            bench.run(clientToken="t:1")
        errors.append(code(error)[0])
    assert errors == ["ServerException", "ThrottlingException"]
    assert len(bench.engine.tasks()) == 1


def test_boto3s_own_retry_meets_the_throttle(bench: Bench) -> None:
    next_call(bench, "RunTask", "apply_then_500_then_throttle")
    ecs = client(bench.engine, attempts=2)
    with pytest.raises(ClientError) as error:
        ecs.run_task(**RUN, clientToken="t:1")
    assert code(error) == ("ThrottlingException", 400)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("refuse_500", ("ServerException", 500)),
        ("throttle", ("ThrottlingException", 400)),
        ("throttle_disguised", ("InvalidParameterException", 400)),
    ],
)
@pytest.mark.parametrize("operation", ["RunTask", "StopTask"])
def test_a_refusal_changes_nothing(bench: Bench, operation: str, fault: str, expected: tuple[str, int]) -> None:
    arn = bench.running()
    next_call(bench, operation, fault)
    with pytest.raises(ClientError) as error:
        bench.run() if operation == "RunTask" else bench.ecs.stop_task(cluster=CLUSTER, task=arn)
    assert code(error) == expected
    assert len(bench.engine.tasks()) == 1
    assert bench.status(arn) == ("RUNNING", "RUNNING")


def test_a_stop_that_is_lost(bench: Bench) -> None:
    arn = bench.running()
    next_call(bench, "StopTask", "timeout")
    with pytest.raises(ReadTimeoutError):
        bench.ecs.stop_task(cluster=CLUSTER, task=arn)
    bench.clock.advance(600)
    assert bench.status(arn) == ("RUNNING", "RUNNING")


def test_a_stop_that_is_answered_and_forgotten(bench: Bench) -> None:
    arn = bench.running()
    next_call(bench, "StopTask", "pretend")
    assert bench.ecs.stop_task(cluster=CLUSTER, task=arn)["task"]["desiredStatus"] == "STOPPED"
    bench.clock.advance(600)
    assert bench.status(arn) == ("RUNNING", "RUNNING")


def test_run_task_answers_failures(bench: Bench) -> None:
    next_call(bench, "RunTask", "failures")
    next_call(bench, "RunTask", "failures", reason="RESOURCE:ENI")
    answers = [bench.ecs.run_task(**RUN) for _ in range(2)]
    assert [answer["failures"][0]["reason"] for answer in answers] == [NO_CAPACITY, "RESOURCE:ENI"]
    assert [answer["tasks"] for answer in answers] == [[], []]
    assert bench.engine.tasks() == []


def test_a_start_that_fails_late(bench: Bench) -> None:
    next_call(bench, "start", "fail", reason="ResourceInitializationError: no interface")
    arn = bench.run()
    assert bench.status(arn) == ("PROVISIONING", "RUNNING")
    bench.clock.advance()

    task = bench.task(arn)
    assert (task["stopCode"], task["stoppedReason"]) == (
        "TaskFailedToStart",
        "ResourceInitializationError: no interface",
    )
    assert bench.runtime.launched == []


def test_reads_answer_from_the_past(bench: Bench) -> None:
    arn = bench.run(startedBy="me")
    bench.clock.advance(100)
    assert bench.status(arn)[0] == "RUNNING"
    bench.engine.set_faults(Plan(calls={"DescribeTasks:lag": 1, "ListTasks:lag": 1}, seconds=Seconds(read_lag=10)))

    bench.ecs.stop_task(cluster=CLUSTER, task=arn)
    bench.clock.advance(9)
    assert bench.status(arn) == ("RUNNING", "RUNNING")
    assert bench.ecs.list_tasks(cluster=CLUSTER, startedBy="me")["taskArns"] == [arn]

    bench.clock.advance(2)
    assert bench.status(arn)[0] == "STOPPED"


def test_a_fresh_task_is_not_there_yet(bench: Bench) -> None:
    arn = bench.running()
    next_call(bench, "ListTasks", "lag", seconds=1)
    next_call(bench, "DescribeTasks", "lag", seconds=1)

    assert bench.ecs.list_tasks(cluster=CLUSTER)["taskArns"] == []
    assert bench.ecs.describe_tasks(cluster=CLUSTER, tasks=[arn])["failures"][0]["reason"] == "MISSING"
    assert bench.status(arn)[0] == "RUNNING"


def test_a_storm_of_missing(bench: Bench) -> None:
    arns = [bench.running() for _ in range(3)]
    bench.engine.set_faults(Plan(calls={"DescribeTasks:missing": 1, "ListTasks:missing": 1}))

    answer = bench.ecs.describe_tasks(cluster=CLUSTER, tasks=arns)
    assert [failure["reason"] for failure in answer["failures"]] == ["MISSING"] * 3
    assert bench.ecs.list_tasks(cluster=CLUSTER)["taskArns"] == []

    bench.engine.set_faults(Plan())
    assert bench.status(arns[0])[0] == "RUNNING"


def test_a_paused_engine_refuses_until_it_is_back(bench: Bench) -> None:
    bench.engine.set_faults(Plan(paused="refuse"))
    with pytest.raises(ReadTimeoutError):
        bench.run()
    bench.engine.set_faults(Plan())
    assert bench.run()


@pytest.mark.parametrize(
    ("fate", "seconds", "arrivals"),
    [
        ("lost", None, [0, 0, 0]),
        ("doubled", None, [2, 2, 2]),
        ("delayed", 10, [0, 1, 1]),
        ("reordered", 1, [0, 1, 1]),
        ("redelivered", 60, [1, 1, 2]),
    ],
)
def test_an_events_fate(bench: Bench, fate: str, seconds: float | None, arrivals: list[int]) -> None:
    next_call(bench, "event", fate, match='"lastStatus": "RUNNING"', seconds=seconds)
    arn = bench.run()
    seen = []
    for wait in (0, 15, 60):
        bench.clock.advance(wait)
        seen.append([detail["lastStatus"] for detail in bench.told(arn)].count("RUNNING"))
    assert seen == arrivals
    assert [detail["lastStatus"] for detail in bench.told(arn)].count("ACTIVATING") == 1


def test_a_reordered_event_comes_after_a_later_one(bench: Bench) -> None:
    next_call(bench, "event", "reordered", match='"lastStatus": "ACTIVATING"', seconds=0.5)
    arn = bench.run()
    bench.clock.advance(1)
    assert [detail["version"] for detail in bench.told(arn)] == [1, 2, 4, 3]


def test_a_one_shot_waits_for_its_match(bench: Bench) -> None:
    next_call(bench, "RunTask", "refuse_500", match="t:2")
    assert bench.run(clientToken="t:1")
    with pytest.raises(ClientError):
        bench.run(clientToken="t:2")
    assert bench.run(clientToken="t:2")


def test_a_one_shot_fires_as_often_as_it_says(bench: Bench) -> None:
    next_call(bench, "RunTask", "throttle", times=2)
    for _ in range(2):
        with pytest.raises(ClientError):
            bench.run()
    assert bench.run()
    assert bench.engine.fault_counts == {"RunTask:throttle": 2}


def outcomes(seed: int) -> list[str]:
    bench = Bench()
    bench.engine.set_faults(Plan(seed=seed, calls={"RunTask:refuse_500": 0.3, "RunTask:throttle": 0.3}))
    seen = []
    for _ in range(40):
        try:
            bench.run()
        except ClientError as error:
            seen.append(error.response["Error"]["Code"])
        else:
            seen.append("ok")
    return seen


def test_the_same_seed_is_the_same_misery() -> None:
    assert outcomes(7) == outcomes(7)
    assert outcomes(7) != outcomes(8)
    assert set(outcomes(7)) == {"ok", "ServerException", "ThrottlingException"}


@pytest.mark.parametrize(
    "plan",
    [
        Plan(calls={"RunTask:unheard_of": 1}),
        Plan(calls={"StopTask:failures": 1}),
        Plan(calls={"StopTask:lag": 1}),
        Plan(calls={"RunTask:pretend": 1}),
        Plan(once=(Once(on="event", fault="eaten"),)),
        Plan(once=(Once(on="RunTask", fault="throttle", times=0),)),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(bench: Bench, plan: Plan) -> None:
    with pytest.raises(ValueError, match=r"."):
        bench.engine.set_faults(plan)
    assert bench.engine.faults == Plan()


@pytest.mark.parametrize("fault", list(CallFault))
def test_every_fault_is_carried_out(bench: Bench, fault: CallFault) -> None:
    """Guard against a fault that is only a name: each one changes an answer."""
    arn = bench.running()
    operation = {"failures": "RunTask", "pretend": "StopTask", "lag": "DescribeTasks", "missing": "DescribeTasks"}.get(
        fault, "RunTask"
    )
    calls: dict[str, dict[str, Any]] = {
        "RunTask": RUN,
        "StopTask": {"cluster": CLUSTER, "task": arn},
        "DescribeTasks": {"cluster": CLUSTER, "tasks": [arn]},
    }
    next_call(bench, operation, fault)
    before = len(bench.engine.tasks())
    try:
        answer: Any = bench.engine.call(operation, calls[operation])
    except (NoAnswerError, Exception):  # noqa: BLE001
        return
    bench.clock.advance()
    assert answer.get("failures") or (fault == "pretend" and bench.status(arn)[0] == "RUNNING")
    assert len(bench.engine.tasks()) == before
