"""The system's clock."""

import time
from datetime import UTC, datetime


class SystemClock:
    """Keeps the promises of `Clock`."""

    def now(self) -> datetime:
        """Tell the instant, to the millisecond, as the records keep it."""
        instant = datetime.now(UTC)
        return instant.replace(microsecond=instant.microsecond // 1000 * 1000)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
