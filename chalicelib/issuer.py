"""The issuer's address, over HTTP."""

import urllib3

from chalicelib.config import Settings
from chalicelib.ports import StoreUnavailableError

MAX_BYTES = 256 * 1024
"""Nobody has so many keys."""
OK = 200


def fetch_keys(settings: Settings) -> bytes:
    """Fetch the issuer's key set. No redirect is followed: it would lead away from the address that was configured.

    Raises:
        StoreUnavailableError: the issuer does not answer, or with something else.
    """
    timeout = urllib3.Timeout(connect=settings.connect_timeout_s, read=settings.read_timeout_s)
    try:
        with urllib3.PoolManager() as pool:
            answer = pool.request(
                "GET", settings.jwt_jwks_url, timeout=timeout, retries=False, redirect=False, preload_content=False
            )
            body = answer.read(MAX_BYTES + 1)
            status = answer.status
    except urllib3.exceptions.HTTPError as error:
        raise StoreUnavailableError(f"the issuer does not answer: {type(error).__name__}") from error
    if status != OK or len(body) > MAX_BYTES:
        raise StoreUnavailableError(f"the issuer answers {status}, {len(body)} bytes")
    return body
