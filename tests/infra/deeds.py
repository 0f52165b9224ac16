"""What the functions do, on every path that calls AWS. A path that is missing here is missed by `reach`."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.canary import OWNER, CanaryError
from chalicelib.lifecycle import Status
from chalicelib.policies import Policies, Policy, Selection
from chalicelib.task import Task
from chalicelib.tokens import make_token
from localcloud.ecs import CallFault, Once
from tests.doubles import issuer
from tests.doubles.clock import START
from tests.doubles.reports import sample
from tests.infra.stage import API, Stage
from tests.infra.stand import DEPLOYMENT

Deed = Callable[[Stage], None]
TICK = {**sample("running"), "source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
LONG_AGO = START - timedelta(hours=3)


def submits(stage: Stage) -> None:
    """A task whose definition is new, and which has a time limit."""
    body = {"image": "busybox", "timeout": 60}
    for _ in range(2):
        assert stage.api("POST", "/tasks", body, headers={"Idempotency-Key": "one"}).status == 201


def submits_what_ecs_forgot(stage: Stage) -> None:
    """The table knows the definition, and ECS does not."""
    stage.submitted()
    stage.forget_definitions()
    assert stage.api("POST", "/tasks", {"image": "busybox", "command": ["sleep", "60"]}).json["status"] == "pending"


def submits_and_is_cancelled_meanwhile(stage: Stage) -> None:
    stage.submitted()
    stage.during("RunTask", lambda: [stage.cancels(task)() for task in starting(stage)])
    assert stage.api("POST", "/tasks", {"image": "busybox"}).json["status"] == "cancelling"


def starting(stage: Stage, owner: str = "alice") -> list[Task]:
    return [task for task in stage.tasks(owner) if task.ecs_arn is None]


def looks(stage: Stage) -> None:
    tasks = [stage.submitted() for _ in range(2)]
    assert stage.api("GET", f"/tasks/{tasks[0].id}").status == 200
    page = stage.api("GET", "/tasks?limit=1").json
    assert stage.api("GET", f"/tasks?limit=1&cursor={page['cursor']}").status == 200
    assert stage.api("GET", "/healthz", caller=None).status == 200


def moves_the_limit(stage: Stage) -> None:
    task = stage.submitted(timeout=600)
    assert stage.api("PATCH", f"/tasks/{task.id}", {"timeout": 60}).status == 200


def cancels(stage: Stage) -> None:
    for how in ("DELETE", "POST"):
        task = stage.submitted()
        assert stage.api(how, f"/tasks/{task.id}{'/kill' if how == 'POST' else ''}").status == 202


def speaks_for_itself(stage: Stage) -> None:
    task = stage.submitted()
    with stage.acting(API) as ports:
        token = make_token(ports.keys, ports.settings.deployment, task.id, 1)
    bearer = {"Authorization": f"Bearer {token}"}
    assert stage.api("GET", "/self", headers=bearer).status == 200
    assert stage.api("POST", "/self/cancel", headers=bearer).status == 202


def tells_of_itself_and_goes_on(stage: Stage) -> None:
    first = stage.submitted()
    with stage.acting(API) as ports:
        token = make_token(ports.keys, ports.settings.deployment, first.id, 1)
    told = {"checkpoint": {"data": 1}, "result": {"data": 2}}
    bearer = {"Authorization": f"Bearer {token}"}
    assert stage.api("POST", "/self/report", told, headers=bearer).status == 200
    second = stage.submitted(resume_from=first.id)
    with stage.acting(API) as ports:
        token = make_token(ports.keys, ports.settings.deployment, second.id, 1)
    assert stage.api("GET", "/self/checkpoint", headers={"Authorization": f"Bearer {token}"}).json["checkpoint"]


def submits_within_a_limit(stage: Stage) -> None:
    """The one slot is taken by a task that has ended."""
    told = {"CALLOFF_MAX_ACTIVE_TASKS": "1"}
    body = {"image": "busybox"}
    first = stage.task(stage.api("POST", "/tasks", body, told))
    stage.report(first, "exited-0")
    assert stage.api("POST", "/tasks", body, told).status == 201


def reads_what_a_container_wrote(stage: Stage) -> None:
    assert stage.api("GET", f"/tasks/{stage.submitted().id}/logs").status == 200


def knows_a_token(stage: Stage) -> None:
    told = {
        "CALLOFF_JWT_ALGORITHM": "HS256",
        "CALLOFF_JWT_ISSUER": issuer.ISSUER,
        "CALLOFF_JWT_AUDIENCE": issuer.AUDIENCE,
        "CALLOFF_JWT_SECRET_ARN": stage.secret(f"calloff-{DEPLOYMENT}-jwt", issuer.SECRET),
    }
    assert stage.authorize(issuer.token(algorithm="HS256"), **told)["principalId"] == "alice"


def hears_of_a_life(stage: Stage) -> None:
    task = stage.submitted()
    stage.report(task, "running")
    stage.report(task, "exited-0", version=12)


def hears_of_a_second_container(stage: Stage) -> None:
    task = stage.submitted()
    stage.report(task, "running", taskArn=f"{task.ecs_arn[:-4]}ffff")


def wakes_in_time_and_too_late(stage: Stage) -> None:
    task = stage.submitted(timeout=60)
    assert not stage.handler("on_deadline", {"task_id": task.id})["done"]
    overdue = stage.put(Status.RUNNING, timeout=60, deadline=int(START.timestamp()))
    assert stage.handler("on_deadline", {"task_id": overdue.id})["done"]


def launches_what_waits(stage: Stage) -> None:
    stage.brought(stage.put(Status.PENDING, retry_at=START))


def launches_what_ecs_forgot(stage: Stage) -> None:
    stage.submitted()
    stage.forget_definitions()
    stage.brought(stage.put(Status.PENDING, retry_at=START))


def launches_and_is_cancelled_meanwhile(stage: Stage) -> None:
    task = stage.put(Status.PENDING, retry_at=START)
    stage.during("RunTask", stage.cancels(task))
    stage.brought(task)


def takes_over(stage: Stage) -> None:
    """The launcher died before it registered the definition."""
    stage.put(Status.STARTING, claimed_at=START)
    stage.advance(100)
    stage.handler("sweep", TICK)


def takes_over_what_ecs_forgot(stage: Stage) -> None:
    stage.submitted()
    stage.forget_definitions()
    stage.put(Status.STARTING, claimed_at=START)
    stage.advance(100)
    stage.handler("sweep", TICK)


def searches(stage: Stage) -> None:
    """Nothing is known of a launch, and it is too late to send it again; ECS lists its container."""
    stage.engine.add_faults(Once(on="RunTask", fault=CallFault.APPLY_THEN_TIMEOUT, times=2))
    task = stage.submitted()
    assert task.ecs_arn is None
    stage.advance(4000)
    stage.handler("sweep", TICK)


def looks_again(stage: Stage) -> None:
    """One has lived on; one is not there any more; one does not die; one waits."""
    stage.submitted()
    stage.put(Status.RUNNING, seen_at=LONG_AGO, missing_at=LONG_AGO, due_at=START)
    stage.engine.add_faults(Once(on="StopTask", fault=CallFault.PRETEND))
    stage.cancels(stage.submitted())()
    stage.put(Status.PENDING, retry_at=START, due_at=START)
    stage.advance(1000)
    stage.handler("sweep", TICK)


def listens(stage: Stage) -> None:
    """One was never heard."""
    stage.put(Status.RUNNING, heartbeat_timeout=10, started_at=START, seen_at=START, due_at=START)
    stage.advance(60)
    stage.handler("sweep", TICK)


def hunts(stage: Stage) -> None:
    """One container has no right to live; one has ended, and nobody told."""
    orphan, ended = stage.submitted(), stage.submitted()
    stage.put(Status.COMPLETED, id=orphan.id)
    with stage.acting(API) as ports:
        ports.containers.stop(ended.placement.cluster, ended.ecs_arn, "behind our back")
    stage.advance(60)
    stage.handler("hunt", TICK)


def hunts_too_many(stage: Stage) -> None:
    for _ in range(2):
        stage.put(Status.COMPLETED, id=stage.submitted().id)
    stage.handler("hunt", TICK, CALLOFF_HUNT_MAX_STOPS="1")


def cancels_past_the_api(stage: Stage) -> None:
    assert stage.handler("cancel_invoked", {"task_id": stage.submitted().id})["outcome"] == "cancelling"
    detail = {"cancels": [{"task_id": stage.submitted().id}]}
    asked = {"source": "calloff.request", "detail-type": "Cancel Tasks", "detail": detail}
    stage.handler("cancel_requested", TICK | asked)


def enforces_a_policy(stage: Stage) -> None:
    everything = Policy(name="all", cancel=Selection(everything=True), limit=1, reason="test")
    stage.packaged(Policies(policies=(everything,)))
    stage.submitted()
    [enforced] = stage.handler("enforce_policy", {"policy": "all"})
    assert enforced["cancelled"] == 1


def flies(stage: Stage) -> None:
    """Its owner has a slot, taken by a task that has ended."""
    for _ in range(2):
        stage.flies(CALLOFF_MAX_ACTIVE_TASKS="1")


def flies_where_ecs_forgot(stage: Stage) -> None:
    stage.flies()
    stage.forget_definitions()
    with pytest.raises(CanaryError, match="does not run"):
        stage.flies()


def flies_and_is_cancelled_meanwhile(stage: Stage) -> None:
    stage.during("RunTask", lambda: [stage.cancels(task)() for task in starting(stage, OWNER)])
    with pytest.raises(CanaryError, match="does not run"):
        stage.flies()


DEEDS: tuple[Deed, ...] = (
    submits,
    submits_what_ecs_forgot,
    submits_and_is_cancelled_meanwhile,
    looks,
    moves_the_limit,
    cancels,
    speaks_for_itself,
    tells_of_itself_and_goes_on,
    submits_within_a_limit,
    reads_what_a_container_wrote,
    knows_a_token,
    hears_of_a_life,
    hears_of_a_second_container,
    wakes_in_time_and_too_late,
    launches_what_waits,
    launches_what_ecs_forgot,
    launches_and_is_cancelled_meanwhile,
    takes_over,
    takes_over_what_ecs_forgot,
    searches,
    looks_again,
    listens,
    hunts,
    hunts_too_many,
    cancels_past_the_api,
    enforces_a_policy,
    flies,
    flies_where_ecs_forgot,
    flies_and_is_cancelled_meanwhile,
)
