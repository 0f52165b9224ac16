"""Bear that the API cannot be had for a while, where something is followed for long."""

from calloff.carrying import AGAIN, Patience, Retry
from calloff.errors import APIError, CalloffError, NoAnswerError

OUTAGE_S = 60.0
"""Seconds that are borne, counted from the last answer."""


def passing(error: CalloffError) -> bool:
    """Tell what may be gone the next time from what was a refusal."""
    return isinstance(error, NoAnswerError) or (isinstance(error, APIError) and error.status in AGAIN)


class Outages:
    """Whether to go on, after each try that failed. Who was never heard is not waited for."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._heard: float | None = None

    def heard(self) -> None:
        """Keep that the API answered."""
        self._heard = self._patience.now()

    def bear(self, error: CalloffError, again_s: float) -> None:
        """Go on in so many seconds, or raise the error."""
        if self._heard is None or not passing(error) or self._patience.now() - self._heard > OUTAGE_S:
            raise error
        self._patience.notice(Retry(error, again_s))
