"""What a caller would rather have: `Prefer: wait=10` (RFC 7240)."""

import re

_WAIT = re.compile(r'wait[ \t]*=[ \t]*"?([0-9]{1,9})"?[ \t]*(?:;.*)?', re.IGNORECASE)


def wait_s(prefer: str | None, most_s: int) -> int | None:
    """How many seconds the caller would wait for the end, at most `most_s`; None: they said nothing that counts.

    A preference that is not understood is passed over, and the first of two counts: so says the RFC (section 2).
    """
    for preference in (prefer or "").split(","):
        if found := _WAIT.fullmatch(preference.strip()):
            return min(int(found[1]), most_s)
    return None


def preference_applied(seconds: int | None) -> dict[str, str]:
    """Make the header that tells a caller that their preference counted, and how far."""
    return {} if seconds is None else {"Preference-Applied": f"wait={seconds}"}
