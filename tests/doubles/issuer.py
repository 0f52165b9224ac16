"""An issuer of tokens: its keys, what it publishes of them, and tokens good and bad."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

ISSUER = "https://issuer.example"
AUDIENCE = "calloff"
SECRET = "a secret of thirty-two bytes or more"
SETTINGS = {
    "auth": "jwt",
    "jwt_issuer": ISSUER,
    "jwt_audience": AUDIENCE,
    "jwt_jwks_url": "https://issuer.example/keys",
    "admins": ("calloff-admins",),
    "operators": ("calloff-operators",),
    "viewers": ("calloff-view*",),
}


def private_key(name: str, algorithm: str = "RS256", bits: int = 2048) -> Any:
    """A key pair, the same for the same name."""
    return _generated(name, algorithm, bits)


@cache
def _generated(_: str, algorithm: str, bits: int) -> Any:
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, bits)


def published(*names: str, algorithm: str = "RS256", bits: int = 2048, **parts: Any) -> list[dict[str, Any]]:
    """The public halves, as the issuer shows them."""
    shape = jwt.get_algorithm_by_name(algorithm)
    keys = {name: private_key(name, algorithm, bits).public_key() for name in names}
    return [{**shape.to_jwk(key, as_dict=True), "kid": name, "use": "sig", **parts} for name, key in keys.items()]


def key_set(*keys: Mapping[str, Any]) -> bytes:
    """A document of published keys."""
    return json.dumps({"keys": keys}).encode()


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of a good token; a change to None leaves one out."""
    now = int(time.time())
    good = {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "iat": now, "exp": now + 600}
    return {name: value for name, value in (good | changes).items() if value is not None}


def token(key: str = "one", algorithm: str = "RS256", headers: Mapping[str, Any] | None = None, **changes: Any) -> str:
    """A token that the issuer signed with the key of this name."""
    by = SECRET if algorithm == "HS256" else private_key(key, algorithm)
    return jwt.encode(claims(**changes), by, algorithm, {"kid": key, **(headers or {})})


def public_pem(key: str = "one") -> bytes:
    """The public key as text: what an attacker would take for a shared secret."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return private_key(key).public_key().public_bytes(serialization.Encoding.PEM, form)


def part(content: object) -> str:
    """A part of a token that is made by hand."""
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def confused(secret: bytes) -> str:
    """A token of HS256 whose secret is the public key: PyJWT would not make it."""
    content = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': 'one'})}.{part(claims())}"
    tag = hmac.digest(secret, content.encode(), hashlib.sha256)
    return f"{content}.{base64.urlsafe_b64encode(tag).decode().rstrip('=')}"


def attacks() -> dict[str, str]:
    """Tokens that must be refused, by what is wrong with them."""
    now = int(time.time())
    good = token()
    header, content, signature = good.split(".")
    return {
        "none": f"{part({'alg': 'none', 'kid': 'one'})}.{content}.",
        "None, in another spelling": f"{part({'alg': 'nOnE', 'kid': 'one'})}.{content}.",
        "none, and a signature": f"{part({'alg': 'none', 'kid': 'one'})}.{content}.{signature}",
        "the public key as a shared secret": confused(public_pem()),
        "the shared secret of somebody": token(algorithm="HS256"),
        "another curve": token(algorithm="ES256"),
        "another hash": jwt.encode(claims(), private_key("one"), "RS512", {"kid": "one"}),
        "another audience": token(aud="others"),
        "audiences, and ours not among them": token(aud=["others", "calloffs"]),
        "another issuer": token(iss="https://evil.example"),
        "an issuer that begins alike": token(iss=f"{ISSUER}.evil.example"),
        "expired": token(exp=now - 60),
        "expired long ago": token(exp=1),
        "no expiry": token(exp=None),
        "an expiry that is no number": token(exp="never"),
        "not yet": token(nbf=now + 600),
        "issued in the future": token(iat=now + 600),
        "no audience": token(aud=None),
        "no issuer": token(iss=None),
        "no owner": token(sub=None),
        "an empty owner": token(sub=""),
        "an owner with a newline": token(sub="alice\nbob"),
        "an owner with a NUL": token(sub="alice\0"),
        "an owner too long": token(sub="a" * 256),
        "a foreign key": jwt.encode(claims(), private_key("foreign"), "RS256", {"kid": "one"}),
        "a key that is not published": token("foreign"),
        "no key's id": jwt.encode(claims(), private_key("one"), "RS256"),
        "its own key": token("foreign", headers={"jwk": published("foreign")[0]}),
        "its own address of keys": token("foreign", headers={"jku": "https://evil.example/keys"}),
        "a key's id that is a path": token("foreign", headers={"kid": "../../../dev/null"}),
        "claims of another": f"{header}.{part(claims(sub='admin'))}.{signature}",
        "no signature": f"{header}.{content}.",
        "two parts": f"{header}.{content}",
        "four parts": f"{good}.{signature}",
        "nothing": "",
        "rubbish": "x.y.z",
        "huge": token(note="x" * 9000),
        "deep": f"{base64.urlsafe_b64encode(b'[' * 3000).decode()}.{content}.{signature}",
        "an extension that must be understood": token(headers={"crit": ["exp2"], "exp2": 1}),
    }
