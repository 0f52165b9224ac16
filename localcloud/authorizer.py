"""Asks the application's authorizer who sent a token, as API Gateway does where callers are known by tokens.

Sources: API Gateway developer guide, "Input to a Lambda authorizer" and "Output from a Lambda authorizer": an event of
type TOKEN with the header and the ARN of the method; a policy, a principal and a context as the answer; an error whose
message is *Unauthorized* is a 401, every other a 500; a policy that does not allow the method is a 403.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from localcloud.gateway import STAGE
from localcloud.lambda_context import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Let:
    """The request goes on, and the function is told this of its caller (``requestContext.authorizer``)."""

    context: dict[str, Any]


@dataclass(frozen=True)
class Turned:
    """The gateway answers by itself: one of its own answers, by its type."""

    away: str


class Authorizer:
    """The application's function that reads tokens."""

    def __init__(self, call: Callable[[Any, Any], Any], region: str) -> None:
        self._call = call
        self._region = region

    def ask(self, event: dict[str, Any], context: Any) -> Let | Turned:
        """Ask about the request of this proxy event."""
        token = event["headers"].get("Authorization")
        if not token:
            # Without its identity source the gateway does not even ask.
            return Turned("UNAUTHORIZED")
        method = f"{self._api}/{STAGE}/{event['httpMethod']}{event['path']}"
        try:
            answer = self._call({"type": "TOKEN", "authorizationToken": token, "methodArn": method}, context)
        except Exception as error:
            if str(error) == "Unauthorized":
                return Turned("UNAUTHORIZED")
            log.exception("the authorizer raised")
            return Turned("AUTHORIZER_FAILURE")
        if not allows(answer["policyDocument"], method):
            return Turned("ACCESS_DENIED")
        return Let({"principalId": answer["principalId"], **answer.get("context", {})})

    @property
    def _api(self) -> str:
        return f"arn:aws:execute-api:{self._region}:{ACCOUNT}:local"


def allows(policy: dict[str, Any], method: str) -> bool:
    """Tell whether a statement of the policy names the method. Calloff's policies have no Deny."""
    named = [
        each for statement in policy["Statement"] if statement["Effect"] == "Allow" for each in statement["Resource"]
    ]
    return any(fnmatchcase(method, each) for each in named)
