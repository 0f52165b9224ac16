"""Which pages of other origins may read answers in a browser (the Fetch standard, "CORS protocol").

Credentials in the protocol's sense (cookies) are never allowed: callers send a header of their own, which a page can do
without. So `*` gives nobody more than they could have by themselves.
"""

from collections.abc import Sequence

ANY = "*"
EXPOSED = (
    *("Allow", "ETag", "Idempotency-Replayed", "Link", "Location", "Preference-Applied", "Retry-After"),
    *("WWW-Authenticate", "X-Request-Id"),
)
ACCEPTED = (
    *("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Prefer"),
    *("X-Amz-Content-Sha256", "X-Amz-Date", "X-Amz-Security-Token"),
)
"""What a page may send: our own headers, and those of a signed request."""
MAX_AGE_S = 600
"""For how long a browser may remember a preflight's answer."""


def cors_headers(origins: Sequence[str], origin: str | None, methods: str | None = None) -> dict[str, str]:
    """Make the headers of any answer to this origin, and where `methods` are given, of the answer to a preflight."""
    if not origins:
        return {}
    # The answer differs by origin, so a cache must not give it to another.
    vary = {} if ANY in origins else {"Vary": "Origin"}
    if origin is None or not (ANY in origins or origin in origins):
        return vary
    allowed = ANY if ANY in origins else origin
    asked = {"Access-Control-Expose-Headers": ", ".join(EXPOSED)} if methods is None else _preflight(methods)
    return {**vary, "Access-Control-Allow-Origin": allowed, **asked}


def _preflight(methods: str) -> dict[str, str]:
    return {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": ", ".join(ACCEPTED),
        "Access-Control-Max-Age": str(MAX_AGE_S),
    }
