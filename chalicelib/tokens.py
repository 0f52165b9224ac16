"""The token with which a container proves which task it is.

It is made from the record and the deployment's key alone, so that a launch that is sent again is the same to the byte,
and nothing about it is stored. Whoever may describe the ECS task can read it: so it opens this one task only, for this
one attempt, until its end.
"""

import base64
import re

import msgspec

from chalicelib.authorization import Caller, Role
from chalicelib.conditions import Condition, Equals, OneOf
from chalicelib.ids import is_task_id
from chalicelib.keys import Keys, Purpose
from chalicelib.lifecycle import Status
from chalicelib.problems import Unauthenticated
from chalicelib.task import Task

ALIVE = (Status.STARTING, Status.RUNNING, Status.CANCELLING)
"""In these a container may be alive, and its token is good."""
_TAG_LENGTH = 43
"""32 bytes in base64url, without padding."""
_TOKEN = re.compile(r"(?i:bearer) ((?P<task>[0-9a-f-]{36})\.(?P<attempt>[1-9][0-9]{0,8})\.[A-Za-z0-9_-]{43})")


class TaskToken(msgspec.Struct, frozen=True):
    """What a genuine token says; whether it is still good, the record says."""

    task_id: str
    attempt: int

    @property
    def caller(self) -> Caller:
        """The task as a caller."""
        return Caller(self.task_id, Role.TASK)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """When it is good, as the condition of a write."""
        return Equals("attempt", self.attempt), OneOf("status", ALIVE)

    def good(self, task: Task) -> bool:
        """Tell whether it is good for this record: its own, of its attempt, before its end."""
        return task.id == self.task_id and task.attempt == self.attempt and task.status in ALIVE


def make_token(keys: Keys, deployment: str, task_id: str, attempt: int) -> str:
    """Make the token of an attempt: always the same.

    Raises:
        StoreUnavailableError: the key cannot be read at this moment.
    """
    tag = keys.tag(Purpose.TASK_TOKEN, f"{deployment}/{task_id}/{attempt}".encode())
    return f"{task_id}.{attempt}.{base64.urlsafe_b64encode(tag).decode().rstrip('=')}"


def token_size(attempt: int) -> int:
    """Characters of a token of this attempt."""
    return 36 + len(f".{attempt}.") + _TAG_LENGTH


def read_token(keys: Keys, deployment: str, authorization: str | None) -> TaskToken:
    """Read `Authorization: Bearer <token>`.

    Raises:
        Unauthenticated: it is no token of this deployment.
        StoreUnavailableError: the key cannot be read at this moment.
    """
    found = _TOKEN.fullmatch(authorization or "")
    if not found or not is_task_id(found["task"]):
        raise no_good_token()
    # The whole text is compared, for base64 has several spellings of the same bytes.
    token = TaskToken(found["task"], int(found["attempt"]))
    if not keys.same(make_token(keys, deployment, token.task_id, token.attempt).encode(), found[1].encode()):
        raise no_good_token()
    return token


def no_good_token() -> Unauthenticated:
    """The one answer to every token that is no good: it tells nobody why."""
    detail = "Send 'Authorization: Bearer <CALLOFF_TOKEN>', from the environment of the task's own container."
    return Unauthenticated(detail, {"WWW-Authenticate": "Bearer"})
