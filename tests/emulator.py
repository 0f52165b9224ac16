"""A MiniStack for tests."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localcloud import aws, ministack, ports
from localcloud.keeper import Keeper

READY_WITHIN_S = 60


@contextmanager
def emulator(folder: Path) -> Iterator[str]:
    """Run one on a free port, with its state in `folder`; its URL."""
    [port] = ports.free(1)
    keeper = Keeper()
    part = ministack.part(port, folder, aws.clean(os.environ), keeper)
    part.start()
    try:
        part.wait_ready(lambda: ministack.ready(port), READY_WITHIN_S)
        yield f"http://{ports.HOST}:{port}"
    finally:
        part.stop(ministack.GRACE_S)
        keeper.close()
