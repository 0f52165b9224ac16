"""What is wrong with a submission is said, field by field, and launches nothing."""

import json

import pytest

from tests.doubles.api import Answer, request

IMAGE = "busybox"
UNKNOWN = (422, "unknown-field")
MALFORMED = (400, "malformed")


@pytest.fixture(autouse=True)
def _nothing_happens(api):
    yield
    assert api.store.page("alice", 1, None).tasks == []
    assert api.containers.calls == []


def submit(body: object, **headers: str) -> Answer:
    return request("POST", "/tasks", body, headers=headers)


def field_of(answer: Answer) -> str:
    """The field without the place in it: `command[0]` is about `command`."""
    assert answer.problem[:2] == MALFORMED
    assert answer.problem[2] is not None
    return answer.problem[2].partition("[")[0].partition(".")[0]


WRONG_TYPES = {
    "image": [None, 1, True, ["busybox"], {}],
    "command": [None, "sleep 1", 1, {"0": "sleep"}, [1], [None], [["sleep"]]],
    "environment": [None, "A=1", [], ["A=1"], {"A": 1}, {"A": None}, {"A": ["1"]}],
    "secrets": [None, [], "x", {"A": 1}, {"A": None}],
    "cpu": [None, "256", 256.5, True, [256]],
    "memory": [None, "512", 512.5, False, {}],
    "stop_timeout": [None, "30", 2.5, True, []],
    "timeout": ["60", 1.5, True, []],
    "queue_timeout": ["60", 1.5, False, {}],
    "labels": [None, [], "a=b", {"a": 1}, {"a": None}, {"a": {}}],
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in WRONG_TYPES.items() for value in values]
)
def test_a_wrong_type(field, value):
    assert field_of(submit({"image": IMAGE, field: value})) == field


OUT_OF_RANGE = {
    "image": ["", " busybox", "bus ybox", "-busybox", "/busybox", "x" * 256, "büsybox", "busybox\x00"],
    "command": [["a\x00b"], ["ok", "\x00"]],
    "environment": [
        {"": "x"},
        {"1A": "x"},
        {"A-B": "x"},
        {"A B": "x"},
        {"A=B": "x"},
        {"Ä": "x"},
        {"A" * 256: "x"},
        {"A": "a\x00b"},
        {"CALLOFF_TASK_ID": "mine"},
        {"CALLOFF_": "mine"},
    ],
    "secrets": [
        {"A": "password"},
        {"A": ""},
        {"A": "arn:aws:s3:::bucket"},
        {"A": "arn:aws:ssm:" + "x" * 2048},
        {"1A": "arn:aws:ssm:eu-west-1:1:parameter/a"},
        {"CALLOFF_TOKEN": "arn:aws:ssm:eu-west-1:1:parameter/a"},
    ],
    "cpu": [0, -256, 1, 255, 257, 300, 32768, 10**30, -(10**30)],
    "memory": [0, -1, 511, 513, 4096, 10**30],
    "stop_timeout": [-1, 0, 1, 121, 10**30],
    "timeout": [-1, 0, 366 * 86400, 10**30],
    "queue_timeout": [-1, 0, 366 * 86400, 10**30],
    "labels": [
        {"": "x"},
        {"A": "x"},
        {"a b": "x"},
        {"a" * 64: "x"},
        {"a": "x" * 256},
        {"a": "\x00"},
        {f"l{i}": "x" for i in range(17)},
    ],
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in OUT_OF_RANGE.items() for value in values]
)
def test_a_value_out_of_range(field, value):
    assert field_of(submit({"image": IMAGE, field: value})) == field


@pytest.mark.parametrize(
    ("cpu", "memory"),
    [(256, 2049), (256, 3072), (512, 512), (512, 5120), (1024, 1024), (2048, 2048), (4096, 31744), (16384, 30720)],
)
def test_cpu_and_memory_that_fargate_does_not_combine(cpu, memory):
    assert field_of(submit({"image": IMAGE, "cpu": cpu, "memory": memory})) == "memory"


def test_a_variable_cannot_be_plain_and_secret():
    arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/a"
    assert field_of(submit({"image": IMAGE, "environment": {"A": "x"}, "secrets": {"A": arn}})) == "secrets"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("command", ["x" * 8192]),
        ("command", ["x"] * 2000),
        ("command", ['"' * 4100]),
        ("command", ["ü" * 1500]),
        ("environment", {"A": "x" * 8192}),
        ("environment", {f"A{i}": "x" for i in range(300)}),
    ],
)
def test_overrides_that_ecs_would_not_take(field, value):
    assert submit({"image": IMAGE, field: value}).problem == (*MALFORMED, field)


def test_without_an_image():
    assert submit({}).problem == (*MALFORMED, "image")


@pytest.mark.parametrize(
    "field", ["priority", "Image", "image ", "owner", "status", "forced", "grace", "cpus", "id", "", "ü"]
)
def test_an_unknown_field(field):
    assert submit({"image": IMAGE, field: 1}).problem == (*UNKNOWN, field)


@pytest.mark.parametrize(
    "body", ["", " ", "{", '{"image"', "nonsense", "{'image': 'x'}", '{"image": "x",}', "NaN", "\x00"]
)
def test_a_body_that_is_not_json(body):
    assert submit(body).problem == (*MALFORMED, "body")


@pytest.mark.parametrize("body", [[], ["busybox"], 1, True, "null", '"busybox"', "1e400", "[" * 20_000])
def test_a_body_that_is_no_object(body):
    assert submit(body).problem == (*MALFORMED, "body")


@pytest.mark.parametrize("inside", ["command", "environment", "labels", "cpu", "image"])
def test_a_body_that_is_deep(inside):
    deep = "[" * 20_000 + "]" * 20_000
    assert submit(f'{{"image": "x", "{inside}": {deep}}}').problem[0] == 400


def test_a_body_that_is_deep_in_an_unknown_field():
    deep = '{"a":' * 10_000 + "1" + "}" * 10_000
    assert submit(f'{{"image": "x", "unknown": {deep}}}').problem[0] in (400, 422)


@pytest.mark.parametrize("text", ["\\ud800", "\\udfff\\ud800", "\\uZZZZ", "\\x00", "\t"])
def test_text_that_is_no_text(text):
    assert submit(f'{{"image": "busybox", "command": ["{text}"]}}').problem[0] == 400


def test_a_body_that_is_not_utf_8():
    assert request("POST", "/tasks", b'{"image": "\xff\xfe"}').problem == (*MALFORMED, "body")


def test_a_body_that_is_too_large():
    assert submit({"image": IMAGE, "labels": {"a": "x" * 70_000}}).problem == (413, "body-too-large", "body")


def test_a_body_that_is_too_large_in_bytes():
    assert submit(json.dumps({"image": "ü" * 33_000}, ensure_ascii=False)).problem == (413, "body-too-large", "body")


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "", "ü"]
)
def test_another_media_type(media_type):
    answer = submit({"image": IMAGE}, **{"Content-Type": media_type})
    assert answer.problem == (415, "unsupported-media-type", "Content-Type")


@pytest.mark.parametrize("key", ["", "x" * 256, "ü", "a\nb", "a\x00", "\x7f", "a\tb", "once\n"])
def test_an_idempotency_key_that_is_none(key):
    answer = submit({"image": IMAGE}, **{"Idempotency-Key": key})
    assert answer.problem == (*MALFORMED, "Idempotency-Key")
