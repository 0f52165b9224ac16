"""The keys that an issuer signs its tokens with: the ones it publishes (JWKS, RFC 7517), or a secret that it shares."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import jwt
import msgspec

from chalicelib import log
from chalicelib.config import Settings
from chalicelib.ports import Clock, StoreUnavailableError

MIN_SECRET = 32
"""Bytes: HS256's secret is at least as long as its hash (RFC 7518, section 3.2)."""
MIN_RSA_BITS = 2048
"""RFC 7518, section 3.3."""
KEY_TYPES = {"RS256": "RSA", "ES256": "EC"}


class UnfitSecretError(Exception):
    """The shared secret is too short to be one."""


class SharedSecret:
    """The one key of HS256. Whatever id a token names: there is no other."""

    def __init__(self, read: Callable[[], bytes]) -> None:
        """Read the secret when it is first needed, and once."""
        self._read = read
        self._secret: bytes | None = None

    def find(self, _: str | None) -> bytes:
        """Give the secret."""
        if self._secret is None:
            secret = self._read()
            if len(secret) < MIN_SECRET:
                raise UnfitSecretError(f"the secret of HS256 has {len(secret)} bytes; at least {MIN_SECRET}")
            self._secret = secret
        return self._secret


class PublishedKeys:
    """The keys at the issuer's address, kept for a while.

    A key that is not among them may be new: then they are fetched again, at most once in `jwks_refetch_s`, so that
    nobody has us fetch with made-up ids. While the issuer does not answer, the old ones hold for `jwks_stale_s`.
    """

    def __init__(self, fetch: Callable[[], bytes], clock: Clock, settings: Settings) -> None:
        """Take `fetch`, which raises `StoreUnavailableError` where the issuer does not answer."""
        self._fetch = fetch
        self._clock = clock
        self._settings = settings
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None

    def find(self, key_id: str | None) -> jwt.PyJWK | None:
        """Find a key by its id; a token without one is nobody's."""
        if not isinstance(key_id, str):
            return None
        if self._older_than(self._settings.jwks_cache_s) or key_id not in self._keys:
            self._fetch_again()
        if self._older_than(self._settings.jwks_stale_s):
            raise StoreUnavailableError("the issuer's keys cannot be fetched")
        return self._keys.get(key_id)

    def _fetch_again(self) -> None:
        now = self._clock.now()
        if self._tried_at is not None and now - self._tried_at < timedelta(seconds=self._settings.jwks_refetch_s):
            return
        self._tried_at = now
        try:
            self._keys = usable(self._fetch(), self._settings.jwt_algorithm)
        except (StoreUnavailableError, msgspec.MsgspecError) as error:
            log.warning("issuer_keys_unfetched", error=str(error))
            return
        self._fetched_at = now
        log.info("issuer_keys_fetched", keys=sorted(self._keys))

    def _older_than(self, seconds: int) -> bool:
        return self._fetched_at is None or self._clock.now() - self._fetched_at > timedelta(seconds=seconds)


class _KeySet(msgspec.Struct):
    keys: list[dict[str, Any]]


def usable(document: bytes, algorithm: str) -> Mapping[str, jwt.PyJWK]:
    """Read a key set: the keys that sign with this algorithm, by their ids. Others are passed over.

    Raises:
        msgspec.MsgspecError: it is no key set.
    """
    found = msgspec.json.decode(document, type=_KeySet)
    return {key["kid"]: made for key in found.keys if (made := _made(key, algorithm)) is not None}


def _made(key: dict[str, Any], algorithm: str) -> jwt.PyJWK | None:
    """Make a key, if it is meant for signatures of this algorithm and strong enough."""
    meant = key.get("kty") == KEY_TYPES[algorithm] and key.get("use", "sig") == "sig"
    if not meant or key.get("alg", algorithm) != algorithm or not isinstance(key.get("kid"), str):
        return None
    try:
        made = jwt.PyJWK(key, algorithm=algorithm)
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        log.warning("issuer_key_unusable", kid=key["kid"], error=type(error).__name__)
        return None
    return None if algorithm == "RS256" and made.key.key_size < MIN_RSA_BITS else made
