"""The whole API, in any order: whatever callers, ECS, time and faults do, no answer contradicts another.

Hypothesis draws what happens next, and makes what it finds as short as it can. Beside Calloff runs the small model of
`promise.py`; past Calloff, at the containers, looks the watch of the launch fence, after each call.
"""

import os
from contextlib import ExitStack, suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule

from chalicelib.lifecycle import Event
from localcloud.ecs import EcsError
from tests import counted
from tests.doubles.api import wired
from tests.doubles.containers import Act, after, before
from tests.fence.gate import Held, die, lose
from tests.fence.world import World
from tests.property.api import Functions
from tests.property.itself import Itself, picks, tasks
from tests.property.promise import Key, Promised

WIDE = os.environ.get("EXPLORE") == "wide"
"""`EXPLORE=wide` runs for minutes."""
BODIES = (
    {"image": "busybox", "command": ["work"]},
    {"image": "busybox", "command": ["work"], "timeout": 60},
    {"image": "busybox", "queue_timeout": 45, "timeout": 600},
    {"image": "busybox", "command": ["work"], "heartbeat_timeout": 40},
)
WAYS = (("POST", "/cancel"), ("POST", "/cancel?terminate=true"), ("POST", "/kill"), ("DELETE", ""))
LIMITS = (1, 100, 10**6)
SECONDS = (1.0, 10.0, 25.0, 60.0, 100.0, 600.0, 1000.0, 3000.0, 4000.0)
"""Within a worker's life only the shortest pass (`docs/promise.md`)."""
FAULTS = {
    "RunTask": ("timeout", "refuse_500", "throttle", "apply_then_timeout", "apply_then_500", "apply_late", "failures"),
    "StopTask": ("timeout", "throttle_disguised", "apply_then_500", "pretend"),
    "DescribeTasks": ("timeout", "throttle", "lag"),
    "ListTasks": ("refuse_500", "lag"),
    "RegisterTaskDefinition": ("throttle", "apply_then_500"),
}
WRITES = {"create", *Event}
UNKNOWN = "5f0c8b1e-3a57-4b8e-9d1c-2f6a7e4b9c03"
TOLD = ("heartbeat_at", "progress", "checkpoint", "result")
"""What only a task's own page shows."""
owners = st.sampled_from(["alice", "bob"])


class Api(Itself, RuleBasedStateMachine):
    """Callers, tasks among them, ECS, time and faults."""

    @initialize(
        target=tasks,
        starts=st.sampled_from([0, 0, 5, 200]),
        runs=st.sampled_from([None, None, 0, 5, 100, 2000]),
        code=st.sampled_from([0, 1]),
        stops=st.sampled_from([0, 0, 10, None]),
    )
    def begin(self, **behaviour: Any) -> Any:
        """A world with a task of each caller's."""
        self.world = World()
        self.world.behave(**behaviour)
        self.functions = Functions(self.world)
        self.keys: dict[tuple[str, str], Key] = {}
        self.promised: list[Promised] = []
        self.late: list[Held] = []
        self.open = ExitStack()
        self.open.enter_context(wired(self.functions.ports))
        return multiple(*(self.submit(owner, "a", BODIES[0]) for owner in ("alice", "bob")))

    # -- callers

    @rule(target=tasks, owner=owners, key=st.sampled_from("abc"), body=st.sampled_from(BODIES))
    def submits(self, owner: str, key: str, body: dict[str, Any]) -> Any:
        return self.submit(owner, key, body) or multiple()

    @rule(target=tasks, task=tasks, key=st.sampled_from("ab"))
    def submits_what_goes_on(self, task: Promised, key: str) -> Any:
        return self.submit(task.owner, key, {**BODIES[0], "resume_from": task.id}) or multiple()

    def submit(self, owner: str, key: str, body: dict[str, Any]) -> Promised | None:
        """Submit; answer the task if the caller has not heard of it before."""
        known = self.keys.setdefault((owner, key), Key())
        answer = self.functions.send("POST", "/tasks", body, caller=owner, headers={"Idempotency-Key": key})
        if answer is None:
            known.sent.append(body)
            return None
        replayed = answer.headers.get("Idempotency-Replayed") == "true"
        is_new = known.answered(answer.status, body, answer.json, replayed=replayed)
        if known.task is None:
            return None
        if answer.status == 201:
            known.task.shown(answer.json)
        if not is_new:
            return None
        known.task.continues = next((each for each in self.promised if each.id == body.get("resume_from")), None)
        self.promised.append(known.task)
        return known.task

    @rule(task=tasks)
    def show(self, task: Promised) -> None:
        if answer := self.functions.send("GET", f"/tasks/{task.id}", caller=task.owner):
            assert answer.status == 200
            task.shown_whole(answer.json)

    @rule(owner=owners, limit=st.sampled_from([1, 2, 100]))
    def list_all(self, owner: str, limit: int) -> None:
        """The list agrees with what each task is by itself, and names every one that was promised, the newest first."""
        self.world.gate.clear()
        documents, cursor = [], ""
        while cursor is not None:
            page = self.functions.send("GET", f"/tasks?limit={limit}{cursor}", caller=owner)
            documents += page.json["tasks"]
            cursor = page.json["cursor"] and f"&cursor={page.json['cursor']}"
        ids = [document["id"] for document in documents]
        own = {task.id: task for task in self.promised if task.owner == owner}
        unheard = [key for (whose, _), key in self.keys.items() if whose == owner and key.task is None and key.sent]
        assert len(set(ids)) == len(ids)
        assert own.keys() <= set(ids)
        assert len(ids) <= len(own) + len(unheard)
        assert [d["created_at"] for d in documents] == sorted((d["created_at"] for d in documents), reverse=True)
        for document in documents:
            promised = own.get(document["id"]) or Promised(document["id"], owner)
            promised.shown(document)
            whole = self.functions.send("GET", f"/tasks/{document['id']}", caller=owner).json
            if document["id"] in own:
                promised.told.shown(whole)
            assert whole | dict.fromkeys(TOLD) == document

    @rule(task=tasks, way=st.sampled_from(WAYS), admin=st.booleans())
    def cancels(self, task: Promised, way: tuple[str, str], *, admin: bool) -> None:
        self.cancel(task, way, admin=admin)

    def cancel(self, task: Promised, way: tuple[str, str], *, admin: bool) -> None:
        method, path = way
        caller = "admin" if admin else task.owner
        task.may_end_by("user")
        if answer := self.functions.send(method, f"/tasks/{task.id}{path}", caller=caller):
            task.cancelled(answer.status, answer.json["task"] if answer.status == 409 else answer.json)
            if task.accepted:
                self.world.watch.acknowledged.add(task.id)

    @rule(task=tasks)
    def cancel_simply(self, task: Promised) -> None:
        """As it is done most often."""
        self.cancel(task, WAYS[0], admin=False)

    @rule(task=tasks, timeout=st.sampled_from(LIMITS))
    def patch(self, task: Promised, timeout: int) -> None:
        task.may_end_by("timeout")
        if answer := self.functions.send("PATCH", f"/tasks/{task.id}", {"timeout": timeout}, caller=task.owner):
            task.patched(answer.status, answer.json["task"] if answer.status == 409 else answer.json, timeout)

    @rule(task=tasks, way=st.sampled_from([("GET", ""), ("GET", "/logs"), ("PATCH", ""), *WAYS]))
    def meddle(self, task: Promised, way: tuple[str, str]) -> None:
        """Nobody sees or changes another's task."""
        method, path = way
        other = "bob" if task.owner == "alice" else "alice"
        body = {"timeout": 9} if method == "PATCH" else None
        self.world.gate.clear()
        before = self._revs()
        for task_id, status in ((task.id, 403), (UNKNOWN, 404)):
            answer = self.functions.send(method, f"/tasks/{task_id}{path}", body, caller=other)
            assert answer.problem[0] == status
        assert self._revs() == before

    # -- what AWS calls

    @rule()
    def sweep(self) -> None:
        self.functions.sweep()

    @rule()
    def hunt(self) -> None:
        self.functions.hunt()

    @rule()
    def relaunch(self) -> None:
        self.functions.relaunch()

    @rule()
    def wake(self) -> None:
        self.functions.wake()

    @precondition(lambda self: self.world.heard)
    @rule(pick=picks, times=st.integers(1, 2))
    def tell(self, pick: int, times: int) -> None:
        """In any order, the stale again, and the same twice."""
        for _ in range(times):
            self.functions.told(self._heard(pick))

    @precondition(lambda self: self.world.heard)
    @rule(pick=picks, mark=st.sampled_from(["calloff/other/{}", "calloff/fence/" + UNKNOWN + "/1", "ecs-svc/1", ""]))
    def tell_of_another(self, pick: int, mark: str) -> None:
        """Of another deployment's, of a task without a record, of nobody's: nothing is done."""
        event = self._heard(pick)
        rest = event["detail"]["startedBy"].partition("/")[2].partition("/")[2]
        foreign = {**event, "detail": {**event["detail"], "startedBy": mark.format(rest)}}
        self.world.gate.clear()
        before = self._revs(), self.world.stops()
        self.functions.told(foreign)
        assert (self._revs(), self.world.stops()) == before

    # -- time, and what happens in ECS

    @rule(seconds=st.sampled_from(SECONDS))
    def time_passes(self, seconds: float) -> None:
        self.world.advance(seconds)

    @precondition(lambda self: self.world.alive())
    @rule(pick=picks, code=st.sampled_from([0, 1, 137]), by_hand=st.sampled_from([False, False, True]))
    def a_container_ends(self, pick: int, code: int, *, by_hand: bool) -> None:
        alive = self.world.alive()
        arn = alive[pick % len(alive)]
        if self.world.runs(arn) and not by_hand:
            self.world.exit(arn, code)
        else:
            # Who may be refused, too.
            with suppress(EcsError):
                self.world.stop_as_somebody_else(arn)

    @rule(reason=st.sampled_from(["Capacity is unavailable at this time", "No such image"]))
    def the_next_does_not_start(self, reason: str) -> None:
        self.world.fails_to_start(reason)

    # -- what goes wrong

    @rule(on=st.sampled_from(sorted(FAULTS)), pick=picks, times=st.integers(1, 3), seconds=st.integers(1, 300))
    def ecs_goes_wrong(self, on: str, pick: int, times: int, seconds: int) -> None:
        fault = FAULTS[on][pick % len(FAULTS[on])]
        late = {"seconds": float(seconds)} if fault in ("lag", "apply_late") else {}
        self.world.fault(on, fault, times=times, **late)

    @rule(call=st.integers(0, 7), how=st.sampled_from([before(die), after(die), before(lose), after(lose)]))
    def a_worker_dies(self, call: int, how: Any) -> None:
        """It dies at one of its next calls, or is not answered: before that call is carried out, or after."""
        self.world.gate.script_nth(call, how)

    @rule(call=st.integers(0, 7), repeated=st.booleans())
    def a_write_is_late(self, call: int, *, repeated: bool) -> None:
        """Its worker dies, and it is on its way (once more)."""
        held = Held(carried_out=repeated)

        def script(act: Act) -> Any:
            if self.world.gate.calls[-1] in WRITES:
                self.late.append(held)
            return held(act)

        self.world.gate.script_nth(call, script)

    @precondition(lambda self: self.late)
    @rule(pick=picks)
    def a_late_write_arrives(self, pick: int) -> None:
        self.late.pop(pick % len(self.late)).arrive()
        self.world.look()

    @rule(call=st.integers(0, 7), pick=picks)
    def others_act_between_two_calls(self, call: int, pick: int) -> None:
        self.world.gate.script_nth(call, before(lambda: self._act(pick)))

    @rule()
    def the_freeze_is_switched(self) -> None:
        self.world.switches.freeze = not self.world.switches.freeze

    # -- what must hold

    @invariant()
    def nothing_lies(self) -> None:
        if hasattr(self, "world"):
            counted.count("the whole API", steps=1)
            self.world.look()

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        with self.open:
            self.world.switches.freeze = False
            self.world.settle()
            for task in self.promised:
                self.show(task)
                assert task.status == "cancelled" or not task.accepted
            for owner in ("alice", "bob"):
                self.list_all(owner, 2)

    def _revs(self) -> dict[str, int]:
        return {task.id: task.rev for task in self.world._records()}

    def _heard(self, pick: int) -> dict[str, Any]:
        return self.world.heard[-1 - pick % len(self.world.heard)]

    def _act(self, pick: int) -> None:
        """Somebody else acts while a worker lies still: a function of its own, so not by way of the same `app`."""
        match pick % 5:
            case 0:
                self.world.sweep()
            case 1:
                self.world.hunt()
            case 2:
                self.world.relaunch()
            case 3 if self.world.heard:
                self.world.deliver(self._heard(pick))
            case _ if self.promised:
                task = self.promised[pick % len(self.promised)]
                task.may_end_by("user")
                self.world.cancel_by_id(task.id, task.owner)
                task.accepted = task.id in self.world.watch.acknowledged
            case _:
                self.world.advance(SECONDS[1])


Api.TestCase.settings = settings(
    max_examples=1000 if WIDE else 40,
    stateful_step_count=60 if WIDE else 40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


@pytest.mark.usefixtures("quiet_log")
class TestTheApi(Api.TestCase):
    """Whatever happens, in whatever order."""
