"""Who is calling: from what API Gateway says of a request, and from its headers."""

import re
from collections.abc import Mapping
from typing import Any, assert_never

from chalicelib.authorization import Caller, Role
from chalicelib.config import Settings
from chalicelib.principals import principal, role_of
from chalicelib.problems import Unauthenticated

OPEN = ("/", "/{proxy+}", "/healthz", "/openapi.json", "/docs", "/self")
"""Resources at which the gateway asks nobody who they are. The first two do not exist, and are answered 404."""
OPEN_BELOW = ("/docs/", "/self/")
"""What begins so is open, too. Whoever calls `/self` shows the function itself a task's token."""


def is_open(resource: str) -> bool:
    """Tell whether the gateway asks nobody here who they are."""
    return resource in OPEN or resource.startswith(OPEN_BELOW)


LOCAL_ROLES: Mapping[str, Role] = {role.value: role for role in (Role.ADMIN, Role.OPERATOR, Role.VIEWER)}
"""Names with a role, on an emulator; everybody else is an owner."""
_BEARER = re.compile(r"(?i:bearer) ([a-z0-9][a-z0-9._-]{0,63})")


def authenticate(context: Mapping[str, Any], headers: Mapping[str, str], settings: Settings) -> Caller:
    """Tell who calls, as the settings say. `context` is the request context, which API Gateway alone writes.

    Raises:
        Unauthenticated: nobody, or nobody that can be known.
    """
    match settings.auth:
        case "iam":
            return _iam_caller(context, settings)
        case "jwt":
            return _jwt_caller(context)
        case "local":
            return local_caller(headers.get("authorization"))
        case other:
            assert_never(other)


def local_caller(authorization: str | None) -> Caller:
    """Take the caller's word: `Authorization: Bearer alice`. The settings allow it on an emulator only.

    Raises:
        Unauthenticated: there is no such header.
    """
    if not (found := _BEARER.fullmatch(authorization or "")):
        raise Unauthenticated("Send 'Authorization: Bearer <name>'.", {"WWW-Authenticate": "Bearer"})
    return Caller(found[1], LOCAL_ROLES.get(found[1], Role.OWNER))


def _iam_caller(context: Mapping[str, Any], settings: Settings) -> Caller:
    """API Gateway checked the signature, and says whose it is; a route without that check has nobody here."""
    name = principal(context.get("identity") or {})
    if name is None:
        raise Unauthenticated("Sign the request (AWS Signature Version 4).", {"WWW-Authenticate": "AWS4-HMAC-SHA256"})
    return Caller(name, role_of([name], settings))


def _jwt_caller(context: Mapping[str, Any]) -> Caller:
    """The authorizer read the token (`chalicelib.authorizer`); a route without it has nobody here."""
    found = context.get("authorizer") or {}
    name, role = found.get("principalId"), found.get("role")
    if not name or role not in set(Role) - {Role.TASK}:
        raise Unauthenticated("Send 'Authorization: Bearer <token>'.", {"WWW-Authenticate": "Bearer"})
    return Caller(name, Role(role))
