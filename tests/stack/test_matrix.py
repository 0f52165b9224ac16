"""Who may do what, over HTTP: every role, every verb, one's own task and another's."""

import itertools
import uuid

import httpx
import pytest

from chalicelib.authorization import Relation, Role, Verb, granted
from chalicelib.keys import Keys
from chalicelib.tokens import make_token
from localcloud.resources import DEPLOYMENT
from tests.stack.caller import Caller

PERSONS = {
    Role.OWNER: f"u{uuid.uuid4().hex[:8]}",
    Role.ADMIN: "admin",
    Role.OPERATOR: "operator",
    Role.VIEWER: "viewer",
}
BODIES = {Verb.CHANGE: {"timeout": 600}, Verb.CANCEL: {}}
OF_A_PERSON = {
    Verb.READ: ("GET", "/tasks/{id}"),
    Verb.LIST: ("GET", "/tasks?owner={owner}"),
    Verb.CHANGE: ("PATCH", "/tasks/{id}"),
    Verb.CANCEL: ("POST", "/tasks/{id}/cancel"),
}
OF_A_TASK = OF_A_PERSON | {Verb.READ: ("GET", "/self"), Verb.CANCEL: ("POST", "/self/cancel")}
"""Where a task's token opens anything at all; it names its task itself."""


@pytest.fixture(scope="module")
def another(cloud):
    caller = Caller(cloud.endpoints.api, f"u{uuid.uuid4().hex[:8]}")
    yield caller
    caller.clear()


def ask(caller, verb, routes, task):
    method, path = routes[verb]
    return caller.request(method, path.format(id=task["id"], owner=task["owner"]), json=BODIES.get(verb))


def verdict(answer) -> bool:
    assert answer.status_code in (200, 202, 401, 403), answer.text
    return answer.status_code < 300


@pytest.mark.parametrize(("role", "verb"), list(itertools.product(PERSONS, OF_A_PERSON)))
def test_anothers_task(caller, another, role, verb):
    task = another.running()
    asked = ask(caller(PERSONS[role]).http, verb, OF_A_PERSON, task)
    assert verdict(asked) is (Relation.ANOTHERS in granted(role, verb))
    if not verdict(asked):
        assert another.show(task["id"]) == task


@pytest.mark.parametrize("verb", OF_A_PERSON)
@pytest.mark.parametrize("role", [role for role in PERSONS if granted(role, Verb.SUBMIT)])
def test_ones_own_task(caller, role, verb):
    somebody = caller(PERSONS[role])
    task = somebody.running()
    assert verdict(ask(somebody.http, verb, OF_A_PERSON, task)) is (Relation.OWN in granted(role, verb))


@pytest.mark.parametrize("role", PERSONS)
def test_submitting(caller, role):
    somebody = caller(PERSONS[role])
    answer = somebody.http.post("/tasks", json={"image": "calloff/busybox:latest", "command": ["true"]})
    assert answer.status_code == (201 if granted(role, Verb.SUBMIT) else 403)


@pytest.fixture(scope="module")
def keys(cloud) -> Keys:
    from localcloud import aws

    secrets = aws.client("secretsmanager", cloud.endpoints.aws)
    secret = secrets.get_secret_value(SecretId=cloud.environment["CALLOFF_KEY_SECRET_ARN"])["SecretString"]
    return Keys(secret.encode)


@pytest.mark.parametrize("verb", [verb for verb in OF_A_TASK if verb is not Verb.LIST])
@pytest.mark.parametrize("relation", Relation)
def test_a_task_by_its_token(cloud, another, keys, relation, verb):
    task, other = another.running(), another.running()
    token = make_token(keys, DEPLOYMENT, task["id"], task["attempt"])
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=cloud.endpoints.api, headers=headers, timeout=60, trust_env=False) as it:
        # A token names its task itself: of another's there is no way to speak but on the persons' routes.
        own = relation is Relation.OWN
        asked = ask(it, verb, OF_A_TASK if own else OF_A_PERSON, task if own else other)
    assert verdict(asked) is (relation in granted(Role.TASK, verb))
    assert another.show(other["id"]) == other
