"""Cruelty on demand, seeded: what goes wrong, how often, and what exactly goes wrong next.

A `Plan` holds rates (0 to 1) and one-shots. A one-shot (`Once`) fires on the next matching call, event or start,
so that a test needs no luck. What was done is counted by name.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

import msgspec

from localcloud.ecs.errors import EcsError, NoAnswerError, server_fault, throttled, throttled_in_disguise
from localcloud.ecs.verdicts import After, Later, Proceed, Refuse, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping


class CallFault(StrEnum):
    """What can happen to one call."""

    APPLY_THEN_500 = "apply_then_500"
    """Done, but answered with a ServerException."""
    APPLY_THEN_TIMEOUT = "apply_then_timeout"
    """Done, but never answered."""
    APPLY_THEN_500_THEN_THROTTLE = "apply_then_500_then_throttle"
    """Done, answered 500, and the next call of the same operation is throttled: the retry's throttle says nothing."""
    APPLY_LATE = "apply_late"
    """Never answered, and done `late` seconds later, when the caller may be dead."""
    REFUSE_500 = "refuse_500"
    """Not done, and answered as if it might have been."""
    TIMEOUT = "timeout"
    """Lost: not done, never answered."""
    THROTTLE = "throttle"
    """A ThrottlingException."""
    THROTTLE_DISGUISED = "throttle_disguised"
    """A throttle in an InvalidParameterException."""
    FAILURES = "failures"
    """RunTask only: HTTP 200 with `failures` and no task."""
    PRETEND = "pretend"
    """StopTask only: answered as if done, and forgotten."""
    LAG = "lag"
    """Reads only: the answer is `read_lag` seconds old."""
    MISSING = "missing"
    """DescribeTasks: every task is MISSING. ListTasks: the list is empty."""


class Seconds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long things take when they go wrong."""

    event_delay: float = 5.0
    event_reorder: float = 0.5
    event_redelivery: float = 120.0
    read_lag: float = 3.0
    late: float = 5.0
    hold: float = 0.0
    """How long a call without an answer stays open before its connection closes."""


class Once(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The next `times` occasions of `on` that hold `match` go wrong in the way of `fault`.

    `on` is an operation, ``event`` or ``start``; `match` is looked for in the JSON of the call or the event.
    """

    on: str
    fault: str
    times: int = 1
    match: str = ""
    seconds: float | None = None
    reason: str = ""


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that may go wrong. Rates of calls go by ``Operation:fault``, those of events by their fate."""

    seed: int = 0
    calls: dict[str, float] = {}
    events: dict[Literal["lost", "doubled", "delayed", "reordered", "redelivered"], float] = {}
    starts: float = 0.0
    seconds: Seconds = Seconds()
    once: tuple[Once, ...] = ()
    paused: Literal["no", "refuse", "hang"] = "no"


NO_CAPACITY = "Capacity is unavailable at this time. Please try again later or in a different availability zone"
LATE_FAILURES = (
    "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref",
    "ResourceInitializationError: failed to configure the network interface of the task",
    NO_CAPACITY,
)
READS = ("DescribeTasks", "ListTasks")


class Faults:
    """Decides what goes wrong. Not thread-safe: the engine asks under its lock."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self.follow(plan or Plan())

    def follow(self, plan: Plan) -> None:
        """Replace the plan and start its randomness anew; ValueError for a fault that does not exist."""
        _check(plan)
        self.plan = plan
        self._random = random.Random(plan.seed)  # noqa: S311  repeatable, not secret

    def add(self, *faults: Once) -> None:
        """Line up one-shots behind those that wait."""
        _check(Plan(once=faults))
        self.plan = msgspec.structs.replace(self.plan, once=(*self.plan.once, *faults))

    def for_call(self, operation: str, params: Mapping[str, object]) -> Verdict:
        """Decide the fate of one call."""
        fault, once = self._drawn(operation, params)
        if fault is None:
            return Proceed()
        seconds = self.plan.seconds
        match fault:
            case CallFault.APPLY_THEN_500:
                return After(server_fault())
            case CallFault.APPLY_THEN_500_THEN_THROTTLE:
                self.add(Once(on=operation, fault=CallFault.THROTTLE))
                return After(server_fault())
            case CallFault.APPLY_THEN_TIMEOUT:
                return After(NoAnswerError(_given(once, seconds.hold)))
            case CallFault.APPLY_LATE:
                return Later(_given(once, seconds.late), NoAnswerError(seconds.hold))
            case CallFault.FAILURES:
                return Refuse({"tasks": [], "failures": [{"reason": (once and once.reason) or NO_CAPACITY}]})
            case CallFault.PRETEND:
                return Proceed(pretend=True)
            case CallFault.LAG:
                return Proceed(lag=_given(once, seconds.read_lag))
            case CallFault.MISSING:
                return Proceed(blind=True)
            case _:
                return Refuse(self._refusal(fault, once))

    def _refusal(self, fault: CallFault, once: Once | None) -> EcsError | NoAnswerError:
        match fault:
            case CallFault.THROTTLE:
                return throttled()
            case CallFault.THROTTLE_DISGUISED:
                return throttled_in_disguise()
            case CallFault.TIMEOUT:
                return NoAnswerError(_given(once, self.plan.seconds.hold))
            case _:
                return server_fault()

    def _drawn(self, operation: str, params: Mapping[str, object]) -> tuple[CallFault | None, Once | None]:
        once = self._next_once(operation, params)
        if once is not None:
            return CallFault(once.fault), once
        for name, rate in self.plan.calls.items():
            target, _, fault = name.partition(":")
            if target == operation and self._happens(name, rate):
                return CallFault(fault), None
        return None, None

    def deliveries(self, event: Mapping[str, object]) -> tuple[float, ...]:
        """Answer in how many seconds the event is handed over, once for each copy; nothing if it is lost."""
        once = self._next_once("event", event)
        drawn = {name for name, rate in self.plan.events.items() if self._happens(f"event:{name}", rate)}
        fates: set[str] = {once.fault} if once else {*drawn}
        if "lost" in fates:
            return ()
        return self._offsets(fates, once)

    def _offsets(self, fates: set[str], once: Once | None) -> tuple[float, ...]:
        seconds = self.plan.seconds
        first = 0.0
        if "delayed" in fates:
            first = _given(once, seconds.event_delay * self._random.random())
        elif "reordered" in fates:
            first = _given(once, seconds.event_reorder * self._random.random())
        again = [first] if "doubled" in fates else []
        later = [_given(once, seconds.event_redelivery)] if "redelivered" in fates else []
        return (first, *again, *later)

    def start_failure(self, params: Mapping[str, object]) -> str | None:
        """Decide whether a launched task fails late, and with which reason."""
        once = self._next_once("start", params)
        if once is not None:
            return once.reason or LATE_FAILURES[0]
        return self._random.choice(LATE_FAILURES) if self._happens("start", self.plan.starts) else None

    def _happens(self, name: str, rate: float) -> bool:
        if not rate or self._random.random() >= rate:
            return False
        self.counts[name] += 1
        return True

    def _next_once(self, target: str, subject: Mapping[str, object]) -> Once | None:
        if not self.plan.once:
            return None
        text = json.dumps(subject, default=str)
        for place, once in enumerate(self.plan.once):
            if once.on == target and once.match in text:
                self.counts[f"{target}:{once.fault}"] += 1
                self._use_up(place, once)
                return once
        return None

    def _use_up(self, place: int, once: Once) -> None:
        left = msgspec.structs.replace(once, times=once.times - 1)
        rest = (left,) if left.times else ()
        waiting = (*self.plan.once[:place], *rest, *self.plan.once[place + 1 :])
        self.plan = msgspec.structs.replace(self.plan, once=waiting)


def _given(once: Once | None, otherwise: float) -> float:
    return otherwise if once is None or once.seconds is None else once.seconds


_EVENT_FATES = {"lost", "doubled", "delayed", "reordered", "redelivered"}


def _check(plan: Plan) -> None:
    for name in plan.calls:
        operation, _, fault = name.partition(":")
        _check_call(operation, fault)
    for once in plan.once:
        if once.times < 1:
            raise ValueError("a one-shot fires at least once")
        if once.on == "event" and once.fault not in _EVENT_FATES:
            raise ValueError(f"an event cannot be {once.fault!r}")
        if once.on not in {"event", "start"}:
            _check_call(once.on, once.fault)


def _check_call(operation: str, fault: str) -> None:
    kind = CallFault(fault)
    if kind is CallFault.FAILURES and operation != "RunTask":
        raise ValueError("only RunTask answers with failures of its own")
    if kind is CallFault.PRETEND and operation != "StopTask":
        raise ValueError("only StopTask can pretend")
    if kind in {CallFault.LAG, CallFault.MISSING} and operation not in READS:
        raise ValueError(f"only {' and '.join(READS)} can show {fault}")
