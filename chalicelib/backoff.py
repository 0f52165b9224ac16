"""When to try again: exponential, with full jitter, so that many who were refused together do not return together."""

import random
from datetime import timedelta


def backoff(tries: int, first_s: float, most_s: float) -> timedelta:
    """Draw the wait after so many tries (from 1): evenly from 0 to `first_s` doubled each time, at most `most_s`."""
    ceiling = min(most_s, first_s * 2 ** min(tries - 1, 32))
    return timedelta(seconds=random.uniform(0, ceiling))  # noqa: S311 - spreads load, guards nothing
