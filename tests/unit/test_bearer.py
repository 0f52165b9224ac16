"""Tokens of an issuer: whom they name, and everything that is refused."""

import json
import logging
import time

import jwt
import pytest
import urllib3
from chalice.app import AuthRequest

from chalicelib import bootstrap
from chalicelib.auth import authenticate
from chalicelib.authorization import Caller, Role
from chalicelib.authorizer import UnauthorizedError, authorize
from chalicelib.bearer import RefusedTokenError, caller_of
from chalicelib.issuer import fetch_keys
from chalicelib.ports import StoreUnavailableError
from chalicelib.problems import Unauthenticated
from chalicelib.signing_keys import PublishedKeys, SharedSecret, UnfitSecretError, usable
from tests.doubles import issuer
from tests.doubles.clock import HeldClock
from tests.doubles.issuer import SECRET, attacks, key_set, published, token
from tests.doubles.world import settings

METHOD = "arn:aws:execute-api:us-east-1:123456789012:api/stage/GET/tasks"
ATTACKS = list(attacks())


class Issuer:
    """Answers with keys, or not at all."""

    def __init__(self, *names: str, algorithm: str = "RS256") -> None:
        self.document = key_set(*published(*names, algorithm=algorithm))
        self.asked = 0
        self.down = False

    def publish(self, *names: str) -> None:
        self.document = key_set(*published(*names))

    def fetch(self) -> bytes:
        self.asked += 1
        if self.down:
            raise StoreUnavailableError("no answer")
        return self.document


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def one() -> Issuer:
    return Issuer("one")


def with_settings(**changes):
    return settings(**issuer.SETTINGS | changes)


@pytest.fixture
def keys(one, clock) -> PublishedKeys:
    return PublishedKeys(one.fetch, clock, with_settings())


def read(text: str, keys, **changes) -> Caller:
    return caller_of(f"Bearer {text}", with_settings(**changes), keys)


# -- good ones


def test_a_good_token_names_its_owner(keys):
    assert read(token(), keys) == Caller("alice", Role.OWNER)


@pytest.mark.parametrize("sub", ["alice", "auth0|507f1f77", "ü", "a b", "x" * 255, "arn:aws:iam::1:root"])
def test_whatever_the_issuer_calls_them(keys, sub):
    assert read(token(sub=sub), keys).name == sub


def test_another_claim_may_name_the_owner(keys):
    assert read(token(email="a@example.com"), keys, jwt_owner_claim="email").name == "a@example.com"


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        (None, Role.OWNER),
        ([], Role.OWNER),
        (["others"], Role.OWNER),
        (["admin"], Role.OWNER),
        (["others", "calloff-admins"], Role.ADMIN),
        ("calloff-admins", Role.ADMIN),
        (["calloff-viewers", "calloff-operators"], Role.OPERATOR),
        (["calloff-viewers"], Role.VIEWER),
        ([{"name": "calloff-admins"}, 7, None], Role.OWNER),
        ({"calloff-admins": True}, Role.OWNER),
        ("task", Role.OWNER),
        (["x"] * 200 + ["calloff-admins"], Role.OWNER),
    ],
)
def test_roles_come_from_patterns_of_a_claims_values(keys, roles, role):
    assert read(token(roles=roles), keys).role is role


def test_es256(clock):
    keys = PublishedKeys(Issuer("one", algorithm="ES256").fetch, clock, with_settings(jwt_algorithm="ES256"))
    assert read(token(algorithm="ES256"), keys, jwt_algorithm="ES256").name == "alice"
    with pytest.raises(RefusedTokenError, match="another algorithm"):
        read(token(), keys, jwt_algorithm="ES256")


def test_hs256():
    keys = SharedSecret(SECRET.encode)
    assert read(token(algorithm="HS256"), keys, jwt_algorithm="HS256").name == "alice"
    forged = jwt.encode(issuer.claims(), "another secret of thirty-two bytes or more", "HS256")
    with pytest.raises(RefusedTokenError, match="InvalidSignatureError"):
        read(forged, keys, jwt_algorithm="HS256")


def test_a_secret_that_can_be_guessed_is_none():
    with pytest.raises(UnfitSecretError, match="31 bytes; at least 32"):
        SharedSecret(lambda: b"x" * 31).find(None)


@pytest.mark.parametrize("late_s", [0, 20])
def test_clocks_may_differ_by_the_leeway(keys, late_s):
    now = int(time.time())
    assert read(token(exp=now - late_s), keys).name == "alice"
    assert read(token(nbf=now + late_s, iat=now + late_s), keys).name == "alice"


def test_and_by_no_more(keys):
    with pytest.raises(RefusedTokenError, match="ExpiredSignatureError"):
        read(token(exp=int(time.time()) - 31), keys)


# -- bad ones


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused(keys, name):
    with pytest.raises(RefusedTokenError):
        read(attacks()[name], keys)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "alice", "Basic {}", "{}", "Bearer  {}", "Bearer {} {}", "Bearer\t{}"]
)
def test_what_is_no_bearer_token(keys, header):
    with pytest.raises(RefusedTokenError):
        caller_of(header.format(token(), token()), with_settings(), keys)


def test_a_token_that_is_too_long_is_not_even_read(one, keys):
    with pytest.raises(RefusedTokenError, match="too long"):
        read("x" * 8193, keys)
    assert one.asked == 0


@pytest.mark.parametrize("name", ATTACKS)
def test_a_refusal_says_nothing_of_the_token(keys, name):
    text = attacks()[name]
    with pytest.raises(RefusedTokenError) as refused:
        read(text, keys)
    assert len(str(refused.value)) < 40
    assert not [part for part in text.split(".") if len(part) > 8 and part in str(refused.value)]


# -- the issuer's keys


def test_keys_are_fetched_once(one, keys):
    for _ in range(5):
        read(token(), keys)
    assert one.asked == 1


def test_keys_are_fetched_again_after_a_while_and_a_withdrawn_one_is_gone(one, keys, clock):
    read(token(), keys)
    one.publish("two")
    clock.advance(600)
    read(token(), keys)
    clock.advance(1)
    with pytest.raises(RefusedTokenError, match="an unknown key"):
        read(token(), keys)
    assert read(token("two"), keys).name == "alice"
    assert one.asked == 2


def test_a_new_key_is_found_at_once(one, keys, clock):
    read(token(), keys)
    one.publish("one", "two")
    clock.advance(30)
    assert read(token("two"), keys).name == "alice"
    assert read(token("one"), keys).name == "alice"
    assert one.asked == 2


def test_made_up_keys_have_them_fetched_at_most_once_in_a_while(one, keys, clock):
    read(token(), keys)
    for asked in (1, 2):
        for number in range(50):
            with pytest.raises(RefusedTokenError, match="an unknown key"):
                read(token("foreign", headers={"kid": f"made-up-{number}"}), keys)
        assert one.asked == asked
        clock.advance(30)


def test_while_the_issuer_is_down_its_keys_hold_for_a_while(one, keys, clock):
    read(token(), keys)
    one.down = True
    clock.advance(3600)
    assert read(token(), keys).name == "alice"
    clock.advance(1)
    with pytest.raises(StoreUnavailableError):
        read(token(), keys)
    one.down = False
    clock.advance(30)
    assert read(token(), keys).name == "alice"


def test_from_an_issuer_that_never_answered_nobody_is_known(one, keys):
    one.down = True
    with pytest.raises(StoreUnavailableError):
        read(token(), keys)


@pytest.mark.parametrize("document", [b"", b"[]", b"{}", b'{"keys": 7}', b'{"keys": ["x"]}', b"<html>", b"\xff"])
def test_what_is_no_key_set_changes_nothing(one, keys, clock, document):
    read(token(), keys)
    one.document = document
    clock.advance(700)
    assert read(token(), keys).name == "alice"


UNUSABLE = {
    "for encryption": published("one", use="enc")[0],
    "for another algorithm": published("one", alg="RS512")[0],
    "without an id": published("one", kid=None)[0],
    "with a number for an id": published("one", kid=7)[0],
    "weak": published("weak", bits=1024)[0],
    "of a curve": published("one", algorithm="ES256")[0],
    "a shared secret": {"kty": "oct", "kid": "one", "k": "c2VjcmV0"},
    "without numbers": {"kty": "RSA", "kid": "one"},
    "with nonsense for numbers": {"kty": "RSA", "kid": "one", "n": "!", "e": "AQAB"},
    "without a type": {"kid": "one"},
    "nothing": {},
}


@pytest.mark.parametrize("key", UNUSABLE.values(), ids=UNUSABLE)
def test_a_key_that_is_not_for_signatures_of_this_algorithm_is_passed_over(key):
    assert list(usable(key_set(key, *published("two")), "RS256")) == ["two"]


class Answers:
    """An HTTP answer of an issuer."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status, self._body = status, body

    def read(self, most: int) -> bytes:
        return self._body[:most]


@pytest.mark.parametrize("answer", [Answers(302, b""), Answers(500, b"{}"), Answers(200, b"x" * 300_000)])
def test_an_issuers_answer_that_is_none(monkeypatch, answer):
    monkeypatch.setattr(urllib3.PoolManager, "request", lambda *_, **__: answer)
    with pytest.raises(StoreUnavailableError):
        fetch_keys(with_settings())


def test_an_issuer_that_cannot_be_reached():
    with pytest.raises(StoreUnavailableError):
        fetch_keys(with_settings(jwt_jwks_url="http://127.0.0.1:9/keys"))


# -- the authorizer


@pytest.fixture
def wired(monkeypatch, keys):
    monkeypatch.setattr(bootstrap, "settings", with_settings)
    monkeypatch.setattr(bootstrap, "signing_keys", lambda: keys)


@pytest.mark.usefixtures("wired")
def test_the_gateway_is_told_who_it_is_and_lets_them_through_everywhere():
    asked = AuthRequest("TOKEN", f"Bearer {token(roles=['calloff-operators'])}", METHOD)
    said = authorize(asked).to_dict(asked)
    assert (said["principalId"], said["context"]) == ("alice", {"role": "operator"})
    [statement] = said["policyDocument"]["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Resource"] == ["arn:aws:execute-api:us-east-1:123456789012:api/stage/*/*"]


@pytest.mark.usefixtures("wired")
def test_a_refusal_is_the_gateways_word_for_401_and_is_audited_without_the_token(caplog):
    caplog.set_level(logging.INFO, logger="calloff")
    bad = token(aud="others")
    with pytest.raises(UnauthorizedError, match=r"^Unauthorized$"):
        authorize(AuthRequest("TOKEN", f"Bearer {bad}", METHOD))
    line = json.loads(caplog.records[-1].getMessage())
    assert (line["event"], line["status"], line["why"]) == ("audit", 401, "InvalidAudienceError")
    assert line["method_arn"] == METHOD
    assert bad.split(".")[1] not in caplog.text


@pytest.mark.parametrize(
    ("context", "caller"),
    [
        ({"authorizer": {"principalId": "alice", "role": "owner"}}, Caller("alice")),
        ({"authorizer": {"principalId": "root", "role": "admin"}}, Caller("root", Role.ADMIN)),
        ({}, None),
        ({"authorizer": None}, None),
        ({"authorizer": {"principalId": "alice"}}, None),
        ({"authorizer": {"role": "admin"}}, None),
        ({"authorizer": {"principalId": "alice", "role": "task"}}, None),
        ({"authorizer": {"principalId": "alice", "role": "king"}}, None),
        ({"identity": {"userArn": "arn:aws:iam::123456789012:root"}}, None),
    ],
)
def test_the_function_believes_the_authorizer_alone(context, caller):
    headers = {"authorization": "Bearer alice"}
    if caller is None:
        with pytest.raises(Unauthenticated):
            authenticate(context, headers, with_settings())
    else:
        assert authenticate(context, headers, with_settings()) == caller


def test_the_keys_are_chosen_by_the_algorithm(monkeypatch):
    for algorithm, kind in [("HS256", SharedSecret), ("RS256", PublishedKeys), ("ES256", PublishedKeys)]:
        chosen = with_settings(jwt_algorithm=algorithm, jwt_secret_arn="arn")
        monkeypatch.setattr(bootstrap, "settings", lambda chosen=chosen: chosen)
        bootstrap.signing_keys.cache_clear()
        assert isinstance(bootstrap.signing_keys(), kind)
    bootstrap.signing_keys.cache_clear()
