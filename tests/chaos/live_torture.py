"""What a live run does to the local cloud: ECS lies anew every few seconds, handlers are killed, ECS is paused."""

import json
import random
import threading
import urllib.request
from collections import Counter
from collections.abc import Callable
from typing import Self

from localcloud.stack import LocalCloud
from tests.chaos import live_kernel
from tests.chaos.live_stories import faults

NEW_FAULTS_EACH = 6
"""Tortures between two mixtures of faults."""


class Torture:
    """Tortures in a thread of its own, until it is told to let go. A context manager."""

    def __init__(self, cloud: LocalCloud, seed: int) -> None:
        self.done: Counter[str] = Counter()
        self._cloud = cloud
        self._chance = random.Random(f"{seed} torture")
        self._lets_go = threading.Event()
        self._died_of: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="torture", daemon=True)
        self._tortures: dict[str, tuple[int, Callable[[], None]]] = {
            "kill a handler of the API": (8, lambda: self._kill_worker("api")),
            "kill a handler of events": (6, lambda: self._kill_worker("events")),
            "pause ECS": (3, lambda: self._pause("ecs", 2.5)),
            "pause DynamoDB": (1, lambda: self._pause("ministack", 1.5)),
            "crash ECS": (1, self._crash),
        }

    def __enter__(self) -> Self:
        self._lie()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let all be calm again."""
        self._lets_go.set()
        self._thread.join()
        if self._died_of is not None:
            raise RuntimeError(f"nobody tortured any more after {self.done.total()} tortures") from self._died_of
        self._send("DELETE", None)

    def _run(self) -> None:
        """Torture; of what ended it before its time, let `__exit__` tell: such a run would read as calm."""
        try:
            self._go_on()
        except Exception as error:  # noqa: BLE001 - it is raised in the thread that waits
            self._died_of = error

    def _go_on(self) -> None:
        weights = [weight for weight, _ in self._tortures.values()]
        while not self._lets_go.wait(self._chance.uniform(0.1, 0.8)):
            [name] = self._chance.choices(list(self._tortures), weights)
            self._tortures[name][1]()
            self.done[name] += 1
            if self.done.total() % NEW_FAULTS_EACH == 0:
                self._lie()

    def _kill_worker(self, part: str) -> None:
        """Kill one of gunicorn's workers, in the middle of whatever it does."""
        if workers := live_kernel.children(self._cloud.parts[part].pid):
            live_kernel.kill(self._chance.choice(workers))

    def _pause(self, part: str, most_s: float) -> None:
        self._cloud.pause(part)
        self._lets_go.wait(self._chance.uniform(0.1, most_s))
        self._cloud.resume(part)

    def _crash(self) -> None:
        """Kill the ECS endpoint; its containers go on, and the next one adopts them."""
        self._cloud.kill("ecs")
        self._lets_go.wait(self._chance.uniform(0.0, 1.0))
        self._cloud.restart("ecs")
        self._lie()

    def _lie(self) -> None:
        self._send("POST", json.dumps(faults(self._chance)).encode())

    def _send(self, method: str, body: bytes | None) -> None:
        url = f"{self._cloud.endpoints.ecs}/_localcloud/faults"
        urllib.request.urlopen(urllib.request.Request(url, body, method=method), timeout=60).close()
