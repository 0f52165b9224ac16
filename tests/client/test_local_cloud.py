"""Both clients against the running local cloud: nothing between them and real containers is played."""

import uuid

import pytest

from calloff import APIError, WaitTimeoutError
from calloff.problems import ForbiddenError, IdempotencyKeyReusedError, MalformedError, NotFoundError, TooLateError
from localcloud import engine, waiting
from tests.stack.caller import FOREVER, PATIENCE_S, TRAPS

BUSYBOX = engine.IMAGE


@pytest.fixture
def alice(client_of, cloud):
    return client_of(cloud.endpoints.api, auth="alice")


def script(text):
    return ["sh", "-c", text]


def test_a_task_from_submission_to_its_proven_death(alice):
    task = alice("submit", BUSYBOX, script(TRAPS), stop_timeout=20, labels={"team": "search"})
    seen = alice("get", task.id)
    assert (seen.owner, seen.labels, seen.stop_timeout) == ("alice", {"team": "search"}, 20)
    waiting.until(lambda: [line.text for line in alice("logs", task.id)] == ["ready"], "its word", PATIENCE_S)
    with pytest.raises(WaitTimeoutError):
        alice("wait", task.id, deadline=1)
    asked = alice("cancel", task.id, reason="wrong input", reason_code="user_error")
    assert asked.status in ("cancelling", "cancelled")
    ended = alice("wait", task.id, deadline=PATIENCE_S)
    assert (ended.status, ended.cancellation.reason) == ("cancelled", "wrong input")
    assert ended.termination.proof in ("ecs_event", "ecs_describe")
    assert ended.history[0].event == "submitted"
    assert [line.text for line in alice("logs", task.id)] == ["ready"]
    assert alice("cancel", task.id).status == "cancelled"


def test_a_kill_is_a_forced_cancellation(alice):
    task = alice("submit", BUSYBOX, script(FOREVER), stop_timeout=2)
    assert alice("kill", task.id).cancellation.force_requested
    assert alice("wait", task.id, deadline=PATIENCE_S).status == "cancelled"


def test_a_task_that_ends_is_watched_and_cannot_be_cancelled(alice):
    task = alice("submit", BUSYBOX, script("exit 3"))
    assert alice("watch", task.id, deadline=PATIENCE_S)[-1].status == "failed"
    with pytest.raises(TooLateError) as caught:
        alice("cancel", task.id)
    assert caught.value.task.exit_code == 3


def test_a_limit_can_be_moved(alice):
    task = alice("submit", BUSYBOX, script(FOREVER), timeout=600, stop_timeout=2)
    assert alice("set_timeout", task.id, 1200).timeout == 1200
    alice("kill", task.id)


def test_a_task_goes_on_from_another(alice):
    first = alice("submit", BUSYBOX, script("exit 3"), heartbeat_timeout=60)
    assert alice("wait", first.id, deadline=PATIENCE_S).heartbeat_timeout == 60
    second = alice("submit", BUSYBOX, script("exit 0"), resume_from=first.id)
    assert alice("get", second.id).resume_from == first.id
    with pytest.raises(APIError) as unknown:
        alice("submit", BUSYBOX, script("exit 0"), resume_from=str(uuid.uuid4()))
    assert unknown.value.field == "resume_from"


def test_the_same_key_is_the_same_task(alice):
    key = uuid.uuid4().hex
    first = alice("submit", BUSYBOX, script("exit 0"), idempotency_key=key)
    assert alice("submit", BUSYBOX, script("exit 0"), idempotency_key=key).id == first.id
    with pytest.raises(IdempotencyKeyReusedError):
        alice("submit", BUSYBOX, script("exit 1"), idempotency_key=key)


def test_a_list_has_all_pages(client_of, cloud):
    somebody = client_of(cloud.endpoints.api, auth=f"u{uuid.uuid4().hex[:12]}")
    ids = [somebody("submit", BUSYBOX, script("exit 0"), labels={"n": str(n)}).id for n in range(3)]
    assert [task.id for task in somebody("list")] == ids[::-1]
    assert [task.id for task in somebody("list", labels={"n": "1"})] == ids[1:2]
    assert len(somebody("list", limit=2)) == 2


def test_refusals_have_their_names(alice, client_of, cloud):
    task = alice("submit", BUSYBOX, script("exit 0"))
    with pytest.raises(ForbiddenError):
        client_of(cloud.endpoints.api, auth="bob")("get", task.id)
    with pytest.raises(NotFoundError):
        alice("get", str(uuid.uuid4()))
    with pytest.raises(MalformedError) as caught:
        alice("submit", "not an image")
    assert caught.value.field == "image"
    with pytest.raises(MalformedError) as caught:
        alice("submit", BUSYBOX, idempotency_key="nächtlich")
    assert caught.value.field == "Idempotency-Key"
    with pytest.raises(APIError) as unknown:
        client_of(cloud.endpoints.api)("get", task.id)
    assert unknown.value.status == 401
