"""The time of a handler as a ratio to the raw boto3 calls that it makes, both in turn in one run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, TypeAlias

from bench.emulators import BODY, Calloff, emulated
from bench.figure import Figure, Members, Target, in_turn

if TYPE_CHECKING:
    from collections.abc import Callable

Samples: TypeAlias = list[float]
Side: TypeAlias = "Callable[[int], None]"
ROUNDS, QUICK_ROUNDS = 500, 2
WARM_UP = 0.04
"""Share of the rounds that is not counted, and one."""


@dataclass(frozen=True)
class Sent:
    """One call as Calloff sent it: the client's name, the operation, and its parameters."""

    client: str
    operation: str
    parameters: dict[str, Any]


class Recorder:
    """Records the parameters of calls, before botocore does anything with them."""

    def __init__(self, calloff: Calloff) -> None:
        self.sent: list[Sent] = []
        self._on = False
        for name, client in calloff.clients.items():
            service = client.meta.service_model.service_id.hyphenize()
            client.meta.events.register(f"provide-client-params.{service}", self._hook(name))

    def record(self, act: Callable[[], Any]) -> list[Sent]:
        """Answer what is sent while it acts."""
        self.sent, self._on = [], True
        act()
        self._on = False
        return self.sent

    def _hook(self, client: str) -> Callable[..., None]:
        def hook(params: dict[str, Any], model: Any, **_: object) -> None:
            if self._on:
                self.sent.append(Sent(client, model.name, params))

        return hook


def renamed(value: Any, names: dict[str, str]) -> Any:
    """Answer the value with each of the names replaced in all of its texts: the same call for another task."""
    match value:
        case str():
            for old, new in names.items():
                value = value.replace(old, new)
            return value
        case dict():
            return {key: renamed(each, names) for key, each in value.items()}
        case list() | tuple():
            return [renamed(each, names) for each in value]
        case _:
            return value


class Raw:
    """Makes calls that were recorded, by the very clients that the handler uses."""

    def __init__(self, calloff: Calloff, sent: list[Sent]) -> None:
        self._clients = calloff.clients
        self._sent = [(s, _method(s.operation)) for s in sent]

    def prepared(self, names: dict[str, str]) -> list[tuple[Any, dict[str, Any]]]:
        """Answer the calls for another task, ready to be made."""
        return [(getattr(self._clients[s.client], m), renamed(s.parameters, names)) for s, m in self._sent]


def measure(quick: bool) -> Members:  # noqa: FBT001
    """Time both sides of both operations."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    with emulated(hears=False) as calloff:
        calloff.submit()
        recorder = Recorder(calloff)
        pairs = {"submit": _submit(calloff, recorder, rounds), "cancel": _cancel(calloff, recorder, rounds)}
        ms = {name: [median(side) * 1000 for side in sides] for name, sides in pairs.items()}
        return {
            "handler_ratio": {name: round(handler / raw, 3) for name, (handler, raw) in ms.items()},
            "details": {
                "handler_ratio": {
                    name: {"handler_ms": round(handler, 2), "raw_ms": round(raw, 2), "rounds": rounds}
                    for name, (handler, raw) in ms.items()
                }
            },
        }


def _submit(calloff: Calloff, recorder: Recorder, rounds: int) -> tuple[Samples, Samples]:
    made: dict[str, Any] = {}
    sent = recorder.record(lambda: made.update(calloff.submit()))
    [arn] = _arns(sent[-1])
    event, raw = calloff.event("POST", "/tasks", BODY), Raw(calloff, sent)
    handler_s: Samples = []
    raw_s: Samples = []

    def handle(_: int) -> None:
        handler_s.append(_timed(lambda: calloff.handle(event)))

    def call(number: int) -> None:
        put, run, save = raw.prepared({made["id"]: _other_id(number)})

        def calls() -> None:
            put[0](**put[1])
            answer = run[0](**run[1])
            save[0](**renamed(save[1], {arn: answer["tasks"][0]["taskArn"]}))

        raw_s.append(_timed(calls))

    return _warm(rounds, handle, call, handler_s, raw_s)


def _cancel(calloff: Calloff, recorder: Recorder, rounds: int) -> tuple[Samples, Samples]:
    model = calloff.submit()
    sent = recorder.record(lambda: calloff.request("POST", f"/tasks/{model['id']}/cancel"))
    raw, model_arn = Raw(calloff, sent), _arn(model)
    handler_s: Samples = []
    raw_s: Samples = []

    def handle(_: int) -> None:
        event = calloff.event("POST", f"/tasks/{calloff.submit()['id']}/cancel")
        handler_s.append(_timed(lambda: calloff.handle(event)))

    def call(_: int) -> None:
        task = calloff.submit()
        write, stop = raw.prepared({model["id"]: task["id"], model_arn: _arn(task)})

        def calls() -> None:
            write[0](**write[1])
            stop[0](**stop[1])

        raw_s.append(_timed(calls))

    return _warm(rounds, handle, call, handler_s, raw_s)


def _warm(rounds: int, handle: Side, call: Side, handler_s: Samples, raw_s: Samples) -> tuple[Samples, Samples]:
    """Take both sides in turn; the first rounds do not count."""
    first = 1 + int(rounds * WARM_UP)
    in_turn(first + rounds, handle, call)
    return handler_s[first:], raw_s[first:]


def _timed(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _arn(task: dict[str, Any]) -> str:
    from chalicelib import bootstrap

    record: Any = bootstrap.ports().store.get(task["id"])
    arn: str = record.ecs_arn
    return arn


def _arns(save: Sent) -> list[str]:
    values = save.parameters["ExpressionAttributeValues"].values()
    return [value["S"] for value in values if value.get("S", "").startswith("arn:aws:ecs:")]


def _other_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def _method(operation: str) -> str:
    from botocore import xform_name

    return str(xform_name(operation))


FIGURE = Figure(
    name="handler_ratio",
    measure=measure,
    targets=(Target("handler_ratio.submit", 1.15), Target("handler_ratio.cancel", 1.15)),
    about="""The function called with API Gateway's event, against the same boto3 calls made by hand: recorded from
the function, with another task's id put in, by the same clients, in turn with it in one run. The ratio is that of
the medians. The emulators answer in a few milliseconds; where RunTask takes some hundred, the ratio is smaller.""",
)
