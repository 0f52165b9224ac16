"""Keys, each for one purpose, derived from the one secret of the deployment."""

import hashlib
import hmac
from collections.abc import Callable
from enum import StrEnum
from functools import cached_property


class Purpose(StrEnum):
    """What a key is for. What one key made is worth nothing to another."""

    TASK_TOKEN = "calloff/1/task-token"  # noqa: S105 - a label, not a secret
    CURSOR = "calloff/1/cursor"
    LOG_CURSOR = "calloff/1/log-cursor"


class Keys:
    """The keys of a deployment."""

    def __init__(self, read: Callable[[], bytes]) -> None:
        """Read the secret when the first key is needed, and once: on AWS that costs a call."""
        self._read = read

    def tag(self, purpose: Purpose, content: bytes) -> bytes:
        """Authenticate `content` for a purpose: 32 bytes that nobody makes without the secret.

        The key is HMAC(secret, purpose), as in the expansion of HKDF (RFC 5869); the secret is uniformly random.

        Raises:
            StoreUnavailableError: the secret cannot be read at this moment.
        """
        key = hmac.digest(self._secret, purpose.encode(), hashlib.sha256)
        return hmac.digest(key, content, hashlib.sha256)

    @staticmethod
    def same(one: bytes, other: bytes) -> bool:
        """Compare, in a time that does not depend on where they differ."""
        return hmac.compare_digest(one, other)

    @cached_property
    def _secret(self) -> bytes:
        return self._read()
