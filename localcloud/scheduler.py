"""The schedules, as EventBridge keeps them on AWS, but quicker: ``python -m localcloud.scheduler URL``.

A schedule is not called again before its last call was answered; a call that fails is made again at the next turn.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from localcloud.part import Part

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from localcloud.keeper import Keeper

NAME = "scheduler"
GRACE_S = 2.0
#: Longer than a function may run.
ANSWER_S = 60.0
#: EventBridge's event of a schedule, as far as the handlers read it (EventBridge User Guide, scheduled events).
EVENT = {
    "version": "0",
    "id": "00000000-0000-0000-0000-000000000000",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "000000000000",
    "time": "1970-01-01T00:00:00Z",
    "region": "us-east-1",
    "resources": [],
    "detail": {},
}


@dataclass(frozen=True)
class Schedule:
    """A handler, and the seconds between its calls."""

    handler: str
    every_s: float


SCHEDULES = (Schedule("sweep", 1.0), Schedule("hunt", 5.0))


def part(receiver: str, folder: Path, environment: Mapping[str, str], keeper: Keeper) -> Part:
    """Describe the process that keeps the schedules; ``receiver`` is the address of the receiver of events."""
    argv = [sys.executable, "-m", "localcloud.scheduler", receiver]
    return Part(NAME, argv, environment, folder / f"{NAME}.log", keeper)


def main(receiver: str) -> None:
    """Keep the schedules until SIGTERM."""
    for schedule in SCHEDULES:
        threading.Thread(target=keep, args=(receiver, schedule), daemon=True).start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


def keep(receiver: str, schedule: Schedule) -> None:
    """Call a handler again and again."""
    with httpx.Client(base_url=receiver, timeout=ANSWER_S, trust_env=False) as client:
        while True:
            began = time.monotonic()
            try:
                answer = client.post(f"/_localcloud/events/{schedule.handler}", json=EVENT)
                if answer.is_error:
                    print(f"{schedule.handler}: {answer.status_code} {answer.text}", flush=True)
            except httpx.HTTPError as error:
                print(f"{schedule.handler}: {error!r}", flush=True)
            time.sleep(max(0.0, schedule.every_s - (time.monotonic() - began)))


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main(sys.argv[1])
