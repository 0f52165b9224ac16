"""The real verbs, stopped at their port calls.

A verb is deterministic, so a worker in the middle of one is no more than the answers that it has heard. To take it one
call further it is run from its beginning on those answers, up to the first call that has none yet. What it comes to is
kept: two workers that heard the same are in the same place. So nothing waits, and any worker can be at any call, again
and again, in as many worlds as there are schedules.
"""

import io
import random
import sys
import uuid
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zlib import crc32

from chalicelib.config import Settings
from chalicelib.ports import Known, Ports, StoreUnavailableError
from tests.doubles.services import MemorySlots
from tests.doubles.world import KEYS


@dataclass(frozen=True)
class Answer:
    """What a call is answered: a value, or an error. Answers with the same key are the same to the verb."""

    key: Hashable
    value: Any = None
    error: Exception | None = None


@dataclass(frozen=True)
class Call:
    """A call of a port."""

    port: str
    method: str
    args: tuple[Any, ...]

    def __str__(self) -> str:
        return str(self.args[1].event) if self.method == "apply" else self.method


Program = Callable[[Ports, Any], Any]
"""A verb, given the ports, and what it may make happen in ECS."""


class Place:
    """Where a worker is: at its next call, or done, with its outcome."""

    def __init__(
        self, lab: "Lab", program: Program, name: str, heard: tuple[tuple[Answer | None, datetime], ...]
    ) -> None:
        self.name = name
        self.calls = len(heard)
        self.call: Call | None = None
        self.outcome: Any = None
        self.written: dict[Hashable, Any] = {}
        """What its write does, by the records that it meets."""
        self._lab, self._program, self._heard = lab, program, heard
        self._next: dict[Hashable, Place] = {}
        self._run()

    @property
    def write_id(self) -> str:
        return f"{self.name}/{self.calls}"

    @property
    def following(self) -> list["Place"]:
        """Where it went on to, by what it was answered."""
        return list(self._next.values())

    def hear(self, answer: Answer, now: datetime) -> "Place":
        """Go on with this answer, which came at this instant."""
        if (there := self._next.get((answer.key, now))) is None:
            there = Place(self._lab, self._program, self.name, (*self._heard, (answer, now)))
            self._next[answer.key, now] = there
        return there

    def _run(self) -> None:
        replay = Replay(self._lab, self._heard)
        with _Repeatable(self.name):
            try:
                self.outcome = self._program(replay.ports(), _Port(replay, "ecs"))
            except Waits as waits:
                self.call = waits.call
            except StoreUnavailableError as error:
                self.outcome = error


class Waits(BaseException):
    """The verb waits for the answer of a call."""

    def __init__(self, call: Call) -> None:
        self.call = call


class Replay:
    """Answers a verb's calls with what it has heard."""

    def __init__(self, lab: "Lab", heard: tuple[tuple[Answer | None, datetime], ...]) -> None:
        self._lab = lab
        (_, self._now), *rest = heard
        self._rest = iter(rest)

    def ports(self) -> Ports:
        """Make the ports. What a warm process keeps in memory is no call; time is, but one that changes nothing."""
        return Ports(
            store=_Port(self, "store"),
            notes=_Port(self, "notes"),
            definitions=_Port(self, "definitions") if self._lab.cold else Warm(),
            slots=MemorySlots(),
            containers=_Port(self, "containers"),
            timers=_Port(self, "timers"),
            queue=_Port(self, "queue"),
            switches=Switches(self._lab.frozen),
            logs=_Port(self, "logs"),
            clock=self,
            keys=KEYS,
            settings=self._lab.settings,
        )

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.call("clock", "sleep", (seconds,))

    def call(self, port: str, method: str, args: tuple[Any, ...]) -> Any:
        """Answer, or stop here."""
        heard = next(self._rest, None)
        if heard is None:
            raise Waits(Call(port, method, args))
        answer, self._now = heard
        if answer.error is not None:
            raise answer.error
        return answer.value


class _Port:
    def __init__(self, replay: Replay, port: str) -> None:
        self._replay, self._name = replay, port

    def __getattr__(self, method: str) -> Callable[..., Any]:
        return lambda *args: self._replay.call(self._name, method, args)


class Warm:
    """The definitions as a process knows them that has registered this one: no call."""

    def lock(self, *_: object) -> Known:
        return Known()

    def forget(self, _: str) -> None:
        """It is registered again by the next."""


@dataclass(frozen=True)
class Switches:
    """The operator's switches, as a process has them in memory: no call."""

    freeze: bool

    def frozen(self) -> bool:
        return self.freeze

    def hunting(self) -> bool:
        return True

    def pause_hunt(self, reason: str) -> None:
        raise AssertionError(reason)


@dataclass(eq=False)
class Lab:
    """What is the same in each world of an exploration: the settings, and the places that workers were seen in."""

    settings: Settings
    cold: bool = False
    """Each process is new, and knows of no definition."""
    frozen: bool = False
    """Launching is frozen."""
    places: dict[Hashable, Place] = field(default_factory=dict)
    """Where workers begin."""
    records: dict[Hashable, Any] = field(default_factory=dict)
    explored: dict[Hashable, Any] = field(default_factory=dict)
    """How many schedules go on from each world that was explored."""
    rests: dict[Hashable, Any] = field(default_factory=dict)
    """How each world came to rest."""

    def begin(self, program: Program, name: str, now: datetime) -> Place:
        """Begin a verb at this instant; `name` is the worker's, and no other's in the same world."""
        key = (program, name, now)
        if key not in self.places:
            self.places[key] = Place(self, program, name, ((None, now),))
        return self.places[key]


class _Repeatable:
    """Lets what a verb draws by lot depend on nothing but the worker's name; and what it prints, go nowhere."""

    def __init__(self, name: str) -> None:
        self._seed = crc32(name.encode())

    def __enter__(self) -> None:
        self._before = uuid.uuid4, sys.stdout, random.getstate()
        uuid.uuid4, sys.stdout = self._numbered, _NOWHERE
        self._drawn = 0
        random.seed(0)

    def __exit__(self, *_: object) -> None:
        uuid.uuid4, sys.stdout, chance = self._before
        random.setstate(chance)

    def _numbered(self) -> uuid.UUID:
        self._drawn += 1
        return uuid.UUID(int=(self._seed << 96) | (self._drawn << 64))


class _Nowhere(io.TextIOBase):
    def write(self, text: str) -> int:
        return len(text)


_NOWHERE = _Nowhere()
