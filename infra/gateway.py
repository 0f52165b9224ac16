"""Who the gateway lets through to which route, and what it says to the others: one document for every ``Auth``.

Chalice writes one OpenAPI document for the routes of ``app.py``. Laid over it here: the authorizer of each route, which
is chosen by the parameter ``Auth``, and the gateway's own answers as the problem documents that the API speaks.
"""

import copy
from typing import Any

import msgspec

from chalicelib import problems
from chalicelib.auth import is_open
from chalicelib.problems import Problem
from infra.template import Template

PREFLIGHT = "options"
"""The method by which a browser asks what it may; it has no credentials yet."""
REQUEST_ID = "$context.requestId"
RETRY_AFTER_S = 1
AGAIN = "Send it again in a moment; repeating is safe (a submission: with the same Idempotency-Key)."
SIGN = "The gateway takes no request without valid credentials."

ANSWERS: dict[str, Problem] = {
    # API Gateway says 403 to these; they all mean that it does not know who calls.
    "MISSING_AUTHENTICATION_TOKEN": problems.Unauthenticated(SIGN),
    "INVALID_SIGNATURE": problems.Unauthenticated(SIGN),
    "EXPIRED_TOKEN": problems.Unauthenticated(SIGN),
    "UNAUTHORIZED": problems.Unauthenticated(SIGN),
    "ACCESS_DENIED": problems.Forbidden("The gateway's authorizer refuses."),
    "THROTTLED": problems.TooManyRequests(AGAIN),
    "QUOTA_EXCEEDED": problems.TooManyRequests(AGAIN),
    "BAD_REQUEST_BODY": problems.Malformed("The gateway cannot read the body."),
    "BAD_REQUEST_PARAMETERS": problems.Malformed("The gateway cannot read the parameters."),
    "REQUEST_TOO_LARGE": problems.BodyTooLarge("The gateway takes at most 10 MB."),
    "UNSUPPORTED_MEDIA_TYPE": problems.UnsupportedMediaType("The gateway does not take this media type."),
    # The function did not answer in time, or not at all: what it did by then is done.
    "INTEGRATION_TIMEOUT": problems.Unavailable(f"The outcome is not known. {AGAIN}"),
    "INTEGRATION_FAILURE": problems.Unavailable(f"The outcome is not known. {AGAIN}"),
    "AUTHORIZER_FAILURE": problems.Unavailable(AGAIN),
    "DEFAULT_5XX": problems.Internal("The gateway failed."),
}
"""Each kind of the gateway's own answers (API Gateway Developer Guide, gateway response types)."""


def guarded(template: Template) -> Template:
    """Lay authorizers and answers over the API of the template."""
    completed = copy.deepcopy(template)
    document = completed["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    document["securityDefinitions"] = _authorizers()
    document["x-amazon-apigateway-gateway-responses"] = {kind: _answer(problem) for kind, problem in ANSWERS.items()}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if not is_open(path) and method != PREFLIGHT:
                operation["security"] = _by_auth()
    return completed


def _by_auth() -> dict[str, Any]:
    return {"Fn::If": ["ByIam", [{"iam": []}], {"Fn::If": ["ByJwt", [{"jwt": []}], []]}]}


def _authorizers() -> dict[str, Any]:
    header = {"type": "apiKey", "name": "Authorization", "in": "header"}
    lambdas = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions"
    authorizer = {
        "type": "token",
        "authorizerUri": {"Fn::Sub": f"{lambdas}/${{Authorize.Arn}}/invocations"},
        # A token is read for each request: one that has expired is over for all of them.
        "authorizerResultTtlInSeconds": 0,
    }
    return {
        "iam": {**header, "x-amazon-apigateway-authtype": "awsSigv4"},
        "jwt": {
            **header,
            "x-amazon-apigateway-authtype": "custom",
            "x-amazon-apigateway-authorizer": authorizer,
        },
    }


def _answer(problem: Problem) -> dict[str, Any]:
    headers = {
        "Content-Type": "'application/problem+json'",
        "Cache-Control": "'private, no-cache'",
        "X-Request-Id": "context.requestId",
        **more_headers(problem),
    }
    return {
        "statusCode": problem.status,
        "responseParameters": {f"gatewayresponse.header.{name}": value for name, value in headers.items()},
        "responseTemplates": {"application/json": msgspec.json.encode(problem.document(REQUEST_ID)).decode()},
    }


def more_headers(problem: Problem) -> dict[str, str]:
    """The headers that some kinds of answers have beside the others', in the quotes of API Gateway's mappings."""
    match problem:
        case problems.TooManyRequests() | problems.Unavailable():
            return {"Retry-After": f"'{RETRY_AFTER_S}'"}
        case problems.Unauthenticated():
            return {"WWW-Authenticate": "'Bearer, AWS4-HMAC-SHA256'"}
        case _:
            return {}
