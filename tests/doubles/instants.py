"""The engine's clock, as Calloff reads it."""

from datetime import UTC, datetime

from localcloud.ecs import HeldClock


class Instants:
    """Keeps the promises of Calloff's `Clock` on the engine's clock: the same time, as datetimes."""

    def __init__(self, held: HeldClock) -> None:
        self._held = held

    def now(self) -> datetime:
        return datetime.fromtimestamp(round(self._held.now(), 3), UTC)

    def sleep(self, seconds: float) -> None:
        self._held.advance(seconds)
