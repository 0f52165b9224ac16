"""What the clients send."""

import traceback
import uuid

import msgspec
import pytest

from calloff import NoAnswerError, TimeLimitError
from calloff.errors import SettingsError
from calloff.problems import MalformedError, UnavailableError
from chalicelib.problems import Malformed, Unavailable
from chalicelib.schema import SubmitBody
from tests.doubles.recorded import Recorded, answer, problem

BUSY = problem(Unavailable("Later."))


def test_a_submission_says_what_was_given_and_no_more(api, call, document):
    api.answers(answer(document(), 201))
    call("submit", "busybox", ["sleep", "60"], labels={"team": "search"}, timeout=600)
    [asked] = api.asked
    assert (asked.method, asked.target) == ("POST", "/tasks")
    wanted = {"image": "busybox", "command": ["sleep", "60"], "labels": {"team": "search"}, "timeout": 600}
    assert asked.json == wanted
    assert asked.headers["authorization"] == "Bearer alice"
    assert asked.headers["content-type"] == "application/json"


def test_a_submission_may_name_all_that_the_api_takes(api, call, document):
    api.answers(answer(document(), 201))
    options = {
        "environment": {"A": "b"},
        "secrets": {"K": "arn:x"},
        "cpu": 512,
        "memory": 1024,
        "stop_timeout": 9,
        "supervised": True,
        "timeout": 60,
        "queue_timeout": 5,
        "heartbeat_timeout": 30,
        "resume_from": "7",
        "labels": {"team": "search"},
    }
    call("submit", "busybox", ["sleep", "60"], **options)
    assert api.asked[0].json == {"image": "busybox", "command": ["sleep", "60"], **options}
    assert set(api.asked[0].json) == {field.name for field in msgspec.structs.fields(SubmitBody)}


def test_what_is_sent_again_has_the_same_key(api, call, document):
    api.answers(BUSY, Recorded(hang_up=True), answer(document(), 201))
    call("submit", "busybox")
    keys = [asked.headers["idempotency-key"] for asked in api.asked]
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert uuid.UUID(keys[0])


def test_two_submissions_have_two_keys(api, call, document):
    api.answers(answer(document(), 201))
    call("submit", "busybox")
    call("submit", "busybox")
    assert len({asked.headers["idempotency-key"] for asked in api.asked}) == 2


def test_a_key_that_is_given_is_sent(api, call, document):
    api.answers(answer(document(), 201))
    call("submit", "busybox", idempotency_key="nightly-7")
    assert api.asked[0].headers["idempotency-key"] == "nightly-7"


def test_a_key_that_no_header_may_hold_is_for_the_api_to_refuse(api, call):
    refusal = Malformed("Idempotency-Key is 1 to 255 printable ASCII characters.", field="Idempotency-Key")
    api.answers(problem(refusal))
    with pytest.raises(MalformedError) as caught:
        call("submit", "busybox", idempotency_key="nächtlich")
    assert caught.value.field == "Idempotency-Key"
    assert api.asked[0].headers["idempotency-key"].encode("latin-1").decode() == "nächtlich"


@pytest.mark.parametrize("parts", [{"auth": "secret\n"}, {"idempotency_key": "a\nb"}])
def test_what_no_header_can_hold_is_said_at_once_and_not_shown(parts, api, client_of):
    client = client_of(api.url, auth=parts.get("auth"), timeout=30)
    with pytest.raises(SettingsError, match="no header holds") as caught:
        client("submit", "busybox", idempotency_key=parts.get("idempotency_key"))
    assert "secret" not in "".join(traceback.format_exception(caught.value))
    assert api.asked == []


def test_a_command_is_no_text(call):
    with pytest.raises(TypeError, match="sequence of words"):
        call("submit", "busybox", "sleep 60")


@pytest.mark.parametrize(
    ("method", "arguments", "options", "sent"),
    [
        ("cancel", (), {}, ("POST", "/tasks/7/cancel", {})),
        (
            "cancel",
            (),
            {"reason": "wrong input", "reason_code": "user_error", "force": True, "grace": 30},
            (
                "POST",
                "/tasks/7/cancel",
                {"reason": "wrong input", "reason_code": "user_error", "mode": "force", "grace": 30},
            ),
        ),
        ("kill", (), {"reason": "now"}, ("POST", "/tasks/7/kill", {"reason": "now"})),
        ("set_timeout", (60,), {}, ("PATCH", "/tasks/7", {"timeout": 60})),
    ],
)
def test_verbs(method, arguments, options, sent, api, call, document):
    api.answers(answer(document(), 202))
    assert call(method, "7", *arguments, **options).status == "starting"
    assert (api.asked[0].method, api.asked[0].target, api.asked[0].json) == sent


def test_an_id_cannot_lead_elsewhere(api, call, document):
    api.answers(answer(document()))
    call("get", "../healthz?x#y")
    assert api.asked[0].target == "/tasks/..%2Fhealthz%3Fx%23y"


def test_a_stage_is_part_of_the_address(api, client_of, document):
    api.answers(answer(document()))
    client_of(f"{api.url}/prod/")("get", "7")
    client_of(f"{api.url}/prod")("get", "7")
    assert [asked.target for asked in api.asked] == ["/prod/tasks/7"] * 2


def test_a_list_goes_on_to_the_last_page(api, call, document):
    first, second, third = document(), document(), document()
    pages = [([first], "c1"), ([], "c2"), ([second, third], None)]
    api.answers(*(answer({"tasks": tasks, "cursor": cursor}) for tasks, cursor in pages))
    found = call("list", status=["running", "starting"], labels={"team": "search"}, owner="bob")
    assert [task.id for task in found] == [first.id, second.id, third.id]
    query = "/tasks?status=running&status=starting&label=team%3Dsearch&owner=bob"
    assert [asked.target for asked in api.asked] == [query, f"{query}&cursor=c1", f"{query}&cursor=c2"]


def test_a_list_ends_where_it_is_told_to(api, call, document):
    api.answers(answer({"tasks": [document(), document()], "cursor": "c1"}))
    assert len(call("list", status="running", limit=3)) == 3
    assert len(api.asked) == 2


def test_nobody_there_is_no_answer(client_of):
    with pytest.raises(NoAnswerError, match=r"http://127\.0\.0\.1:9/tasks/7") as caught:
        client_of("http://127.0.0.1:9", timeout=2)("get", "7")
    assert not isinstance(caught.value, TimeLimitError)


@pytest.mark.parametrize("how", [{"delay_s": 3.0}, {"trickle_s": 0.2}, {"drip_s": 0.2}])
def test_an_operation_takes_no_longer_than_its_limit(how, api, client_of, document):
    api.answers(answer(document(), **how))
    with pytest.raises(TimeLimitError):
        client_of(api.url, timeout=0.5)("get", "7")


def test_retries_are_told(api, client_of, document):
    retries = []
    api.answers(BUSY, answer(document()))
    client_of(api.url, on_retry=retries.append)("get", "7")
    [retry] = retries
    assert isinstance(retry.why, UnavailableError)


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://127.0.0.1", "http://", "http://a:b", ""])
def test_what_is_no_address_is_said_at_once(url, client_of):
    with pytest.raises(SettingsError, match="is no URL"):
        client_of(url)("get", "7")
