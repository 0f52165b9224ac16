"""Routes beside the protocol: health, faults, and the runtime's own word.

``GET /_localcloud/health`` · ``GET|POST|DELETE /_localcloud/faults`` · ``GET /_localcloud/tasks[/<id>[/logs]]`` ·
``POST /_localcloud/tasks/<id>/interrupt`` · ``GET /_localcloud/calls/<operation>``
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from localcloud.ecs import render
from localcloud.ecs.faults import Once, Plan, Seconds

if TYPE_CHECKING:
    from localcloud.ecs.engine import Engine
    from localcloud.ecs.model import Json, Task
    from localcloud.ecs.runtimes.port import Truth

PREFIX = "/_localcloud/"


@dataclass(frozen=True)
class Answer:
    """What an admin route answers."""

    status: int
    body: bytes
    media_type: str = "application/json"


class Interruption(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How AWS stops a task by itself."""

    code: str = "SpotInterruption"
    reason: str = "Your Spot Task was interrupted."


class Admin:
    """Answers the admin routes of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        """Answer one request; 404 for what there is not, 400 for a body that makes no sense."""
        route = path.removeprefix(PREFIX).split("?")[0].strip("/").split("/") if path.startswith(PREFIX) else []
        try:
            return self._route(method, route, body)
        except KeyError as missing:
            return _json({"error": f"no such task: {missing}"}, 404)
        except ValueError as fault:  # msgspec's errors are ValueErrors, too
            return _json({"error": str(fault)}, 400)

    def _route(self, method: str, route: list[str], body: bytes) -> Answer:
        match method, route:
            case "GET", ["health"]:
                return _json(self._health())
            case "GET", ["faults"]:
                return _json(self._faults())
            case "POST", ["faults"]:
                self._engine.set_faults(_merged(self._engine.faults, msgspec.json.decode(body, type=dict[str, Any])))
                return _json(self._faults())
            case "DELETE", ["faults"]:
                self._engine.set_faults(Plan())
                return _json(self._faults())
            case "GET", ["calls", operation]:
                return _json({"calls": self._engine.calls.of(operation)})
            case "GET", ["tasks"]:
                return _json({"tasks": self._words(self._engine.tasks())})
            case "GET", ["tasks", *_, name, "logs"]:
                return Answer(200, b"".join(self._engine.logs(name).values()), "text/plain; charset=utf-8")
            case "GET", ["tasks", *_, name]:
                return _json(self._word(self._find(name)))
            case "POST", ["tasks", *_, name, "interrupt"]:
                asked = msgspec.json.decode(body or b"{}", type=Interruption)
                self._engine.interrupt(name, asked.code, asked.reason)
                return _json(self._word(self._find(name)))
            case _:
                return _json({"error": "no such route"}, 404)

    def _find(self, task_id: str) -> Task:
        return {task.task_id: task for task in self._engine.tasks()}[task_id]

    def _health(self) -> Json:
        settings = self._engine.settings
        return {
            "status": "ok",
            "runtime": self._engine.runtime_name,
            "region": settings.arns.region,
            "account": settings.arns.account,
            "time": self._engine.clock.now(),
            "eventsWaiting": self._engine.outbox.waiting,
        }

    def _faults(self) -> Json:
        return {"plan": self._engine.faults, "happened": self._engine.fault_counts}

    def _words(self, tasks: list[Task]) -> list[Json]:
        truths = self._engine.truths(tasks)
        return [self._said(task, truths[task.task_id]) for task in tasks]

    def _word(self, task: Task) -> Json:
        return self._words([task])[0]

    def _said(self, task: Task, truth: dict[str, Truth]) -> Json:
        return {
            "taskArn": render.task_arn(task, self._engine.settings.arns),
            "startedBy": task.started_by,
            "lastStatus": task.last_status,
            "desiredStatus": task.desired_status,
            "version": task.version,
            "alive": any(each.alive for each in truth.values()),
            "containers": [
                {"name": name, "alive": each.alive, "identity": each.identity} for name, each in truth.items()
            ],
        }


def _merged(plan: Plan, patch: dict[str, Any]) -> Plan:
    """Lay the members of a patch over the plan; one-shots line up behind those that wait."""
    once = msgspec.convert(patch.pop("once", []), list[Once])
    seconds = msgspec.structs.asdict(plan.seconds) | msgspec.convert(patch.pop("seconds", {}), dict[str, Any])
    whole = {**msgspec.to_builtins(plan), **patch}
    merged = msgspec.convert(whole, Plan)
    return msgspec.structs.replace(merged, seconds=msgspec.convert(seconds, Seconds), once=(*plan.once, *once))


def _json(body: object, status: int = 200) -> Answer:
    return Answer(status, msgspec.json.encode(body))
