"""Counts what real boto3 clients send, on botocore's last hook before the socket: retries count, too."""

from __future__ import annotations

from collections import Counter
from typing import Any


class Tally:
    """The operations that some clients sent."""

    def __init__(self, *clients: Any) -> None:
        self._sent: Counter[str] = Counter()
        self._counted: Counter[str] = Counter()
        for client in clients:
            service = client.meta.service_model.service_id.hyphenize()
            client.meta.events.register_first(f"before-send.{service}", self._count)

    def _count(self, event_name: str, **_: object) -> None:
        self._sent[event_name.rpartition(".")[2]] += 1

    def new(self) -> dict[str, int]:
        """The operations since this was asked last, each with its number."""
        new = self._sent - self._counted
        self._counted = self._sent.copy()
        return dict(sorted(new.items()))
