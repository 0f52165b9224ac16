"""Any sequence of calls, faults, ends, crashes and time keeps what the endpoint promises of itself."""

from __future__ import annotations

import contextlib
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from localcloud.ecs import Plan, Seconds
from localcloud.ecs.model import Status, Task
from localcloud.ecs.runtimes.port import OUT_OF_MEMORY
from localcloud.ecs.runtimes.simulated import Behaviour
from tests.ecs.bench import CLUSTER, RUN, SLOW, Bench

ORDER = [str(status) for status in Status]
TOKENS = st.sampled_from(["t:1", "t:2", "t:3"])
WAITS = st.sampled_from([0, 0.1, 1, 2, 9, 10, 11, 30, 31, 60])
RATES = st.sampled_from([0.0, 0.2, 1.0])
CALL_FAULTS = st.sampled_from(
    [
        "RunTask:apply_then_500",
        "RunTask:apply_then_timeout",
        "RunTask:apply_then_500_then_throttle",
        "RunTask:apply_late",
        "RunTask:refuse_500",
        "RunTask:failures",
        "StopTask:timeout",
        "StopTask:pretend",
        "StopTask:throttle_disguised",
        "StopTask:apply_late",
        "DescribeTasks:lag",
        "ListTasks:lag",
        "ListTasks:missing",
    ]
)
EVENT_FATES = st.sampled_from(["lost", "doubled", "delayed", "reordered", "redelivered"])
BEHAVIOURS = st.builds(
    Behaviour,
    starts=st.sampled_from([0, 0.5, 5]),
    runs=st.sampled_from([None, None, 0, 1, 40]),
    code=st.sampled_from([0, 1, 137]),
    reason=st.sampled_from([None, OUT_OF_MEMORY]),
    stops=st.sampled_from([None, 0, 3]),
    fails=st.sampled_from([None, None, None, "CannotPullContainerError: no"]),
)
SILENCE = (ClientError, ReadTimeoutError)


class Endpoint(RuleBasedStateMachine):
    """Drives a bench at random, and looks at it after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, Task] = {}
        self.answered: dict[str, str] = {}

    @initialize(slow=st.booleans())
    def begin(self, slow: bool) -> None:
        self.bench = Bench(**({"delays": SLOW} if slow else {}))

    @rule(token=TOKENS, count=st.integers(1, 2), behaviour=BEHAVIOURS)
    def run_task(self, token: str, count: int, behaviour: Behaviour) -> None:
        self.bench.runtime.script = lambda _: behaviour
        with contextlib.suppress(*SILENCE):
            self.bench.ecs.run_task(**RUN, clientToken=token, count=count, startedBy=token.replace(":", "-"))

    @rule(data=st.data())
    def stop_task(self, data: st.DataObject) -> None:
        tasks = self.bench.engine.tasks()
        if tasks:
            chosen = data.draw(st.sampled_from([task.task_id for task in tasks]))
            with contextlib.suppress(*SILENCE):
                self.bench.ecs.stop_task(cluster=CLUSTER, task=chosen)

    @rule(data=st.data(), code=st.sampled_from([0, 1, 139]))
    def a_container_ends(self, data: st.DataObject, code: int) -> None:
        alive = [key for key, ghost in self.bench.runtime._ghosts.items() if ghost.state == "alive"]
        if alive:
            self.bench.runtime.exit(data.draw(st.sampled_from(alive)), code)

    @rule(seconds=WAITS)
    def time_passes(self, seconds: float) -> None:
        self.bench.clock.advance(seconds)

    @rule(away=WAITS, deaths=st.booleans())
    def the_endpoint_crashes(self, away: float, deaths: bool) -> None:
        """Crash, and be away for a while, in which containers go on living and dying."""
        self.bench.engine.abandon()
        for key, ghost in list(self.bench.runtime._ghosts.items()):
            if deaths and ghost.state == "alive":
                self.bench.runtime.exit(key, 5)
        self.bench.clock.advance(away)
        self.bench.open()

    @rule(
        seed=st.integers(0, 9),
        calls=st.dictionaries(CALL_FAULTS, RATES, max_size=3),
        events=st.dictionaries(EVENT_FATES, RATES, max_size=2),
        starts=RATES,
    )
    def things_go_wrong(self, seed: int, calls: dict[str, float], events: Any, starts: float) -> None:
        seconds = Seconds(late=20, read_lag=15, event_redelivery=200)
        plan = Plan(seed=seed, calls=calls, events=events, starts=starts, seconds=seconds)
        self.bench.engine.set_faults(plan)

    @rule()
    def calm(self) -> None:
        self.bench.engine.set_faults(Plan())

    @rule(deaf=st.booleans())
    def the_receiver_comes_and_goes(self, deaf: bool) -> None:
        self.bench.deaf = deaf

    @rule()
    def reads_show_what_was(self) -> None:
        """However late a read is, it shows a state that the task really had, and no other."""
        with contextlib.suppress(*SILENCE):
            arns = self.bench.ecs.list_tasks(cluster=CLUSTER)["taskArns"]
            if arns:
                for shown in self.bench.ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]:
                    now = self.seen[shown["taskArn"].rpartition("/")[2]]
                    assert shown["version"] <= now.version
                    assert ORDER.index(shown["lastStatus"]) <= now.last_status.rank

    @invariant()
    def versions_grow_and_statuses_go_forward(self) -> None:
        if not hasattr(self, "bench"):
            return
        for task in self.bench.engine.tasks():
            former = self.seen.get(task.task_id, task)
            assert task.version >= former.version
            assert task.last_status.rank >= former.last_status.rank
            assert task.version > former.version or _facts(task) == _facts(former)
            assert not former.stopping or task.stopping
            assert (former.stop_code or task.stop_code) == task.stop_code
            self.seen[task.task_id] = task

    @invariant()
    def each_container_was_started_once_at_most(self) -> None:
        if hasattr(self, "bench"):
            launched = self.bench.runtime.launched
            assert len(launched) == len(set(launched))

    @invariant()
    def nothing_lives_after_the_end(self) -> None:
        if not hasattr(self, "bench"):
            return
        for task in self.bench.engine.tasks():
            alive = [each.alive for each in self.bench.engine.truth(task).values()]
            if task.last_status.rank >= Status.DEPROVISIONING.rank:
                assert not any(alive)
                assert task.dead
            if task.last_status.rank < Status.ACTIVATING.rank:
                assert not any(alive)

    @invariant()
    def a_token_has_one_set_of_tasks(self) -> None:
        if not hasattr(self, "bench"):
            return
        for token in self.bench.engine._book.tokens.values():
            mine = {task.task_id for task in self.bench.engine.tasks() if task.token == token.value}
            assert mine <= set(token.task_ids) or self.bench.clock.now() - token.created > 3600

    def teardown(self) -> None:
        """Left alone, and asked to stop, everything comes to its end, and every event is told of."""
        if not hasattr(self, "bench"):
            return
        self.bench.deaf = False
        self.bench.engine.set_faults(Plan())
        self.bench.clock.advance(60)
        for task in self.bench.engine.tasks():
            assert task.last_status in {Status.RUNNING, Status.STOPPED, Status.DEPROVISIONING, Status.STOPPING}
        for task in self.bench.engine.tasks():
            self.bench.ecs.stop_task(cluster=CLUSTER, task=task.task_id)
        self.bench.clock.advance(300)
        assert all(task.ended for task in self.bench.engine.tasks())
        assert self.bench.engine.outbox.waiting == 0
        self.versions_grow_and_statuses_go_forward()
        self.nothing_lives_after_the_end()


def _facts(task: Task) -> tuple[object, ...]:
    """Answer what may change with a new version only, because an event tells of it."""
    return task.last_status, task.desired_status, task.stop_code, task.times.started, task.times.stopped


TestEndpoint = Endpoint.TestCase
TestEndpoint.settings = settings(max_examples=60, stateful_step_count=30)
