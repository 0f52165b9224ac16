"""Schedules that nobody thought of, drawn by seed: whatever happens in whatever order, nothing lies and all rests.

The draw stays within what `docs/promise.md` assumes of the world: a worker does not outlive its lease, a request is
carried out or lost within minutes, and ECS's reads lag by minutes.
"""

from contextlib import suppress
from random import Random

import pytest

from chalicelib.lifecycle import Event
from localcloud.ecs import EcsError
from tests.doubles.containers import Act, Script, after, before
from tests.fence.gate import Held, die, lose
from tests.fence.world import World

SEEDS = range(40)
STEPS = 30
CALLS = ("RunTask", "StopTask", "DescribeTasks", "ListTasks")
REFUSALS = ("timeout", "refuse_500", "throttle", "throttle_disguised")
APPLIED = ("apply_then_timeout", "apply_then_500", "apply_then_500_then_throttle")
WRITES = {"create", *Event}
WAITS = (1.0, 10.0, 25.0, 60.0, 100.0, 600.0, 1000.0, 3000.0, 4000.0)


class Schedule:
    """Draws what happens next."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._late: list[Held] = []
        self._depth = 0
        self.world = World()
        self.said: list[str] = []

    def step(self) -> None:
        """Let one thing happen."""
        happens = self._random.choice(
            (
                *(self._time_passes,) * 4,
                *(self._somebody_works,) * 8,
                *(self._something_goes_wrong,) * 4,
                *(self._ecs_goes_wrong,) * 3,
                *(self._events_arrive,) * 3,
                self._a_container_ends,
                self._a_late_write_arrives,
                self._the_freeze_is_switched,
            )
        )
        self._say(happens.__name__)
        happens()

    def _say(self, words: str) -> None:
        self.said.append(f"{'  ' * self._depth}{words}")

    def _time_passes(self) -> None:
        seconds = self._random.choice(WAITS) if not self._depth else self._random.choice(WAITS[:2])
        self._say(f"  {seconds:.0f} s")
        self.world.advance(seconds)

    def _somebody_works(self) -> None:
        world = self.world
        works = (world.sweep, world.sweep, world.relaunch, world.hunt, world.submit, world.cancel)
        work = self._random.choice(works)
        if work == world.cancel and (not world.store.ids() or self._random.random() < 0.5):
            return
        self._say(f"  {work.__name__}")
        self._depth += 1
        work()
        self._depth -= 1

    def _something_goes_wrong(self) -> None:
        number = self._random.randrange(8)
        name, script = self._random.choice(
            (
                ("dies before", before(die)),
                ("dies after", after(die)),
                ("unanswered, not done", before(lose)),
                ("unanswered, done", after(lose)),
                ("lies still before", before(self._others_act)),
                ("lies still after", after(self._others_act)),
                ("late", self._held(carried_out=False)),
                ("again", self._held(carried_out=True)),
            )
        )
        self._say(f"  call {number}: {name}")
        self.world.gate.script_nth(number, script)

    def _held(self, *, carried_out: bool) -> Script:
        """Hold a write for later; any other call is just the last of its worker."""
        held = Held(carried_out=carried_out, then=die)

        def script(act: Act) -> object:
            if self.world.gate.calls[-1] in WRITES:
                self._late.append(held)
            return held(act)

        return script

    def _others_act(self) -> None:
        if self._depth > 2:
            return
        for _ in range(self._random.randrange(1, 4)):
            self.step()

    def _ecs_goes_wrong(self) -> None:
        operation = self._random.choice(CALLS)
        faults = list(REFUSALS)
        if operation in ("RunTask", "StopTask"):
            faults += APPLIED
        faults += {
            "RunTask": ["apply_late", "failures"],
            "StopTask": ["pretend"],
        }.get(operation, ["lag", "lag", "lag"])
        fault = self._random.choice(faults)
        seconds = {"seconds": float(self._random.randrange(1, 300))} if fault in ("lag", "apply_late") else {}
        self._say(f"  {operation} {fault} {seconds}")
        self.world.fault(operation, fault, times=self._random.randrange(1, 4), **seconds)
        if self._random.random() < 0.2:
            self.world.fails_to_start(self._random.choice(("Capacity is unavailable at this time", "No such image")))

    def _events_arrive(self) -> None:
        heard = self.world.heard
        told = self._random.sample(heard, min(len(heard), self._random.randrange(1, 4)))
        self._say(f"  {[(each['detail']['lastStatus'], each['detail']['startedBy'][-1]) for each in told]}")
        self._depth += 1
        self.world.deliver(*told)
        self._depth -= 1

    def _a_container_ends(self) -> None:
        alive = self.world.alive()
        if not alive:
            return
        if self.world.runs(alive[0]) and self._random.random() < 0.7:
            self.world.exit(alive[0], self._random.choice((0, 1)))
        else:
            # Who may be refused, too.
            with suppress(EcsError):
                self.world.stop_as_somebody_else(alive[0])

    def _a_late_write_arrives(self) -> None:
        if self._late:
            self._late.pop(self._random.randrange(len(self._late))).arrive()
            self.world.look()

    def _the_freeze_is_switched(self) -> None:
        self.world.switches.freeze = not self.world.switches.freeze


def behave(schedule: Schedule, seed: int) -> None:
    """Say how the containers of this schedule behave."""
    random = Random(seed)
    schedule.world.behave(
        starts=random.choice((0, 0, 5, 200)),
        runs=random.choice((None, None, 0, 5, 100, 2000)),
        code=random.choice((0, 1)),
        stops=random.choice((0, 0, 10, None)),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_any_schedule_keeps_the_promise(seed: int):
    schedule = Schedule(seed)
    behave(schedule, seed)
    schedule.world.submit()
    try:
        for _ in range(STEPS):
            schedule.step()
        schedule.world.switches.freeze = False
        schedule.world.settle()
    except AssertionError as error:
        error.add_note("\n".join(schedule.said))
        raise
