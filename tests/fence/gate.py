"""The gate in front of the ports: each call of a worker passes it, and a test decides what becomes of the call.

A script gets the call itself, as a function without arguments. It may carry it out once, twice, later or never, let
other workers act before or after it (so a worker lies still between two of its calls), and let its own worker die.
A call is named after its method, a write of the store after its event (`launched`, `cancel_requested` ...).
"""

from collections import defaultdict, deque
from collections.abc import Callable
from functools import partial
from typing import Any

from chalicelib.ports import StoreUnavailableError
from tests.doubles.containers import Act, Script
from tests.doubles.memory import MemoryTaskStore, recognised

WRITES = ("create", "apply")


class Died(BaseException):
    """The worker is no more. What it had not done, it will not do."""


def die() -> None:
    """End the worker that is at the gate."""
    raise Died


def lose() -> None:
    """Answer that the store is not available: what was asked may or may not have been done."""
    raise StoreUnavailableError("InternalServerError")


def passes(act: Act) -> Any:
    """Carry the call out as it is."""
    return act()


class Held:
    """A call on its way, whose worker does not wait for it any more."""

    def __init__(self, *, carried_out: bool, then: Act = die) -> None:
        """`carried_out`: it arrives now, and whenever the test says so once more; else only then."""
        self._carried_out = carried_out
        self._then = then

    def __call__(self, act: Act) -> Any:
        self._act = act
        if self._carried_out:
            act()
        return self._then()

    def arrive(self) -> Any:
        """Carry it out (again)."""
        return self._act()


class Gate:
    """Where all calls pass, one by one. `on_call` is told of each before it is carried out, `on_done` after."""

    def __init__(self, on_call: Callable[[str, tuple[Any, ...]], None], on_done: Act) -> None:
        self.calls: list[str] = []
        """The names of all calls that came."""
        self._scripts: dict[str | int, deque[Script]] = defaultdict(deque)
        self._on_call = on_call
        self._on_done = on_done

    def script(self, name: str, *scripts: Script) -> None:
        """Script the next calls of this name."""
        self._scripts[name] += scripts

    def script_nth(self, number: int, script: Script) -> None:
        """Script the call that comes after so many others from now on, whatever its name."""
        self._scripts[len(self.calls) + number].append(script)

    def clear(self) -> None:
        """Forget the scripts that were not used."""
        self._scripts.clear()

    def call(self, name: str, act: Act, args: tuple[Any, ...]) -> Any:
        """Let a call pass."""
        number = len(self.calls)
        self.calls.append(name)
        waiting = self._scripts[number] or self._scripts[name]
        script = waiting.popleft() if waiting else passes
        try:
            return script(partial(self._carry_out, name, act, args))
        finally:
            self._on_done()

    def _carry_out(self, name: str, act: Act, args: tuple[Any, ...]) -> Any:
        self._on_call(name, args)
        outcome = act()
        self._on_done()
        return outcome


class Gated:
    """A port behind the gate."""

    def __init__(self, port: Any, gate: Gate) -> None:
        self._port = port
        self._gate = gate

    def __getattr__(self, method: str) -> Any:
        def call(*args: Any) -> Any:
            name = str(args[1].event) if method == "apply" else method
            act = self._port.write(method, *args) if method in WRITES else partial(getattr(self._port, method), *args)
            return self._gate.call(name, act, args)

        return call


class RepeatableStore(MemoryTaskStore):
    """The store in memory, whose writes can be sent again as botocore does: to the byte, and so with their write id."""

    _write_id_of_this: str | None = None

    def write(self, method: str, *args: Any) -> Act:
        """Make a write that may be carried out any number of times, at any time."""
        write_id = super()._write_id()

        def act() -> Any:
            self._write_id_of_this = write_id
            try:
                return recognised(getattr(self, method)(*args), write_id)
            finally:
                self._write_id_of_this = None

        return act

    def ids(self) -> list[str]:
        """The ids of all records."""
        return list(self._records)

    def _write_id(self) -> str:
        return self._write_id_of_this or super()._write_id()
