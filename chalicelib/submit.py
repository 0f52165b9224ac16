"""Submit a task: one put with the lease of its first launch, one RunTask, one save."""

from datetime import datetime, timedelta
from typing import assert_never
from zlib import crc32

import msgspec

from chalicelib import fargate, log
from chalicelib.config import Settings
from chalicelib.due import due_at, epoch
from chalicelib.ids import task_id
from chalicelib.launch import launch
from chalicelib.lease import new_lease_id
from chalicelib.lifecycle import Status
from chalicelib.ports import Created, Exists, Ports, StoreUnavailableError
from chalicelib.slots import Admitted, NotAdmitted, admit
from chalicelib.task import SCHEMA, Spec, Task
from chalicelib.timing import start_timer


class Submission(msgspec.Struct, frozen=True):
    """A task as it was asked for."""

    owner: str
    spec: Spec
    stop_timeout: int
    """Seconds."""
    fingerprint: str
    """Hash of the request's content."""
    idempotency_key: str | None = None
    timeout: int | None = None
    """Seconds that it may run."""
    queue_timeout: int | None = None
    """Seconds in which it must come to run."""
    heartbeat_timeout: int | None = None
    """Seconds in which it must be heard again."""
    resume_from: str | None = None
    """The task whose checkpoint it continues from."""
    api_url: str = ""
    """The API as its submitter reached it."""


class Submitted(msgspec.Struct, frozen=True):
    """A new task; as far as its launch has come."""

    task: Task


class Replayed(msgspec.Struct, frozen=True):
    """The same submission came before; this is its task."""

    task: Task


class KeyReused(msgspec.Struct, frozen=True):
    """The Idempotency-Key was used before, for something else."""

    task: Task


class TooManyTasks(msgspec.Struct, frozen=True):
    """The owner has as many active tasks as may be."""


class NothingToResume(msgspec.Struct, frozen=True):
    """The owner has no task of this id."""

    task_id: str


def submit(ports: Ports, submission: Submission) -> Submitted | Replayed | KeyReused | TooManyTasks | NothingToResume:
    """Create the task and launch it.

    Raises:
        StoreUnavailableError: the outcome is not known.
    """
    if submission.resume_from is not None and not _owns(ports, submission.owner, submission.resume_from):
        return NothingToResume(submission.resume_from)
    task = _record(ports, submission)
    match admit(ports, task):
        case Admitted():
            return _create(ports, submission, task)
        case NotAdmitted():
            return _submitted_before(ports, submission, task)
        case other:
            assert_never(other)


def _submitted_before(ports: Ports, submission: Submission, task: Task) -> Replayed | KeyReused | TooManyTasks:
    """What was submitted before is answered, whatever its owner may submit by now."""
    before = None if submission.idempotency_key is None else ports.store.get(task.id)
    return _known(submission, before) if isinstance(before, Task) else TooManyTasks()


def _known(submission: Submission, current: Task) -> Replayed | KeyReused:
    return Replayed(current) if current.fingerprint == submission.fingerprint else KeyReused(current)


def _create(ports: Ports, submission: Submission, task: Task) -> Submitted | Replayed | KeyReused:
    match ports.store.create(task):
        case Created(created):
            if created.timers:
                start_timer(ports, created)
            # Not if the put's answer was lost for so long that a sweeper has taken the lease.
            return Submitted(_launched(ports, created) if created.lease_id == task.lease_id else created)
        case Exists(current):
            return _known(submission, current)
        case other:
            assert_never(other)


def _owns(ports: Ports, owner: str, task_id: str) -> bool:
    found = ports.store.get(task_id)
    return isinstance(found, Task) and found.owner == owner


def _launched(ports: Ports, task: Task) -> Task:
    """Launch what is to be launched now. The task is submitted, whatever becomes of that: the sweep does the rest."""
    if task.status is Status.PENDING:
        return task
    try:
        return launch(ports, task)
    except StoreUnavailableError as error:
        log.warning("launch_unsaved", task_id=task.id, error=str(error))
        return task


def _record(ports: Ports, submission: Submission) -> Task:
    """The record of a new task, with the lease of its first launch; where launching is frozen, it waits instead."""
    now, settings = ports.clock.now(), ports.settings
    new_id = task_id(settings.deployment, submission.owner, submission.idempotency_key)
    definition = fargate.task_definition(submission.spec, submission.stop_timeout, settings)
    queued = submission.queue_timeout
    limited = queued is not None or submission.timeout is not None
    waiting = Task(
        id=new_id,
        owner=submission.owner,
        status=Status.PENDING,
        spec=submission.spec,
        stop_timeout=submission.stop_timeout,
        fingerprint=submission.fingerprint,
        created_at=now,
        placement=fargate.placement(definition, settings, submission.api_url),
        attempt=0,
        rev=1,
        schema=SCHEMA,
        due_shard=str(crc32(new_id.encode()) % settings.due_shards),
        timeout=submission.timeout,
        queue_timeout=queued,
        heartbeat_timeout=submission.heartbeat_timeout,
        resume_from=submission.resume_from,
        deadline=None if queued is None else epoch(now + timedelta(seconds=queued)),
        timers=1 if limited else 0,
        retry_at=now,
    )
    task = waiting if ports.switches.frozen() else _leased(waiting, now, settings)
    return msgspec.structs.replace(task, due_at=due_at(task, settings))


def _leased(task: Task, now: datetime, settings: Settings) -> Task:
    return msgspec.structs.replace(
        task,
        status=Status.STARTING,
        attempt=1,
        claimed_at=now,
        lease_id=new_lease_id(),
        lease_ends_at=now + timedelta(seconds=settings.launch_lease_s),
        retry_at=None,
    )
