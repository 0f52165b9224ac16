"""What becomes of a call: what it does when all goes well, and each way in which it may go wrong."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from chalicelib.cancel import Cancelled, Cancelling
from chalicelib.ports import (
    Applied,
    Busy,
    Created,
    Deferred,
    Exists,
    Found,
    Handed,
    Known,
    Locked,
    NotRead,
    NotThere,
    Refused,
    Registered,
    Rejected,
    StoreUnavailableError,
    Unclear,
    Undefined,
    Unstopped,
)
from tests.interleaving import ecs
from tests.interleaving.replay import Answer, Call, Lab, Place
from tests.interleaving.world import Repeating, State, Waiting, read, write


class Fate(StrEnum):
    """How a call may go wrong."""

    DIES_BEFORE = "its worker dies before"
    DIES_AFTER = "its worker dies after"
    LOST_BEFORE = "500, not applied"
    LOST_AFTER = "500, applied"
    THROTTLED = "throttled"
    REJECTED = "refused for good"
    REPEATED = "500, applied, and sent again"
    LATE = "timed out, on its way"
    DIES_LATE = "its worker dies, it is on its way"
    LAGS = "it shows what was before"
    MISSING = "MISSING, though it lives"


WRITES = ("create", "apply")
READS = ("describe", "find", "find_all")
TIME_PASSES = "time_passes"
"""More of it than a worker lives: whoever is at work is no more."""
LOST = "InternalServerError"
UNAVAILABLE = Answer("unavailable", error=StoreUnavailableError(LOST))
THROTTLE = "ThrottlingException: Rate exceeded"

Choice = tuple[str, State]


def choices(lab: Lab, state: State, number: int, fates: frozenset[Fate]) -> Iterator[Choice]:
    """Each way in which the worker in this number may go on by one call."""
    worker = state.workers[number]
    match worker:
        case Waiting(actor, name):
            if not actor.enabled(state):
                return
            place = lab.begin(actor.program, name, state.now)
            if place.call is None:
                yield f"{name}: nothing to do", _arrived(state, number, place)
                return
        case Repeating(place):
            yield _repeat(lab, state, number, place)
            return
        case Place():
            place = worker
        case _:
            return
    yield from _carried(lab, state, number, place, fates)


def _carried(lab: Lab, state: State, number: int, place: Place, fates: frozenset[Fate]) -> Iterator[Choice]:
    label = f"{place.name}: {place.call}"
    after, answer = carry_out(lab, state, place)
    if place.call.method == TIME_PASSES:
        others = (each for n, each in enumerate(after.workers) if n != number)
        yield label, after._replace(workers=tuple(each for each in others if isinstance(each, Waiting)))
        return
    yield label, _heard(after, number, place, answer)
    if state.faults:
        for fate, faulted in _faulted(state._replace(faults=state.faults - 1), after, number, place, answer):
            if fate in fates:
                yield f"{label}: {fate}", faulted


def _repeat(lab: Lab, state: State, number: int, place: Place) -> Choice:
    after, answer = carry_out(lab, state, place)
    return f"{place.name}: {place.call}, sent again", _heard(after, number, place, answer)


def _heard(state: State, number: int, place: Place, answer: Answer) -> State:
    return _arrived(state, number, place.hear(answer, state.now))


def _arrived(state: State, number: int, place: Place) -> State:
    """Put the worker in its place; one that is done goes home, with what it said to its caller."""
    if place.call is not None:
        return state.within(number, place)
    state = state.within(number, None)
    if isinstance(place.outcome, Cancelling | Cancelled):
        return state._replace(acknowledged=state.acknowledged | {place.outcome.task.id})
    return state


# -- when all goes well


def carry_out(lab: Lab, state: State, place: Place) -> tuple[State, Answer]:
    """Carry a call out: the world after it, and the answer."""
    call = place.call
    match call.port, call.method:
        case "store", "create" | "apply":
            done = write(lab, place, state.records)
            return state._replace(records=done.records), _of_records(done.outcome, done.records)
        case "store", "get":
            record = state.record(call.args[0])
            return state, Answer(record, read(lab, call, state.records) if record is None else record.task)
        case "store", "get_many":
            records = [record for i in call.args[0] if (record := state.record(i))]
            return state, Answer(tuple(records), {record.task.id: record.task for record in records})
        case "store", _:
            found = read(lab, call, state.records)
            return state, Answer(_key(found), found)
        case port, method:
            after, outcome = PORTS[port](state, method, call.args)
            return after, Answer(_key(outcome), outcome)


def _of_records(outcome: Any, records: tuple[Any, ...]) -> Answer:
    match outcome:
        case Applied(task) | Refused(task) | Created(task) | Exists(task):
            record = next(record for record in records if record.task.id == task.id)
            return Answer((type(outcome), record), type(outcome)(record.task))
        case _:
            return Answer(type(outcome), outcome)


def _key(outcome: Any) -> Hashable:
    match outcome:
        case Found(reports):
            return tuple(reports)
        case Mapping():
            return tuple(outcome.items())
        case list():
            return tuple(outcome)
        case _:
            return outcome


def _containers(state: State, method: str, args: tuple[Any, ...]) -> tuple[State, Any]:
    match method, args:
        case "run", (request,):
            if request["taskDefinition"] not in state.families:
                return state, Undefined("ClientException: TaskDefinition not found.")
            cloud, launched = state.cloud.run(request["clientToken"], request["startedBy"], state.now)
            return state._replace(cloud=cloud), launched
        case "stop", (_, arn, reason):
            cloud, outcome = state.cloud.stop(arn, reason, state.now)
            return state._replace(cloud=cloud), outcome
        case "register", (definition,):
            return state._replace(families=state.families | {definition["family"]}), Registered()
        case "cluster_active", _:
            return state, True
        case _:
            return state, _reading(state, state.cloud, method, args)


def _reading(state: State, cloud: ecs.Cloud, method: str, args: tuple[Any, ...]) -> Any:
    match method, args:
        case "describe", (_, arns):
            return cloud.describe(arns, state.now)
        case "find", (_, started_by):
            return cloud.find(started_by, state.now)
        case "find_all", _:
            return cloud.find(None, state.now)
    raise AssertionError(method)


def _definitions(state: State, method: str, args: tuple[Any, ...]) -> tuple[State, Any]:
    family, *times = args
    known = dict(state.locks)
    match method:
        case "lock" if family in known and (known[family] is None or known[family] >= times[0]):
            return state, Known() if known[family] is None else Busy()
        case "lock":
            return state._replace(locks=tuple((known | {family: times[1]}).items())), Locked()
        case "remember":
            return state._replace(locks=tuple((known | {family: None}).items())), None
    known.pop(family, None)
    return state._replace(locks=tuple(known.items())), None


def _timers(state: State, _: str, args: tuple[Any, ...]) -> tuple[State, Any]:
    task_id, number, at = args
    started = any(timer[:2] == (task_id, number) for timer in state.timers)
    return (state if started else state._replace(timers=state.timers | {(task_id, number, at)})), Handed()


def _queue(state: State, _: str, args: tuple[Any, ...]) -> tuple[State, Any]:
    return state._replace(queue=(*state.queue, *args[0])), Handed()


def _clock(state: State, _: str, __: tuple[Any, ...]) -> tuple[State, Any]:
    """Whoever sleeps lets the others go on; time is moved by nobody but the test."""
    return state, None


def _happens(state: State, _: str, args: tuple[Any, ...]) -> tuple[State, Any]:
    return args[0](state)


PORTS: Mapping[str, Callable[[State, str, tuple[Any, ...]], tuple[State, Any]]] = {
    "containers": _containers,
    "definitions": _definitions,
    "timers": _timers,
    "queue": _queue,
    "clock": _clock,
    "ecs": _happens,
}


# -- when it does not


def _faulted(state: State, after: State, number: int, place: Place, answer: Answer) -> Iterator[tuple[Fate, State]]:
    """Each way in which a call may go wrong; `after` and `answer` are what it came to when all went well."""
    call = place.call
    if call.port in ("ecs", "clock"):
        return
    after = after._replace(faults=state.faults)
    yield Fate.DIES_BEFORE, state.within(number, None)
    if after != state:
        yield Fate.DIES_AFTER, after.within(number, None)
    lost = _lost(call)
    yield Fate.LOST_BEFORE, _heard(state, number, place, lost)
    if after != state:
        yield Fate.LOST_AFTER, _heard(after, number, place, lost)
    if call.method in ("run", "register"):
        yield Fate.THROTTLED, _heard(state, number, place, Answer("throttled", Deferred(THROTTLE)))
        yield Fate.REJECTED, _heard(state, number, place, Answer("rejected", Rejected("ClientException: No.")))
    if call.method == "run" and call.args[0]["taskDefinition"] in state.families:
        request = (call.args[0]["clientToken"], call.args[0]["startedBy"])
        late = state._replace(cloud=replace(state.cloud, late=tuple(sorted({*state.cloud.late, request}))))
        yield Fate.LATE, _heard(late, number, place, lost)
        yield Fate.DIES_LATE, late.within(number, None)
    if call.method in WRITES:
        yield Fate.DIES_LATE, state.within(number, None)._replace(flying=(*state.flying, place))
        if after != state:
            yield Fate.REPEATED, after.within(number, Repeating(place))
    yield from _misread(state, number, place)


def _misread(state: State, number: int, place: Place) -> Iterator[tuple[Fate, State]]:
    """Each way in which a read may show what is not so."""
    call, cloud = place.call, state.cloud
    if call.method == "due":
        everything = [task.id for task in state.tasks]
        yield Fate.LAGS, _heard(state, number, place, Answer(tuple(everything), everything))
    if call.method == "describe" and any(box.alive and state.now - box.times[0] < ecs.KEPT for box in cloud.boxes):
        yield Fate.MISSING, _heard(state, number, place, Answer("missing", dict.fromkeys(call.args[1], NotThere())))
    if call.method in READS and (lagging := cloud.lagging()) != cloud:
        behind = _reading(state, lagging, call.method, call.args)
        yield Fate.LAGS, _heard(state, number, place, Answer(_key(behind), behind))


def _lost(call: Call) -> Answer:
    """What a caller hears who does not hear whether it was done."""
    match call.port, call.method:
        case (("store" | "definitions"), _):
            return UNAVAILABLE
        case _, "stop":
            return Answer("unstopped", Unstopped(THROTTLE))
        case _, "describe":
            return Answer("not read", dict.fromkeys(call.args[1], NotRead()))
        case _, "cluster_active":
            return Answer("not active", value=False)
        case _:
            return Answer("unclear", Unclear("timed out"))


def flown(lab: Lab, state: State, place: Place) -> State:
    """Let a write arrive whose worker is no more."""
    return carry_out(lab, state, place)[0]._replace(flying=tuple(each for each in state.flying if each is not place))
