"""The table of who may do what: all pairs, and each of them over the API."""

import itertools
from typing import Any

import pytest

from chalicelib.authorization import GRANTS, Caller, Relation, Role, Verb, granted
from chalicelib.problems import Forbidden
from tests.doubles.api import request

PERSONS = {Role.OWNER: "alice", Role.ADMIN: "admin", Role.OPERATOR: "operator", Role.VIEWER: "viewer"}
"""Who has the role where names are roles."""

MAY = {
    Role.OWNER: "submit:own list:own read:own logs:own change:own cancel:own",
    Role.ADMIN: "submit:own list:own list:another's read:own read:another's logs:own logs:another's"
    " change:own change:another's cancel:own cancel:another's",
    Role.OPERATOR: "list:own list:another's read:own read:another's logs:own logs:another's"
    " cancel:own cancel:another's",
    Role.VIEWER: "list:own list:another's read:own read:another's logs:own logs:another's",
    Role.TASK: "read:own cancel:own report:own",
}
"""The same once more and by hand: the table does not change unnoticed."""

PAIRS = list(itertools.product(Role, Verb, Relation))


@pytest.mark.parametrize(("role", "verb", "relation"), PAIRS)
def test_the_table_says_what_was_agreed(role, verb, relation):
    assert (relation in granted(role, verb)) is (f"{verb}:{relation}" in MAY[role].split())


@pytest.mark.parametrize(("role", "verb"), list(itertools.product(Role, Verb)))
def test_the_scope_is_what_the_table_grants(role, verb):
    caller, relations = Caller("somebody", role), granted(role, verb)
    if relations:
        assert caller.scope(verb) == (None if Relation.ANOTHERS in relations else "somebody")
    else:
        with pytest.raises(Forbidden, match=f"{role} may not {verb}"):
            caller.scope(verb)


def test_whoever_may_do_it_to_anothers_may_do_it_to_their_own():
    for verbs in GRANTS.values():
        for relations in verbs.values():
            assert Relation.OWN in relations


BODY = {"image": "busybox", "command": ["sleep", "60"]}
OVER_HTTP: dict[Verb, tuple[str, str, Any]] = {
    Verb.LIST: ("GET", "/tasks?owner={owner}", None),
    Verb.READ: ("GET", "/tasks/{id}", None),
    Verb.CHANGE: ("PATCH", "/tasks/{id}", {"timeout": 60}),
    Verb.CANCEL: ("POST", "/tasks/{id}/cancel", {}),
}


@pytest.mark.parametrize(("role", "verb", "relation"), list(itertools.product(PERSONS, OVER_HTTP, Relation)))
def test_the_api_does_what_the_table_says(api, role, verb, relation):
    owner = PERSONS[role] if relation is Relation.OWN else "bob"
    task = api.submit(owner=owner)
    before = api.store.get(task.id)
    method, target, body = OVER_HTTP[verb]
    answer = request(method, target.format(id=task.id, owner=owner), body, caller=PERSONS[role])
    if relation in granted(role, verb):
        assert answer.status in (200, 202)
    else:
        assert answer.problem[:2] == (403, "forbidden")
        assert api.store.get(task.id) == before


@pytest.mark.parametrize("role", PERSONS)
def test_whoever_may_submit_submits_for_themselves(api, role):
    answer = request("POST", "/tasks", BODY, caller=PERSONS[role])
    if granted(role, Verb.SUBMIT):
        assert (answer.status, answer.json["owner"]) == (201, PERSONS[role])
    else:
        assert answer.problem[:2] == (403, "forbidden")
        assert not api.containers.containers


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [("DELETE", "/tasks/{id}", None), ("POST", "/tasks/{id}/kill", None), ("PATCH", "/tasks/{id}", {"timeout": 9})],
)
def test_a_viewer_is_refused_before_anything_is_looked_up(api, method, target, body):
    task = api.submit()
    for each in (task.id, "not-even-an-id"):
        assert request(method, target.format(id=each), body, caller="viewer").problem[:2] == (403, "forbidden")
    assert api.now(task) == task
