"""Signed requests: judged by botocore's own signer, given what came over the wire."""

import datetime as dt

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from calloff import SigV4
from calloff.errors import SettingsError
from tests.doubles.recorded import answer

AT = "%Y%m%dT%H%M%SZ"


def signed_again(asked, url, monkeypatch):
    """What the signature must be: made of the headers that the request says are signed."""
    names = asked.headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    request = AWSRequest(method=asked.method, url=url + asked.target, data=asked.body)
    for name in names:
        if name not in ("host", "x-amz-date"):
            request.headers[name] = asked.headers[name]
    then = dt.datetime.strptime(asked.headers["x-amz-date"], AT).replace(tzinfo=dt.UTC)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: then)
    SigV4Auth(Credentials("test", "test"), "execute-api", "eu-west-1").add_auth(request)
    return request.headers["Authorization"]


@pytest.mark.parametrize(
    ("method", "arguments", "options"),
    [
        ("submit", ("busybox", ["sleep", "60"]), {"idempotency_key": "nightly 7"}),
        ("get", ("7 8/9",), {}),
        ("cancel", ("7",), {"reason": "ö"}),
    ],
)
def test_a_request_is_signed_as_it_arrives(method, arguments, options, api, client_of, document, monkeypatch):
    api.answers(answer(document()))
    client_of(api.url, auth=SigV4(region="eu-west-1"))(method, *arguments, **options)
    [asked] = api.asked
    assert asked.headers["authorization"] == signed_again(asked, api.url, monkeypatch)


def test_a_query_is_signed_too(api, client_of, document, monkeypatch):
    api.answers(answer({"tasks": [document()], "cursor": None}))
    client_of(api.url, auth=SigV4(region="eu-west-1"))("list", labels={"team": "a b"}, status=["running", "failed"])
    assert api.asked[0].headers["authorization"] == signed_again(api.asked[0], api.url, monkeypatch)


def test_what_is_sent_again_is_signed_again(api, client_of, document):
    from chalicelib.problems import Unavailable
    from tests.doubles.recorded import problem

    api.answers(problem(Unavailable("Later.")), answer(document()))
    client_of(api.url, auth=SigV4(region="eu-west-1"))("get", "7")
    assert all(a.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=test/") for a in api.asked)


def test_without_credentials_it_says_so(monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(SettingsError, match="No AWS credentials"):
        SigV4(region="eu-west-1")


def test_without_a_region_it_says_so(monkeypatch):
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(SettingsError, match="No AWS region"):
        SigV4()


def test_a_profile_that_is_not_there_is_named():
    with pytest.raises(SettingsError, match="nobody"):
        SigV4(region="eu-west-1", profile="nobody")
