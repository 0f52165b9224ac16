"""Principals of AWS, as names that stay: whoever signs in again tomorrow owns what they submitted today."""

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from chalicelib.authorization import Role
from chalicelib.config import Settings

_ASSUMED = re.compile(r"arn:(?P<partition>[^:]+):sts::(?P<account>\d+):assumed-role/(?P<role>[^/]+)/(?P<session>.+)")
_SSO = re.compile(r"(?P<set>AWSReservedSSO_.+)_[0-9a-f]{16}")
"""Roles of IAM Identity Center: the permission set, and a suffix that is another one when it is provisioned again."""
_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:(iam|sts)::\d+:(root|user/.+|federated-user/.+)")


def principal(identity: Mapping[str, Any]) -> str | None:
    """Name the principal of a signed request, from `requestContext.identity`; None where there is none.

    An assumed role is its role: the session's name is its caller's to choose, so it says nothing. Two kinds of session
    are named by AWS and not by their caller, and each is a person: those of IAM Identity Center (its user's name), and
    those of a Cognito identity pool (`cognitoIdentityId`). Users, federated users and the root are who they are.
    The forms: IAM User Guide, "IAM identifiers"; API Gateway Developer Guide, "Input format of a Lambda function".
    """
    arn = identity.get("userArn")
    if not isinstance(arn, str):
        return None
    if assumed := _ASSUMED.fullmatch(arn):
        role = f"arn:{assumed['partition']}:iam::{assumed['account']}:role/{assumed['role']}"
        if pool := identity.get("cognitoIdentityId"):
            return f"{role}/{pool}"
        if sso := _SSO.fullmatch(assumed["role"]):
            return f"arn:{assumed['partition']}:iam::{assumed['account']}:role/{sso['set']}/{assumed['session']}"
        return role
    return arn if _PRINCIPAL.fullmatch(arn) else None


def role_of(names: Iterable[str], settings: Settings) -> Role:
    """The strongest role whose patterns fit one of the names; owner where none does."""
    known = list(names)
    patterns = ((Role.ADMIN, settings.admins), (Role.OPERATOR, settings.operators), (Role.VIEWER, settings.viewers))
    for role, allowed in patterns:
        if any(fnmatchcase(name, pattern) for name in known for pattern in allowed):
            return role
    return Role.OWNER
