"""Read what callers send. Everything that is wrong with it is a `Problem` that names the field."""

import hashlib
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from chalicelib.allowed import check_allowed, check_timeout
from chalicelib.authorization import Caller, Role, Verb
from chalicelib.cancel import Cancel
from chalicelib.config import Settings
from chalicelib.cursors import from_cursor, from_log_cursor
from chalicelib.etags import wanted_revs
from chalicelib.fargate import MAX_OVERRIDES, MEMORY_BY_CPU, Access, overrides_size
from chalicelib.ids import is_task_id
from chalicelib.keys import Keys
from chalicelib.listing import Listing
from chalicelib.logs import LogRequest
from chalicelib.notes import Checkpoint, Progress, Result, Told
from chalicelib.patch import Patch
from chalicelib.problems import BodyTooLarge, Malformed, NotFound, UnknownField
from chalicelib.schema import (
    CancelBatch,
    CancelBody,
    CancelQuery,
    DirectCancel,
    KeptBody,
    ListQuery,
    LogsQuery,
    NoQuery,
    PatchBody,
    ReportBody,
    SubmitBody,
)
from chalicelib.submit import Submission
from chalicelib.task import Cause, Spec
from chalicelib.tokens import TaskToken, token_size

T = TypeVar("T")

RESERVED = "CALLOFF_"
"""Variables that begin so are Calloff's own."""


def submission(body: bytes, key: str | None, caller: Caller, settings: Settings, api_url: str = "") -> Submission:
    """Read a submission."""
    caller.scope(Verb.SUBMIT)
    asked = _decode(body, SubmitBody)
    _check_key(key)
    _check_size(asked)
    _check_variables(asked)
    _check_labels(asked.labels, settings)
    check_allowed(asked, settings)
    if asked.resume_from is not None and not is_task_id(asked.resume_from):
        raise Malformed("resume_from is the id of a task.", field="resume_from")
    spec = Spec(
        image=asked.image,
        command=asked.command,
        environment=asked.environment,
        secrets=asked.secrets,
        cpu=asked.cpu,
        memory=asked.memory,
        labels=asked.labels,
        supervised=asked.supervised,
    )
    if (size := overrides_size(spec, _longest_access(settings, api_url))) > MAX_OVERRIDES:
        detail = f"command and environment are {size} characters as ECS's overrides; at most {MAX_OVERRIDES}."
        raise Malformed(
            detail, field="command" if len(str(asked.command)) > len(str(asked.environment)) else "environment"
        )
    return Submission(
        owner=caller.name,
        spec=spec,
        stop_timeout=asked.stop_timeout,
        fingerprint=_fingerprint(asked),
        idempotency_key=key,
        timeout=asked.timeout,
        queue_timeout=asked.queue_timeout,
        heartbeat_timeout=asked.heartbeat_timeout,
        resume_from=asked.resume_from,
        api_url=api_url,
    )


def _longest_access(settings: Settings, api_url: str) -> Access:
    """What a container of any attempt is told, at its longest."""
    return Access(str(uuid.UUID(int=0)), "t" * token_size(settings.launch_attempts), settings.api_url or api_url)


def cancellation(task: str, body: bytes, caller: Caller, settings: Settings, *, force: bool = False) -> Cancel:
    """Read a cancellation; an empty body asks for nothing in particular."""
    owner = caller.scope(Verb.CANCEL)
    asked = _cancel_body(body, settings)
    return Cancel(
        task_id=identity(task),
        by=caller.name,
        owner=owner,
        reason=asked.reason,
        reason_code=asked.reason_code,
        force=force or asked.mode == "force",
        grace=asked.grace,
    )


def self_cancellation(body: bytes, token: TaskToken, settings: Settings) -> Cancel:
    """Read a task's cancellation of itself. The token stands for the owner: its conditions go into the write."""
    asked = _cancel_body(body, settings)
    return Cancel(
        task_id=token.task_id,
        by=Role.TASK,
        owner=None,
        cause=Cause.SELF,
        reason=asked.reason,
        reason_code=asked.reason_code,
        force=asked.mode == "force",
        grace=asked.grace,
    )


def direct_cancellation(event: object, way: str, settings: Settings) -> Cancel:
    """Read a cancellation that came past the API, by this `way`: that is noted with whoever says to have sent it."""
    asked = _convert(event, DirectCancel)
    _check_reason(asked, settings)
    return Cancel(
        task_id=identity(asked.task_id),
        by=f"{way}/{asked.requested_by}" if asked.requested_by else way,
        owner=None,
        reason=asked.reason,
        reason_code=asked.reason_code,
        force=asked.mode == "force",
        grace=asked.grace,
    )


def cancel_batch(detail: object, settings: Settings) -> tuple[Any, ...]:
    """Read a batch of cancellations, each of which may be anything yet."""
    batch = _convert(detail, CancelBatch).cancels
    if len(batch) > settings.max_cancels:
        raise Malformed(f"{len(batch)} cancellations; at most {settings.max_cancels} in an event.", field="cancels")
    return batch


def _convert(value: object, into: type[T]) -> T:
    try:
        return msgspec.convert(value, into)
    except msgspec.ValidationError as error:
        raise _problem(str(error)) from error


def told(body: bytes, now: datetime, settings: Settings) -> Told:
    """Read what a task tells of itself."""
    asked = _decode(body or b"{}", ReportBody)
    order = int(now.timestamp() * 10**9) if asked.sequence is None else asked.sequence
    told = Told(at=now, order=order)
    if (progress := asked.progress) is not None:
        said = Progress(done=progress.done, total=progress.total, message=progress.message, at=now)
        told = msgspec.structs.replace(told, progress=said)
    if (checkpoint := asked.checkpoint) is not None:
        data = _kept(checkpoint, "checkpoint", settings.max_checkpoint)
        size = len(bytes(checkpoint.data))
        told = msgspec.structs.replace(told, checkpoint=Checkpoint(data=data, at=now), checkpoint_size=size)
    if (result := asked.result) is not None:
        data = _kept(result, "result", settings.max_result)
        told = msgspec.structs.replace(told, result=Result(data=data, partial=False, at=now))
    return told


def _kept(asked: KeptBody, field: str, most: int) -> Any:
    size = len(bytes(asked.data))
    if size > most:
        raise BodyTooLarge(f"{field}.data has {size} bytes of JSON; at most {most}.", field=field)
    try:
        return msgspec.json.decode(asked.data)
    except msgspec.DecodeError as error:
        raise Malformed(f"{field}.data is not JSON: {error}.", field=field) from error


def _cancel_body(body: bytes, settings: Settings) -> CancelBody:
    asked = _decode(body or b"{}", CancelBody)
    _check_reason(asked, settings)
    return asked


def _check_reason(asked: CancelBody, settings: Settings) -> None:
    if asked.reason is not None and len(asked.reason) > settings.max_reason:
        raise Malformed(f"reason has {len(asked.reason)} characters; at most {settings.max_reason}.", field="reason")


def patch(task: str, body: bytes, caller: Caller, settings: Settings, if_match: str | None = None) -> Patch:
    """Read a new time limit."""
    owner = caller.scope(Verb.CHANGE)
    asked = _decode(body, PatchBody)
    check_timeout(asked.timeout, settings)
    return Patch(identity(task), caller.name, owner, asked.timeout, wanted_revs(if_match))


def no_query(query: Mapping[str, Sequence[str]]) -> None:
    """Refuse what would be passed over: this route takes no parameters."""
    _query(query, NoQuery)


def terminate(query: Mapping[str, Sequence[str]]) -> bool:
    """Read `?terminate=true`."""
    return _query(query, CancelQuery).terminate


def listing(query: Mapping[str, Sequence[str]], caller: Caller, settings: Settings, keys: Keys) -> Listing:
    """Read what to list."""
    asked = _query(query, ListQuery)
    owner = caller.listing(asked.owner)
    limit = settings.page if asked.limit is UNSET else asked.limit
    if limit > settings.page_max:
        raise Malformed(f"limit is at most {settings.page_max}.", field="limit")
    labels = dict(_label(text) for text in asked.label)
    after = None if asked.cursor is None else from_cursor(keys, owner, asked.cursor)
    return Listing(owner, frozenset(asked.status), labels, limit, after)


def log_request(
    task: str, query: Mapping[str, Sequence[str]], caller: Caller, settings: Settings, keys: Keys
) -> LogRequest:
    """Read which lines of a task's log are asked for."""
    asked = _query(query, LogsQuery)
    limit = settings.log_page if asked.limit is UNSET else asked.limit
    if limit > settings.log_page_max:
        raise Malformed(f"limit is at most {settings.log_page_max}.", field="limit")
    task_id = identity(task)
    after = None if asked.cursor is None else from_log_cursor(keys, task_id, asked.cursor)
    return LogRequest(task_id, caller.scope(Verb.LOGS), limit, after)


def identity(text: str) -> str:
    """Read a task's id.

    Raises:
        NotFound: it is not the text of an id, so there is no such task.
    """
    if not is_task_id(text):
        raise NotFound("There is no such task.")
    return text


def _decode(body: bytes, into: type[T]) -> T:
    try:
        read = msgspec.json.decode(body, type=into)
        # What has the right shape is not deep: json, which tells keys that are given twice, can read it.
        json.loads(body, object_pairs_hook=_each_once)
    except msgspec.ValidationError as error:
        raise _problem(str(error)) from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        # Also a number with more digits than Python reads.
        raise Malformed(f"The body is not JSON: {error}.", field="body") from error
    return read


def _each_once(pairs: Sequence[tuple[str, object]]) -> None:
    """Refuse an object with a key that is given twice: whoever looks at it on its way may read the other one."""
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise Malformed(f"{name} is given twice.", field=name)
        seen.add(name)


def _query(query: Mapping[str, Sequence[str]], into: type[T]) -> T:
    values: dict[str, Any] = {}
    for name, texts in query.items():
        many = name in ("status", "label")
        if len(texts) > 1 and not many:
            raise Malformed(f"{name} is given more than once.", field=name)
        values[name] = tuple(texts) if many else texts[0]
    try:
        return msgspec.convert(values, into, strict=False)
    except msgspec.ValidationError as error:
        # One of several values is still the parameter of that name.
        raise _problem(_INDEX.sub("`", str(error))) from error


_INDEX = re.compile(r"\[[0-9.]+\]`$")
_UNKNOWN = re.compile(r"unknown field `(.*?)`(?: - at `\$[^`]*`)?$", re.DOTALL)
_WHERE = re.compile(r" - at (?:`key` in )?`\$\.?([^`]*)`$")


def _problem(message: str) -> Malformed | UnknownField:
    """Turn msgspec's words, which end in a JSONPath, into a problem that names the field."""
    if unknown := _UNKNOWN.search(message):
        return UnknownField(f"There is no field {unknown[1]!r} here.", field=unknown[1])
    where = _WHERE.search(message)
    missing = re.search(r"missing required field `([^`]*)`", message)
    field = missing[1] if missing else (where and where[1]) or "body"
    return Malformed(f"{field}: {_WHERE.sub('', message)}.", field=field)


def _check_key(key: str | None) -> None:
    if key is not None and not re.fullmatch(r"[\x20-\x7e]{1,255}", key):
        raise Malformed("Idempotency-Key is 1 to 255 printable ASCII characters.", field="Idempotency-Key")


def _check_size(asked: SubmitBody) -> None:
    if asked.cpu not in MEMORY_BY_CPU:
        raise Malformed(f"cpu is one of {', '.join(map(str, MEMORY_BY_CPU))}.", field="cpu")
    if asked.memory not in MEMORY_BY_CPU[asked.cpu]:
        fitting = ", ".join(map(str, MEMORY_BY_CPU[asked.cpu]))
        raise Malformed(f"memory for {asked.cpu} CPU units is one of {fitting} (MiB).", field="memory")


def _check_variables(asked: SubmitBody) -> None:
    for field, names in (("environment", asked.environment), ("secrets", asked.secrets)):
        for name in names:
            if name.startswith(RESERVED):
                raise Malformed(f"{name}: names that begin with {RESERVED} are Calloff's.", field=field)
    for name in asked.environment.keys() & asked.secrets.keys():
        raise Malformed(f"{name} is in environment and in secrets.", field="secrets")


def _check_labels(labels: dict[str, str], settings: Settings) -> None:
    if len(labels) > settings.max_labels:
        raise Malformed(f"{len(labels)} labels; at most {settings.max_labels}.", field="labels")
    for name, value in labels.items():
        if len(value) > settings.max_label_value:
            raise Malformed(
                f"label {name} has {len(value)} characters; at most {settings.max_label_value}.", field="labels"
            )


def _label(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _fingerprint(asked: SubmitBody) -> str:
    """Hash what was asked for, not how it was spelled: the order of keys and left-out defaults make no difference."""
    return hashlib.sha256(msgspec.json.encode(asked, order="deterministic")).hexdigest()[:32]
