"""What `TaskStore` promises, of each implementation."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import msgspec
import pytest

from chalicelib.conditions import Absent, AnyOf, Equals, FirstOf, Plus, Sum, owned_by
from chalicelib.lifecycle import BIRTHS, QUIET, TRANSITIONS, Event, Status, sources
from chalicelib.ports import Applied, Created, Exists, Missing, Position, Refused
from chalicelib.task import Entry, Task
from tests.contract.backends import Backend
from tests.contract.conditions import DO_NOT_HOLD, HOLD, ODD, SAMPLE
from tests.doubles.examples import ARN, a_change, a_task, cancellation, later, whole_task

EVENTS = [event for event in Event if sources(event)]
"""The events that `apply` writes; SUBMITTED is written by `create`."""


@pytest.fixture
def store(backend):
    return backend.store()


def applied(store, task: Task, change) -> Task:
    outcome = store.apply(task.id, change)
    assert isinstance(outcome, Applied), outcome
    return outcome.task


def put(backend: Backend, task: Task) -> Task:
    backend.put(task)
    return task


# -- create and get


def test_a_new_record_is_read_as_it_was_created(store):
    created = store.create(whole_task())
    assert isinstance(created, Created)
    assert store.get(created.task.id) == created.task


def test_create_keeps_each_field(store):
    task = whole_task()
    created = store.create(task).task
    assert msgspec.structs.replace(created, write_id=task.write_id, history=task.history) == task


def test_no_field_of_the_example_has_its_default():
    task = whole_task()
    for struct in (task, task.spec, task.placement, task.cancellation, task.termination):
        at_default = [f.name for f in msgspec.structs.fields(struct) if getattr(struct, f.name) == f.default]
        assert at_default == []


@pytest.mark.parametrize(("event", "status"), BIRTHS.items())
def test_a_new_record_begins_its_history(store, event, status):
    task = store.create(a_task(status)).task
    entry = Entry(at=task.created_at, event=event, by="alice", write_id=task.write_id)
    assert task.history == (entry,)
    assert task.write_id not in ("", "w0")


def test_an_id_that_is_taken_is_left_as_it_is(store):
    first = store.create(a_task(owner="alice")).task
    assert store.create(a_task(owner="bob", id=first.id)) == Exists(first)
    assert store.get(first.id) == first


def test_what_is_not_there_is_missing(store):
    assert store.get(str(uuid.uuid4())) == Missing()


def test_an_event_of_a_missing_task_changes_nothing(store):
    task_id = str(uuid.uuid4())
    for event in EVENTS:
        assert store.apply(task_id, a_change(event)) == Missing()
    assert store.get(task_id) == Missing()


# -- the table


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_is_applied_where_the_table_has_it(backend, store, event):
    for status in Status:
        task = put(backend, a_task(status))
        outcome = store.apply(task.id, a_change(event))
        if target := TRANSITIONS.get((event, status)):
            assert isinstance(outcome, Applied)
            assert outcome.task.status is target
        else:
            assert outcome == Refused(task)
        assert store.get(task.id) == (outcome.task if isinstance(outcome, Applied) else task)


def test_an_end_follows_on_end_whatever_the_status(backend, store):
    task = put(backend, a_task(Status.RUNNING, on_end=Status.CANCELLED))
    assert applied(store, task, a_change(Event.EXITED_ZERO)).status is Status.CANCELLED


# -- what each write does


def test_each_write_counts_and_names_itself(backend, store):
    task = put(backend, a_task(Status.STARTING))
    one = applied(store, task, a_change(Event.LAUNCHED))
    two = applied(store, task, a_change(Event.STARTED))
    assert (one.rev, two.rev) == (2, 3)
    assert len({"w0", one.write_id, two.write_id}) == 3


def test_an_applied_event_is_appended_to_the_history(backend, store):
    task = put(backend, a_task(Status.RUNNING))
    change = a_change(Event.CANCEL_REQUESTED, at=later(7), by="bob", reason="wrong input")
    now = applied(store, task, change)
    entry = Entry(at=later(7), event=Event.CANCEL_REQUESTED, by="bob", reason="wrong input", write_id=now.write_id)
    assert now.history == (*task.history, entry)


def test_without_a_reason_the_history_has_none(backend, store):
    task = put(backend, a_task(Status.RUNNING))
    assert applied(store, task, a_change(Event.EXITED_ZERO)).history[-1].reason is None


def test_nothing_else_is_changed(backend, store):
    task = put(backend, whole_task())
    now = applied(store, task, a_change(Event.LAUNCHED))
    written = {"rev": now.rev, "write_id": now.write_id, "history": now.history}
    assert now == msgspec.structs.replace(task, **written)


def test_sets_and_removes(backend, store):
    task = put(backend, a_task(Status.STARTING))
    change = a_change(
        Event.LAUNCHED, sets={"ecs_arn": ARN, "ecs_version": 1, "retry_at": later(3)}, removes=("lease_id", "refusal")
    )
    now = applied(store, task, change)
    assert (now.ecs_arn, now.ecs_version, now.retry_at) == (ARN, 1, later(3))
    assert now.lease_id is None


def test_what_is_removed_is_absent(backend, store):
    task = put(backend, a_task(Status.STARTING))
    applied(store, task, a_change(Event.SIGHTED, removes=("lease_id",)))
    applied(store, task, a_change(Event.SIGHTED, requires=(Absent("lease_id"),)))


def test_what_is_set_to_a_map_can_be_changed_inside(backend, store):
    task = put(backend, a_task(Status.RUNNING))
    applied(store, task, a_change(Event.CANCEL_REQUESTED, sets={"cancellation": cancellation()}))
    inside = {
        "cancellation.repeats": Plus(1),
        "cancellation.force_requested": True,
        "cancellation.stop_sent_at": later(9),
    }
    now = applied(store, task, a_change(Event.CANCEL_REPEATED, sets=inside))
    assert now.cancellation == cancellation(repeats=1, force_requested=True, stop_sent_at=later(9))


@pytest.mark.parametrize(
    ("operand", "before", "after"),
    [
        pytest.param(later(1), None, later(1), id="a value"),
        pytest.param(FirstOf("lease_ends_at", later(1)), None, later(90), id="the other attribute's"),
        pytest.param(FirstOf("started_at", later(1)), None, later(1), id="the default, where there is no other"),
        pytest.param(FirstOf("due_at", later(1)), later(4), later(4), id="its own"),
    ],
)
def test_operands(backend, store, operand, before, after):
    task = put(backend, a_task(Status.STARTING, due_at=before))
    assert applied(store, task, a_change(Event.SIGHTED, sets={"due_at": operand})).due_at == after


@pytest.mark.parametrize(("before", "after"), [(None, 3), (1, 4)])
def test_plus_counts_from_zero(backend, store, before, after):
    task = put(backend, a_task(Status.STARTING, ecs_version=before))
    assert applied(store, task, a_change(Event.SIGHTED, sets={"ecs_version": Plus(3)})).ecs_version == after


@pytest.mark.parametrize(("timeout", "deadline"), [(None, 103), (60, 63)])
def test_sum_adds_to_the_other_attribute_or_to_the_default(backend, store, timeout, deadline):
    task = put(backend, a_task(Status.STARTING, timeout=timeout))
    change = a_change(Event.SIGHTED, sets={"deadline": Sum("timeout", 100, 3)})
    assert applied(store, task, change).deadline == deadline


def test_operands_read_the_record_as_it_was_before_the_write(backend, store):
    task = put(backend, a_task(Status.STARTING))
    change = a_change(
        Event.SIGHTED,
        sets={
            "due_at": FirstOf("lease_ends_at", later(1)),
            "retry_at": FirstOf("due_at", later(2)),
            "lease_ends_at": later(3),
        },
        removes=("lease_id",),
    )
    now = applied(store, task, change)
    assert (now.due_at, now.retry_at, now.lease_ends_at) == (task.lease_ends_at, task.due_at, later(3))


def test_an_operand_may_read_what_the_same_write_removes(backend, store):
    task = put(backend, a_task(Status.STARTING))
    change = a_change(Event.SIGHTED, sets={"due_at": FirstOf("lease_ends_at", later(1))}, removes=("lease_ends_at",))
    now = applied(store, task, change)
    assert (now.due_at, now.lease_ends_at) == (later(90), None)


# -- conditions


@pytest.mark.parametrize("condition", HOLD, ids=str)
def test_a_condition_holds(backend, store, condition):
    task = put(backend, msgspec.structs.replace(SAMPLE, id=str(uuid.uuid4())))
    assert isinstance(store.apply(task.id, a_change(Event.SIGHTED, requires=(condition,))), Applied)


def test_a_single_alternative_is_one(dynamodb):
    alone = AnyOf(((Equals("attempt", 1), Equals("owner", "alice")),))
    task = put(dynamodb, a_task(Status.RUNNING))
    assert isinstance(dynamodb.store().apply(task.id, a_change(Event.SIGHTED, requires=(alone,))), Applied)


@pytest.mark.parametrize("condition", DO_NOT_HOLD, ids=str)
def test_a_condition_does_not_hold(backend, store, condition):
    task = put(backend, msgspec.structs.replace(SAMPLE, id=str(uuid.uuid4())))
    assert store.apply(task.id, a_change(Event.SIGHTED, requires=(condition,))) == Refused(task)
    assert store.get(task.id) == task


@pytest.mark.parametrize("condition", ODD, ids=str)
def test_a_condition_on_another_type_does_not_hold(shared_backend, condition):
    task = put(shared_backend, msgspec.structs.replace(SAMPLE, id=str(uuid.uuid4())))
    assert shared_backend.store().apply(task.id, a_change(Event.SIGHTED, requires=(condition,))) == Refused(task)


def test_every_condition_must_hold(backend, store):
    task = put(backend, a_task(Status.RUNNING))
    alternatives = AnyOf(((Equals("owner", "alice"),), (Equals("owner", "bob"),)))
    change = a_change(Event.EXITED_ZERO, requires=(alternatives, Equals("attempt", 2)))
    assert store.apply(task.id, change) == Refused(task)
    assert isinstance(store.apply(task.id, replace(change, requires=(alternatives, Equals("attempt", 1)))), Applied)


# -- the bound of the history


def until_full(store, task: Task, event: Event) -> list[int]:
    """Apply the event twelve times: how long the history was each time."""
    return [len(applied(store, task, a_change(event)).history) for _ in range(12)]


def test_what_does_not_move_the_task_leaves_a_quarter_of_the_history_free(backend):
    store = backend.store(max_history=8)
    task = put(backend, a_task(Status.CANCELLING))
    assert until_full(store, task, Event.CANCEL_REPEATED) == [2, 3, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6]
    assert len(applied(store, task, a_change(Event.EXITED_ZERO)).history) == 7


def test_a_full_history_does_not_keep_events_from_being_applied(backend):
    store = backend.store(max_history=8)
    full = tuple(Entry(at=later(i), event=Event.SUBMITTED, by="alice", write_id=f"w{i}") for i in range(8))
    task = put(backend, a_task(Status.RUNNING, history=full))
    now = applied(store, task, a_change(Event.EXITED_ZERO, sets={"ended_at": later(9)}))
    assert (now.status, now.ended_at, now.rev, now.history) == (Status.COMPLETED, later(9), 2, full)
    assert now.write_id != "w0"


def test_a_full_history_does_not_let_a_refused_event_through(backend):
    store = backend.store(max_history=8)
    full = tuple(Entry(at=later(i), event=Event.SUBMITTED, by="alice", write_id=f"w{i}") for i in range(8))
    task = put(backend, a_task(Status.RUNNING, history=full))
    assert store.apply(task.id, a_change(Event.EXITED_ZERO, requires=(owned_by("bob"),))) == Refused(task)
    assert store.apply(task.id, a_change(Event.CLAIMED)) == Refused(task)


@pytest.mark.parametrize("event", sorted(QUIET))
def test_a_quiet_event_leaves_no_entry(backend, store, event):
    status = min(sources(event))
    task = put(backend, a_task(status))
    now = applied(store, task, a_change(event))
    assert (now.rev, now.history) == (task.rev + 1, task.history)


# -- many at once


def test_many_records_are_read_at_once(backend, store):
    tasks = [put(backend, a_task()) for _ in range(130)]
    missing = str(uuid.uuid4())
    assert store.get_many([*(task.id for task in tasks), missing]) == {task.id: task for task in tasks}


def test_no_records_are_read_without_asking(store):
    assert store.get_many([]) == {}


def test_what_is_due_is_found_the_longest_due_first(backend, store):
    late, soon, now = (put(backend, a_task(due_at=later(s), due_shard=str(int(s) % 8))) for s in (3, 5, 4))
    ids = {late.id: "late", soon.id: "soon", now.id: "now"}
    assert [ids[i] for i in store.due(later(4), 10)] == ["late", "now"]


def test_what_has_ended_is_not_due(backend, store):
    task = put(backend, a_task(Status.CANCELLING, due_at=later(1)))
    assert list(store.due(later(9), 10)) == [task.id]
    applied(store, task, a_change(Event.EXITED_ZERO, removes=("due_at",)))
    assert list(store.due(later(9), 10)) == []


def test_what_is_due_later_than_before_is_found_then(backend, store):
    task = put(backend, a_task(Status.RUNNING, due_at=later(1)))
    applied(store, task, a_change(Event.SIGHTED, sets={"due_at": later(7)}))
    assert list(store.due(later(6), 10)) == []
    assert list(store.due(later(7), 10)) == [task.id]


# -- lists


def created_at(backend: Backend, owner: str, *seconds: float) -> list[str]:
    """Put tasks of that owner; their ids."""
    return [put(backend, a_task(owner=owner, created_at=later(s))).id for s in seconds]


def pages(store, owner: str, limit: int) -> list[list[str]]:
    found, after = [], None
    for _ in range(20):
        page = store.page(owner, limit, after)
        found.append([task.id for task in page.tasks])
        if (after := page.next) is None:
            return found
    pytest.fail("the pages do not end")


@pytest.fixture
def owner() -> str:
    return f"owner-{uuid.uuid4().hex[:8]}"


def test_a_list_is_newest_first(backend, store, owner):
    ids = created_at(backend, owner, 2, 0.001, 3, 0, 0.002)
    newest_first = [ids[2], ids[0], ids[4], ids[1], ids[3]]
    assert [task.id for task in store.page(owner, 10, None).tasks] == newest_first


def test_a_list_shows_the_records_themselves(backend, store, owner):
    task = put(backend, msgspec.structs.replace(whole_task(), owner=owner))
    assert store.page(owner, 10, None).tasks == [task]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
def test_pages_show_each_task_once_and_in_order(backend, store, owner, limit):
    ids = created_at(backend, owner, 5, 4, 3, 2, 1)
    found = pages(store, owner, limit)
    assert [i for page in found for i in page] == ids
    assert max(len(page) for page in found) <= limit


def test_tasks_of_one_instant_are_each_shown_once(backend, store, owner):
    ids = created_at(backend, owner, 1, 1, 1, 1, 1)
    assert sorted(i for page in pages(store, owner, 2) for i in page) == sorted(ids)


def test_a_list_has_only_the_owners_own(backend, store, owner):
    ids = created_at(backend, owner, 1)
    created_at(backend, f"{owner}-other", 2)
    assert pages(store, owner, 10)[0] == ids


def test_a_list_of_nobody_is_empty(store, owner):
    page = store.page(owner, 10, None)
    assert (list(page.tasks), page.next) == ([], None)


def test_a_page_begins_after_its_position_even_where_that_task_is_gone(backend, store, owner):
    ids = created_at(backend, owner, 3, 2, 1)
    gone = Position(str(uuid.uuid4()), later(2.5))
    assert [task.id for task in store.page(owner, 10, gone).tasks] == ids[1:]


def test_tasks_that_are_new_do_not_move_the_pages(backend, store, owner):
    ids = created_at(backend, owner, 3, 2, 1)
    first = store.page(owner, 2, None)
    created_at(backend, owner, 4, 5)
    assert [task.id for task in store.page(owner, 2, first.next).tasks] == ids[2:]


# -- together


def test_of_many_writes_at_once_exactly_one_is_applied(shared_backend):
    store = shared_backend.store()
    for _ in range(20):
        task = put(shared_backend, a_task(Status.RUNNING))
        ends = [Event.EXITED_ZERO, Event.EXITED_NONZERO, Event.INTERRUPTED, Event.START_FAILED]
        with ThreadPoolExecutor(len(ends)) as pool:
            outcomes = list(pool.map(lambda event, i=task.id: store.apply(i, a_change(event)), ends))
        winners = [outcome.task for outcome in outcomes if isinstance(outcome, Applied)]
        assert winners == [store.get(task.id)]
        assert [o.current for o in outcomes if isinstance(o, Refused)] == winners * 3


def test_of_many_creations_at_once_exactly_one_is_new(shared_backend):
    store = shared_backend.store()
    for _ in range(20):
        task_id = str(uuid.uuid4())
        with ThreadPoolExecutor(4) as pool:
            outcomes = list(pool.map(lambda owner, i=task_id: store.create(a_task(id=i, owner=owner)), "abcd"))
        [new] = [outcome.task for outcome in outcomes if isinstance(outcome, Created)]
        assert [o for o in outcomes if isinstance(o, Exists)] == [Exists(new)] * 3


def test_no_count_is_lost_between_threads(shared_backend):
    store = shared_backend.store()
    task = put(shared_backend, a_task(Status.CANCELLING))
    change = a_change(Event.CANCEL_REPEATED, sets={"cancellation.repeats": Plus(1)})
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: store.apply(task.id, change), range(40)))
    now = store.get(task.id)
    assert (now.cancellation.repeats, now.rev) == (40, 41)
