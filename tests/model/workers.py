"""Workers in the middle of a verb go on, or die."""

from collections.abc import Iterator

from chalicelib.conditions import Change
from chalicelib.lifecycle import Status
from tests.model import writes
from tests.model.state import State, Worker
from tests.model.world import Step, World, joined, name_of, overtaken_by_a_write, without

WRITING = frozenset({"claim", "save", "defer", "reject", "take", "note", "conclude", "gone"})


def works(world: World) -> Iterator[Step]:
    """Each worker goes on, or dies."""
    state = world.state
    for worker in sorted(set(state.workers)):
        home = without(state, worker)
        yield from go_on(world, worker, home)
        if state.faults:
            dead = home._replace(faults=state.faults - 1)
            yield Step(f"{name_of(worker)} dies", dead)
            if world.bounds.late_writes and worker.at in WRITING:
                flying = tuple(sorted((*dead.flying, worker)))
                yield Step(f"{name_of(worker)} dies, its write on its way", dead._replace(flying=flying))
    for worker in sorted(set(state.flying)):
        flying = list(state.flying)
        flying.remove(worker)
        arrived = state._replace(flying=tuple(flying))
        yield Step(f"{name_of(worker)}'s write arrives", _written(world, worker, arrived) or arrived, 20)


def change(world: World, worker: Worker) -> Change:
    """The write at which a worker is."""
    attempt = worker.attempt
    match worker.at:
        case "claim":
            return writes.claimed(attempt, worker.fresh)
        case "save":
            return writes.launched(attempt, worker.box)
        case "defer":
            return writes.launch_deferred(worker.lease)
        case "reject":
            return writes.launch_rejected(worker.lease)
        case "take":
            return writes.lease_taken(worker.lease)
        case "note":
            return writes.listed_empty(worker.lease)
        case "conclude":
            return writes.nothing_found(worker.lease, world.rules.listings)
        case _:
            return writes.gone(worker.box)


def _written(world: World, worker: Worker, state: State) -> State | None:
    return world.write(state, change(world, worker))


def _wrote(world: World, worker: Worker, home: State, then: Worker | None = None) -> Iterator[Step]:
    """Write and go on; and where a repeat would apply again, let one be on its way."""
    after = _written(world, worker, home)
    name = f"{name_of(worker)} writes"
    if after is None:
        yield Step(f"{name}: refused", home, 90)
        return
    went_on = after if then is None else joined(after, then)
    yield Step(name, went_on, 90)
    if world.rules.repeats_apply and home.faults:
        again = tuple(sorted((*went_on.flying, worker._replace(fresh=False))))
        yield Step(f"{name}, and it will be sent again", went_on._replace(flying=again, faults=home.faults - 1))


def _claim(world: World, worker: Worker, home: State) -> Iterator[Step]:
    yield from _wrote(world, worker, home, Worker("send", worker.attempt, lease=True))


def _take(world: World, worker: Worker, home: State) -> Iterator[Step]:
    yield from _wrote(world, worker, home, Worker("resend", worker.attempt, lease=True))


def _send(world: World, worker: Worker, home: State) -> Iterator[Step]:
    """RunTask. After anything unclear it is sent again; a definite refusal of this first send counts."""
    yield from _run(world, worker, home)
    if home.faults:
        refused = worker._replace(at="reject" if worker.attempt >= world.bounds.attempts else "defer")
        faulty = home._replace(faults=home.faults - 1)
        yield Step(f"RunTask({worker.attempt}) is refused", joined(faulty, refused))
        yield from _timed_out(world, worker, faulty, worker._replace(at="resend"))


def _resend(world: World, worker: Worker, home: State) -> Iterator[Step]:
    """RunTask again. Only a container counts."""
    yield from _run(world, worker, home)
    if home.faults:
        faulty = home._replace(faults=home.faults - 1)
        yield Step(f"RunTask({worker.attempt}), sent again, is refused", _refused_again(world, worker, faulty))
        yield from _timed_out(world, worker, faulty, None)


def _refused_again(world: World, worker: Worker, home: State) -> State:
    if not world.rules.refusal_of_resend_counts:
        return home
    return joined(home, worker._replace(at="reject" if worker.attempt >= world.bounds.attempts else "defer"))


def _run(world: World, worker: Worker, home: State) -> Iterator[Step]:
    after, number = world.run_task(home, worker.attempt)
    if after is not None:
        saver = worker._replace(at="save", box=number)
        yield Step(f"RunTask({worker.attempt}) answers c{number}", joined(after, saver), 90)


def _timed_out(world: World, worker: Worker, faulty: State, then: Worker | None) -> Iterator[Step]:
    name = f"RunTask({worker.attempt}) times out"
    applied, _ = world.run_task(faulty, worker.attempt)
    late = faulty._replace(late=faulty.late | {worker.attempt})
    for how, after in (("carried out", applied), ("on its way", late), ("lost", faulty)):
        if after is not None:
            yield Step(f"{name}, {how}", after if then is None else joined(after, then))


def _save(world: World, worker: Worker, home: State) -> Iterator[Step]:
    """Save the container, and look whether it may live."""
    for step in _wrote(world, worker, home):
        record = step.after.record
        mine = record.ecs_arn == worker.box and record.status in (Status.STARTING, Status.RUNNING)
        stops = world.rules.launcher_looks_back and not mine
        yield step._replace(after=world.stop(step.after, worker.box)) if stops else step


def _defer(world: World, worker: Worker, home: State) -> Iterator[Step]:
    """Say that nothing was launched; refused by a cancellation, say so for good."""
    for step in _wrote(world, worker, home):
        if step.after == home and home.record.status is Status.CANCELLING:
            yield Step(step.label, joined(home, worker._replace(at="reject")), 90)
        else:
            yield step


def _cancel(world: World, worker: Worker, home: State) -> Iterator[Step]:
    """Write what followed from a look, whatever has become of it."""
    status = Status.CANCELLED if worker.box else Status.CANCELLING
    record = home.record._replace(status=status, on_end=Status.CANCELLED)
    yield Step("user cancels: writes", overtaken_by_a_write(home._replace(record=record, acknowledged=True)), 90)


GO_ON = {
    "claim": _claim,
    "take": _take,
    "send": _send,
    "resend": _resend,
    "save": _save,
    "defer": _defer,
    "cancel": _cancel,
}
"""What is more than a write."""


def go_on(world: World, worker: Worker, home: State) -> Iterator[Step]:
    """What a worker may come to by one call; `home` is the world without it."""
    yield from GO_ON.get(worker.at, _wrote)(world, worker, home)
