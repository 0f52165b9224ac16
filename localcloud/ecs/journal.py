"""What survives a crash: rows of JSON by kind and key, written in one transaction a change."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One fact; `body` of ``None`` removes it."""

    kind: str
    key: str
    body: bytes | None


class Journal(Protocol):
    """Keeps rows. A `write` is whole or did not happen, also when the process is killed."""

    def write(self, rows: Iterable[Row]) -> None:
        """Put or remove these rows together."""

    def read(self, kind: str) -> dict[str, bytes]:
        """Answer the rows of a kind in the order of their keys."""


class MemoryJournal:
    """A journal that lives as long as its object: enough for a test to restart an engine on it."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, bytes]] = {}

    def write(self, rows: Iterable[Row]) -> None:
        """Put or remove these rows."""
        for row in rows:
            kept = self._rows.setdefault(row.kind, {})
            if row.body is None:
                kept.pop(row.key, None)
            else:
                kept[row.key] = row.body

    def read(self, kind: str) -> dict[str, bytes]:
        """Answer the rows of a kind."""
        return dict(sorted(self._rows.get(kind, {}).items()))


class FileJournal:
    """A journal in a SQLite file.

    ``synchronous=OFF`` leaves a commit to the operating system: it outlives a SIGKILL of the process, not a
    power cut, and costs tens of microseconds.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS rows (kind TEXT, key TEXT, body BLOB, PRIMARY KEY (kind, key)) WITHOUT ROWID"
        )

    def write(self, rows: Iterable[Row]) -> None:
        """Put or remove these rows in one transaction."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            for row in rows:
                self._put(row)
            self._database.execute("COMMIT")

    def _put(self, row: Row) -> None:
        if row.body is None:
            self._database.execute("DELETE FROM rows WHERE kind = ? AND key = ?", (row.kind, row.key))
        else:
            self._database.execute("REPLACE INTO rows VALUES (?, ?, ?)", (row.kind, row.key, row.body))

    def read(self, kind: str) -> dict[str, bytes]:
        """Answer the rows of a kind in the order of their keys."""
        with self._lock:
            found = self._database.execute("SELECT key, body FROM rows WHERE kind = ? ORDER BY key", (kind,))
            return dict(found.fetchall())

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()
