"""A world in memory: every port, and the verbs as a test says them."""

from typing import Any

from chalicelib import cancel as cancelling
from chalicelib import observe as observing
from chalicelib import submit as submitting
from chalicelib.config import Settings
from chalicelib.keys import Keys
from chalicelib.ports import DefinitionStore, Missing, Ports, TaskStore
from chalicelib.report import parse
from chalicelib.task import Proof, Spec, Task
from tests.doubles.clock import HeldClock
from tests.doubles.containers import CLUSTER, Container, MemoryContainers
from tests.doubles.examples import SPEC
from tests.doubles.memory import MemoryDefinitionStore, MemoryNoteStore, MemoryTaskStore
from tests.doubles.services import HeldSwitches, MemoryLogs, MemoryQueue, MemorySlots, MemoryTimers

DEPLOYMENT = "test"
KEY = "the key of all tests, long enough"
KEYS = Keys(KEY.encode)


def settings(**changes: Any) -> Settings:
    """Settings with their defaults."""
    needed: dict[str, Any] = {
        "deployment": DEPLOYMENT,
        "auth": "local",
        "key": KEY,
        "table": "calloff",
        "cluster": CLUSTER,
        "subnets": ("subnet-0f1e2d3c",),
        "execution_role_arn": "arn:aws:iam::123456789012:role/calloff-execution",
    }
    return Settings(**{**needed, **changes})


class World:
    """The ports, and what happens in them. A test may put another store in the place of the ones in memory."""

    def __init__(
        self, store: TaskStore | None = None, definitions: DefinitionStore | None = None, **changes: Any
    ) -> None:
        self.settings = settings(**changes)
        self.store = store or MemoryTaskStore(self.settings.max_history)
        self.notes = MemoryNoteStore(self.store)
        self.definitions = definitions or MemoryDefinitionStore()
        self.slots = MemorySlots()
        self.containers = MemoryContainers()
        self.timers = MemoryTimers()
        self.queue = MemoryQueue()
        self.switches = HeldSwitches()
        self.logs = MemoryLogs()
        self.clock = HeldClock()

    @property
    def ports(self) -> Ports:
        return Ports(
            store=self.store,
            notes=self.notes,
            definitions=self.definitions,
            slots=self.slots,
            containers=self.containers,
            timers=self.timers,
            queue=self.queue,
            switches=self.switches,
            logs=self.logs,
            clock=self.clock,
            keys=KEYS,
            settings=self.settings,
        )

    def submit(self, spec: Spec = SPEC, **parts: Any) -> Task:
        """Submit a task of alice's; the record as submit answers it."""
        return self.submitted(spec, **parts).task

    def submitted(
        self, spec: Spec = SPEC, **parts: Any
    ) -> submitting.Submitted | submitting.Replayed | submitting.KeyReused:
        """Submit a task of alice's."""
        asked = {"owner": "alice", "spec": spec, "stop_timeout": 30, "fingerprint": "f", **parts}
        return submitting.submit(self.ports, submitting.Submission(**asked))

    def cancel(self, task: Task, **parts: Any) -> cancelling.Outcome:
        """Cancel a task as alice."""
        asked = {"task_id": task.id, "by": "alice", "owner": "alice", **parts}
        return cancelling.cancel(self.ports, cancelling.Cancel(**asked))

    def hand_in(self, event: dict[str, Any]) -> observing.Outcome:
        """Observe an event of ECS."""
        return observing.observe(self.ports, parse(event["detail"], Proof.ECS_EVENT))

    def reports(self, container: Container, name: str, **fields: object) -> observing.Outcome:
        """Let a container become what sample `name` shows, and observe ECS's event of it."""
        return self.hand_in(self.containers.becomes(container.arn, name, **fields))

    def running(self, **parts: Any) -> Task:
        """Submit a task and let its container run."""
        task = self.submit(**parts)
        self.reports(self.of(task), "running")
        return self.now(task)

    def of(self, task: Task) -> Container:
        """The newest container that was launched for the task."""
        return [c for c in self.containers.containers.values() if f"/{task.id}/" in c.detail["startedBy"]][-1]

    def now(self, task: Task) -> Task:
        """The record as it is now."""
        current = self.store.get(task.id)
        assert not isinstance(current, Missing)
        return current
