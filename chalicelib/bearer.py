"""Tokens of an issuer (JSON Web Tokens, RFC 7519): whom they name, if they are genuine.

Imports PyJWT and with it `cryptography`, which take their time: only the authorizer's function imports this module.
What a token says of itself is never believed: its algorithm is the configured one or it is refused, and a key is taken
for that algorithm only.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import jwt

from chalicelib.authorization import Caller
from chalicelib.config import Settings
from chalicelib.principals import role_of

MAX_NAME = 255
"""Characters of an owner's name."""
MAX_ROLES = 200
"""Values of the roles' claim that are looked at."""

Key = Any
"""Whatever PyJWT verifies with: the shared secret, or a public key."""


class RefusedTokenError(Exception):
    """The token is refused; the message says why, and holds nothing of the token."""


class SigningKeys(Protocol):
    """Where the keys are that the issuer signs with."""

    def find(self, key_id: str | None) -> Key | None:
        """Find the key of this id; None where there is none.

        Raises:
            StoreUnavailableError: nobody knows at this moment.
        """


def caller_of(authorization: str, settings: Settings, keys: SigningKeys) -> Caller:
    """Read `Authorization: Bearer <token>`, and tell who calls.

    Raises:
        RefusedTokenError: it is no genuine token for this API, or not at this moment.
        StoreUnavailableError: nobody knows at this moment.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise RefusedTokenError("no bearer token")
    if len(token) > settings.jwt_max_bytes:
        raise RefusedTokenError("too long")
    try:
        claims = _claims(token, settings, keys)
    except jwt.PyJWTError as error:
        # By its kind alone: the words of some quote the token.
        raise RefusedTokenError(type(error).__name__) from None
    return Caller(_name(claims, settings), role_of(_roles(claims, settings), settings))


def _claims(token: str, settings: Settings, keys: SigningKeys) -> Mapping[str, Any]:
    header = jwt.get_unverified_header(token)
    if header.get("alg") != settings.jwt_algorithm:
        raise RefusedTokenError("another algorithm")
    key = keys.find(header.get("kid"))
    if key is None:
        raise RefusedTokenError("an unknown key")
    claims: Mapping[str, Any] = jwt.decode(
        token,
        key,
        algorithms=[settings.jwt_algorithm],
        audience=settings.jwt_audience,
        issuer=settings.jwt_issuer,
        leeway=settings.jwt_leeway_s,
        options={"require": ["exp", "iss", "aud"], "verify_signature": True},
    )
    return claims


def _name(claims: Mapping[str, Any], settings: Settings) -> str:
    name = claims.get(settings.jwt_owner_claim)
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise RefusedTokenError("no owner's name")
    return name


def _roles(claims: Mapping[str, Any], settings: Settings) -> list[str]:
    found = claims.get(settings.jwt_roles_claim)
    values = found if isinstance(found, list) else [found]
    return [value for value in values[:MAX_ROLES] if isinstance(value, str)]
