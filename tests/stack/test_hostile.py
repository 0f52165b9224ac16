"""What somebody sends who wants harm: refused in the API's own words, or taken as the mere text that it is."""

import json
import socket
import uuid
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from localcloud import engine

GOOD = {"image": engine.IMAGE, "command": ["true"]}
ID = "5f0c8b1e-3a57-4b8e-9d1c-2f6a7e4b9c03"
JSON = {"Content-Type": "application/json"}


def problem(answer) -> tuple[int, str, str | None]:
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    document = answer.json()
    return answer.status_code, document["type"].rpartition(":")[2], document.get("field")


def post(caller, content: str | bytes, path: str = "/tasks"):
    return caller.http.post(path, content=content, headers=JSON)


# -- bodies


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ('{"image": "a", "image": "b"}', "image"),
        ('{"image": "a", "\\u0069mage": "b"}', "image"),
        ('{"image": "a", "labels": {"x": "1", "x": "2"}}', "x"),
        ('{"image": "a", "environment": {"A": "1", "A": "2"}}', "A"),
    ],
)
def test_a_key_that_is_given_twice_is_refused(stranger, content, field):
    """Whoever looks at a body on its way may have read the other one."""
    assert problem(post(stranger, content)) == (400, "malformed", field)


NUMBERS = ["1.5", "1e400", "NaN", "Infinity", "-0.5", "1" * 30, "-" + "1" * 30, "1" * 5000, "0x10", "010", '"1"', "[]"]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda text: text[:12])
@pytest.mark.parametrize("field", ["cpu", "memory", "stop_timeout", "timeout", "queue_timeout"])
def test_what_is_no_whole_number_of_the_right_size(stranger, field, number):
    assert problem(post(stranger, f'{{"image": "a", "{field}": {number}}}'))[:2] == (400, "malformed")


@pytest.mark.parametrize("number", ["1.5", "1e400", "1" * 30, "9" * 3000, "NaN", "٣", "1_0", " 1", "+1", "%00", "1;2"])
def test_a_page_of_no_size(stranger, number):
    assert problem(stranger.http.get(f"/tasks?limit={number}"))[:2] == (400, "malformed")


DEEP = [
    "[" * 30_000,
    '{"a":' * 10_000,
    '{"image": ' + "[" * 20_000,
    '{"image": "a", "labels": ' + '{"a":' * 9_000,
    '{"image": "a", "x": ' + "[" * 20_000 + "]" * 20_000 + "}",
]


@pytest.mark.parametrize("content", DEEP, ids=range(len(DEEP)))
@pytest.mark.parametrize("path", ["/tasks", f"/tasks/{ID}/cancel"])
def test_what_is_deep_breaks_nothing(stranger, path, content):
    assert problem(post(stranger, content, path))[0] in (400, 422)


TEXTS = {
    "a NUL": "a\\u0000b",
    "half a surrogate": "\\ud800",
    "surrogates the wrong way round": "\\udc00\\ud800",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize(
    "field", ['"image": "{}"', '"image": "a", "command": ["{}"]', '"image": "a", "labels": {{"a": "{}"}}']
)
def test_text_that_no_program_could_get(stranger, field, text):
    assert problem(post(stranger, f"{{{field.format(text)}}}"))[:2] == (400, "malformed")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_reason_that_is_no_text(stranger, text):
    task = stranger.submit()["id"]
    assert problem(post(stranger, f'{{"reason": "{text}"}}', f"/tasks/{task}/cancel"))[:2] == (400, "malformed")
    assert stranger.show(task)["cancellation"] is None


@pytest.mark.parametrize(
    "content", [b"\xff\xfe{}", b"\xef\xbb\xbf{}", b'{"image": "\xc3\x28"}', b"\x00", b"{}{}", b"{} x"]
)
def test_bytes_that_are_no_text(stranger, content):
    assert problem(post(stranger, content))[:2] == (400, "malformed")


VALUES = [
    "status",
    "SET #s = :s REMOVE owner",
    "attribute_not_exists(pk) OR :a = :a",
    "#0 :0 $ { } ( ) [0]",
    "size(history)",
    "' OR '1'='1",
    "${jndi:ldap://127.0.0.1/}",
    "{{7*7}} %s %n {0}",
    "<script>alert(1)</script>",
    "\u202etxt.exe \u0000"[:-1],
    "👩‍👩‍👧 ﷽ e\u0301",
    "../../etc/passwd",
    "\n\r\t",
]
KEYS = ["size", "status", "owner", "pk", "set", "and", "not", "a.b", "a-b", "0", "key", "__proto__".replace("_", ".")]


def test_words_of_the_database_are_labels_like_others(stranger):
    labels = dict(zip(KEYS, VALUES, strict=False))
    task = stranger.submit(labels=labels)
    assert stranger.show(task["id"])["labels"] == labels
    for name, value in labels.items():
        found = stranger.http.get("/tasks", params={"label": f"{name}={value}"}).json()["tasks"]
        assert [each["id"] for each in found] == [task["id"]], name
    assert stranger.http.get("/tasks", params={"label": "size=other"}).json()["tasks"] == []


@pytest.mark.parametrize("value", VALUES)
def test_any_text_is_a_reason_a_value_and_an_argument_as_it_is(stranger, value):
    made = stranger.submit("true", labels={"a": value}, environment={"A": value})
    assert stranger.show(made["id"])["labels"] == {"a": value}
    answer = stranger.cancel(made["id"], reason=value)
    assert answer.status_code in (200, 202, 409)
    if answer.status_code == 202:
        assert answer.json()["cancellation"]["reason"] == value


# -- paths

NO_IDS = [
    "..",
    "%2e%2e",
    "..%2F..%2Fhealthz",
    "%2e%2e%2ftasks",
    ID.upper(),
    f"{{{ID}}}",
    f"urn:uuid:{ID}",
    ID.replace("-", ""),
    f"{ID}%00",
    f"{ID}%0a",
    f"{ID}%20",
    f"%20{ID}",
    f"{ID};a=b",
    f"{ID}%2Fcancel",
    f"{ID}%23",
    f"{ID}%3Fterminate=true",
    ID.replace("5", "%D9%A5"),
    "%F0%9F%92%A9",
    "%ff%fe",
    "%25%32%65",
    "*",
    "'%20OR%201=1",
    "a" * 2000,
]


@pytest.mark.parametrize("name", NO_IDS)
@pytest.mark.parametrize(("method", "below"), [("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("POST", "/kill")])
def test_what_is_no_id_is_no_task(alice, method, below, name):
    status, kind, _ = problem(raw(alice, method, f"/tasks/{name}{below}"))
    assert (status, kind) in [(404, "not-found"), (405, "method-not-allowed")]


def raw(caller, method: str, target: str):
    """Send a path as it is: the client would tidy it up."""
    head = f"{method} {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {caller.name}\r\n"
    return Raw(sent(caller, f"{head}Content-Length: 0\r\nConnection: close\r\n\r\n"))


class Raw:
    """An answer, read by hand."""

    def __init__(self, content: bytes) -> None:
        head, _, self.content = content.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        self.status_code = int(first.split()[1])
        self.headers = dict(line.split(": ", 1) for line in lines)
        self.text = self.content.decode()

    def json(self):
        return json.loads(self.text)


def sent(caller, text: str | bytes) -> bytes:
    base = urlsplit(str(caller.http.base_url))
    with closing(socket.create_connection((base.hostname, base.port), timeout=10)) as connection:
        connection.sendall(text.encode("latin-1") if isinstance(text, str) else text)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


# -- headers


def test_two_credentials_are_none(alice):
    """Gateway and function might each read another one."""
    task = alice.submit()["id"]
    for second in ("admin", "alice"):
        headers = [("Authorization", "Bearer alice"), ("authorization", f"Bearer {second}")]
        answer = alice.http.build_request("DELETE", f"/tasks/{task}")
        del answer.headers["Authorization"]
        answer.headers = type(answer.headers)([*answer.headers.multi_items(), *headers])
        assert problem(alice.http.send(answer)) == (400, "malformed", "Authorization")
    assert alice.show(task)["cancellation"] is None


CLAIMS = ["X-Amzn-Principal", "X-Forwarded-User", "X-Remote-User", "X-Authenticated-User", "Forwarded", "X-Owner"]


@pytest.mark.parametrize("header", [*CLAIMS, "X-HTTP-Method-Override", "X-Original-URL", "X-Rewrite-URL", "Cookie"])
def test_no_other_header_says_who_somebody_is_or_what_they_want(alice, bob, header):
    task = alice.submit()["id"]
    for value in ("alice", "Bearer alice", "admin", "GET", "/healthz"):
        answer = bob.http.delete(f"/tasks/{task}", headers={header: value})
        assert problem(answer) == (403, "forbidden", None)
    assert alice.show(task)["cancellation"] is None


SMUGGLED = (
    "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\nTransfer-Encoding: chunked\r\n"
    "{more}\r\n0\r\n\r\n{inner}"
)


@pytest.mark.parametrize("more", ["", "Transfer-Encoding: identity\r\n", "Transfer-Encoding : chunked\r\n"])
def test_no_request_hides_in_another(alice, more):
    """Of two lengths one would be the front's and the other the function's."""
    task = alice.submit()["id"]
    inner = f"DELETE /tasks/{task} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alice\r\nConnection: close\r\n\r\n"
    answer = sent(alice, SMUGGLED.format(length=5 + len(inner), more=more, inner=inner))
    assert answer.split()[1] in (b"400", b"405", b"501")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert alice.show(task)["cancellation"] is None


@pytest.mark.parametrize("name", ["a\r\nX-Role: admin", "a%0d%0aX-Role:%20admin"])
def test_no_answer_has_a_header_that_somebody_wrote(stranger, name):
    answer = stranger.http.get("/tasks", params={"owner": name})
    assert problem(answer)[0] == 403
    assert "X-Role" not in answer.headers


# -- cursors


def test_a_cursor_is_its_lists_and_its_deployments(stranger, bob, admin):
    for _ in range(3):
        stranger.submit("true")
    cursor = stranger.http.get("/tasks?limit=1").json()["cursor"]
    assert len(stranger.http.get("/tasks", params={"cursor": cursor}).json()["tasks"]) == 2
    assert len(admin.http.get("/tasks", params={"cursor": cursor, "owner": stranger.name}).json()["tasks"]) == 2
    for caller, owner in [(bob, None), (admin, None), (admin, "bob")]:
        params = {"cursor": cursor, **({"owner": owner} if owner else {})}
        assert problem(caller.http.get("/tasks", params=params)) == (400, "malformed", "cursor")
    middle = len(cursor) // 2
    changed = cursor[:middle] + ("A" if cursor[middle] != "A" else "B") + cursor[middle + 1 :]
    for bad in (changed, cursor[:-2], cursor + "AA", cursor[::-1], str(uuid.uuid4())):
        assert problem(stranger.http.get("/tasks", params={"cursor": bad})) == (400, "malformed", "cursor")
