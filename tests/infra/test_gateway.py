"""Who the gateway lets through, and what it says to the others."""

import json

import pytest

from chalicelib.problems import URN
from infra import gateway

OPEN = {"/", "/{proxy+}", "/healthz", "/openapi.json", "/docs"}


@pytest.fixture(scope="module")
def document(built) -> dict:
    return built.template()["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]


def test_whatever_is_not_named_open_is_closed_in_every_method_but_preflight(document):
    is_open = {
        (path, method)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if "security" not in operation
    }
    outside = {method for path, method in is_open if path not in OPEN and not path.startswith(("/self", "/docs/"))}
    assert outside == {"options"}
    assert {path for path, _ in is_open} >= {"/healthz", "/self", "/openapi.json", "/docs"}


@pytest.mark.parametrize("path", ["/tasks", "/tasks/{task_id}", "/selfish", "/docsify", "/healthz/more"])
def test_what_only_looks_open_is_closed(path):
    assert not gateway.is_open(path)


def test_callers_are_known_by_what_the_stack_is_told(document):
    security = document["paths"]["/tasks"]["post"]["security"]
    assert security == {"Fn::If": ["ByIam", [{"iam": []}], {"Fn::If": ["ByJwt", [{"jwt": []}], []]}]}
    assert document["securityDefinitions"]["iam"]["x-amazon-apigateway-authtype"] == "awsSigv4"


@pytest.mark.parametrize("kind", gateway.ANSWERS)
def test_the_gateways_own_answers_are_problem_documents(document, kind):
    answer = document["x-amazon-apigateway-gateway-responses"][kind]
    said = json.loads(answer["responseTemplates"]["application/json"])
    assert said["status"] == answer["statusCode"]
    assert said["type"].startswith(URN)
    assert said["instance"] == "urn:calloff:request:$context.requestId"
    headers = answer["responseParameters"]
    assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
    assert headers["gatewayresponse.header.X-Request-Id"] == "context.requestId"


@pytest.mark.parametrize(
    ("kind", "status", "header"),
    [
        ("MISSING_AUTHENTICATION_TOKEN", 401, "WWW-Authenticate"),
        ("UNAUTHORIZED", 401, "WWW-Authenticate"),
        ("ACCESS_DENIED", 403, None),
        ("THROTTLED", 429, "Retry-After"),
        ("INTEGRATION_TIMEOUT", 503, "Retry-After"),
    ],
)
def test_it_says_who_when_and_whether_again(document, kind, status, header):
    answer = document["x-amazon-apigateway-gateway-responses"][kind]
    assert answer["statusCode"] == status
    assert header is None or f"gatewayresponse.header.{header}" in answer["responseParameters"]


def test_rates_are_limited_and_each_request_is_logged(stand):
    stage = stand.client("apigateway").get_stage(restApiId=stand.names["RestAPI"], stageName="api")
    limits = stage["methodSettings"]["*/*"]
    assert (limits["throttlingRateLimit"], limits["throttlingBurstLimit"]) == (100, 200)
    assert not limits["dataTraceEnabled"]
    properties = stand.resources["RestAPI"]["Properties"]
    assert json.loads(properties["AccessLogSetting"]["Format"])["request_id"] == "$context.requestId"
