"""The folder in which a local cloud keeps its state and its logs."""

from __future__ import annotations

import fcntl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.trouble import FolderInUseError

if TYPE_CHECKING:
    from localcloud.keeper import Keeper


class Folder:
    """A folder of its own: a given one, which stays, or a temporary one, which goes in the end."""

    def __init__(self, given: Path | None, keeper: Keeper) -> None:
        if given is None:
            self.path = Path(tempfile.mkdtemp(prefix="calloff-"))
            keeper.remove(self.path)
        else:
            self.path = given.resolve()
            self.path.mkdir(parents=True, exist_ok=True)
        self._lock = (self.path / "lock").open("w")
        self._claim()

    def _claim(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUseError(f"another local cloud works in {self.path}") from None

    def close(self) -> None:
        """Let another one work in it."""
        self._lock.close()
