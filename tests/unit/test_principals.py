"""AWS's principals as names that stay."""

from typing import Any

import pytest

from chalicelib.auth import authenticate
from chalicelib.authorization import Caller, Role
from chalicelib.principals import principal, role_of
from chalicelib.problems import Unauthenticated
from tests.doubles.api import request, wired
from tests.doubles.world import World, settings

ACCOUNT = "arn:aws:iam::123456789012"
SESSIONS = "arn:aws:sts::123456789012"


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        (f"{ACCOUNT}:user/alice", f"{ACCOUNT}:user/alice"),
        (f"{ACCOUNT}:user/team/alice", f"{ACCOUNT}:user/team/alice"),
        (f"{ACCOUNT}:root", f"{ACCOUNT}:root"),
        (f"{SESSIONS}:federated-user/alice", f"{SESSIONS}:federated-user/alice"),
        (f"{SESSIONS}:assumed-role/Deploy/ci-4711", f"{ACCOUNT}:role/Deploy"),
        (f"{SESSIONS}:assumed-role/Deploy/ci-4712", f"{ACCOUNT}:role/Deploy"),
        (f"{SESSIONS}:assumed-role/worker/i-0f1e2d3c4b5a69788", f"{ACCOUNT}:role/worker"),
        (
            f"{SESSIONS}:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/alice@example.com",
            f"{ACCOUNT}:role/AWSReservedSSO_Dev/alice@example.com",
        ),
        (
            f"{SESSIONS}:assumed-role/AWSReservedSSO_Dev_fedcba9876543210/alice@example.com",
            f"{ACCOUNT}:role/AWSReservedSSO_Dev/alice@example.com",
        ),
        (
            f"{SESSIONS}:assumed-role/AWSReservedSSO_My_Set_0123456789abcdef/bob",
            f"{ACCOUNT}:role/AWSReservedSSO_My_Set/bob",
        ),
        (f"{SESSIONS}:assumed-role/AWSReservedSSO_Dev/alice", f"{ACCOUNT}:role/AWSReservedSSO_Dev"),
        ("arn:aws-cn:sts::123456789012:assumed-role/Deploy/x", "arn:aws-cn:iam::123456789012:role/Deploy"),
        ("arn:aws-us-gov:iam::123456789012:user/a", "arn:aws-us-gov:iam::123456789012:user/a"),
    ],
)
def test_a_principal_is_who_it_will_be_tomorrow(arn, name):
    assert principal({"userArn": arn}) == name


def test_a_session_is_no_way_to_become_somebody_else():
    """Whoever assumes a role chooses the session's name."""
    mallory = {"userArn": f"{SESSIONS}:assumed-role/Shared/alice@example.com"}
    assert principal(mallory) == f"{ACCOUNT}:role/Shared"


def test_each_identity_of_a_pool_is_a_person():
    arn = f"{SESSIONS}:assumed-role/Pool/CognitoIdentityCredentials"
    one, other = ({"userArn": arn, "cognitoIdentityId": f"eu-west-1:{name}"} for name in ("one", "other"))
    assert (principal(one), principal(other)) == (
        f"{ACCOUNT}:role/Pool/eu-west-1:one",
        f"{ACCOUNT}:role/Pool/eu-west-1:other",
    )


NOBODY: list[dict[str, Any]] = [
    {},
    {"userArn": None},
    {"userArn": ""},
    {"userArn": 7},
    {"userArn": "alice"},
    {"userArn": f"{ACCOUNT}:role/Deploy"},
    {"userArn": f"{ACCOUNT}:user/"},
    {"userArn": f"{SESSIONS}:assumed-role/Deploy"},
    {"userArn": f"x{ACCOUNT}:root"},
    {"userArn": f"{ACCOUNT}:root\n"},
    {"caller": f"{ACCOUNT}:root", "user": f"{ACCOUNT}:root"},
]


@pytest.mark.parametrize("identity", NOBODY)
def test_what_is_no_principal_is_nobody(identity):
    assert principal(identity) is None
    with pytest.raises(Unauthenticated) as refused:
        authenticate({"identity": identity}, {"authorization": "Bearer admin"}, settings(auth="iam"))
    assert refused.value.headers["WWW-Authenticate"] == "AWS4-HMAC-SHA256"


@pytest.mark.parametrize(
    ("patterns", "role"),
    [
        ({}, Role.OWNER),
        ({"admins": ("*",)}, Role.ADMIN),
        ({"admins": (f"{ACCOUNT}:role/Admin",)}, Role.ADMIN),
        ({"admins": ("arn:aws:iam::*:role/Adm*",)}, Role.ADMIN),
        ({"admins": ("arn:aws:iam::*:role/admin",)}, Role.OWNER),
        ({"admins": ("role/Admin",)}, Role.OWNER),
        ({"admins": (f"{ACCOUNT}:role/Admi",)}, Role.OWNER),
        ({"operators": ("*Admin",)}, Role.OPERATOR),
        ({"viewers": ("*Admin",)}, Role.VIEWER),
        ({"viewers": ("*",), "operators": ("*",), "admins": ("*",)}, Role.ADMIN),
        ({"viewers": ("*",), "operators": ("*",)}, Role.OPERATOR),
    ],
)
def test_roles_come_from_patterns_of_the_whole_name(patterns, role):
    assert role_of([f"{ACCOUNT}:role/Admin"], settings(**patterns)) is role


def test_over_the_api_the_principal_owns_what_it_submits():
    world = World(auth="iam", admins=(f"{ACCOUNT}:role/Admin",))
    by = {name: {"userArn": f"{SESSIONS}:assumed-role/{name}/{name}-session"} for name in ("Dev", "Other", "Admin")}
    with wired(world.ports):
        made = request("POST", "/tasks", {"image": "busybox"}, caller=None, identity=by["Dev"])
        target = f"/tasks/{made.json['id']}"
        again = {"userArn": f"{SESSIONS}:assumed-role/Dev/another-session"}
        assert made.json["owner"] == f"{ACCOUNT}:role/Dev"
        assert request("GET", target, caller=None, identity=again).status == 200
        assert request("GET", target, caller=None, identity=by["Other"]).problem[:2] == (403, "forbidden")
        assert request("GET", target, caller="admin", identity=by["Other"]).problem[:2] == (403, "forbidden")
        assert request("GET", target, caller="admin").problem[:2] == (401, "unauthenticated")
        assert request("DELETE", target, caller=None, identity=by["Admin"]).status == 202


def test_the_example_of_a_caller():
    context = {"identity": {"userArn": f"{ACCOUNT}:user/alice"}}
    assert authenticate(context, {}, settings(auth="iam")) == Caller(f"{ACCOUNT}:user/alice", Role.OWNER)
