"""Who may do what: one table, from role and verb to whose tasks. Every check and `docs/authorization.md` come from it.

The table says whose tasks a caller may act on. Whether a task is among them is decided where it is acted on: the owner
goes into the condition of the write (`Caller.scope`), so that no check is made on a task that changes meanwhile.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec

from chalicelib.problems import Forbidden


class Role(StrEnum):
    """What a caller is, by the configuration."""

    OWNER = "owner"
    """Everybody who is nothing else: owns what they submit."""
    ADMIN = "admin"
    """May do to everybody's tasks what an owner may do to their own."""
    OPERATOR = "operator"
    """Sees and cancels everybody's tasks, and submits none."""
    VIEWER = "viewer"
    """Sees everybody's tasks, and changes none."""
    TASK = "task"
    """A running task, by its token: sees, reports and cancels itself, until its end."""


class Verb(StrEnum):
    """What a caller may ask for."""

    SUBMIT = "submit"
    LIST = "list"
    READ = "read"
    LOGS = "logs"
    """See what its container wrote."""
    CHANGE = "change"
    """Move its time limit."""
    CANCEL = "cancel"
    REPORT = "report"
    """Tell of the task's own progress, from within."""


class Relation(StrEnum):
    """How a caller stands to a task."""

    OWN = "own"
    """The caller is its owner; of a task: it is the task itself."""
    ANOTHERS = "another's"


OWN = frozenset({Relation.OWN})
ANYBODYS = frozenset(Relation)
NOBODYS: frozenset[Relation] = frozenset()

GRANTS: Mapping[Role, Mapping[Verb, frozenset[Relation]]] = MappingProxyType(
    {
        Role.OWNER: dict.fromkeys((Verb.SUBMIT, Verb.LIST, Verb.READ, Verb.LOGS, Verb.CHANGE, Verb.CANCEL), OWN),
        Role.ADMIN: {
            Verb.SUBMIT: OWN,
            Verb.LIST: ANYBODYS,
            Verb.READ: ANYBODYS,
            Verb.LOGS: ANYBODYS,
            Verb.CHANGE: ANYBODYS,
            Verb.CANCEL: ANYBODYS,
        },
        Role.OPERATOR: dict.fromkeys((Verb.LIST, Verb.READ, Verb.LOGS, Verb.CANCEL), ANYBODYS),
        Role.VIEWER: dict.fromkeys((Verb.LIST, Verb.READ, Verb.LOGS), ANYBODYS),
        Role.TASK: {Verb.READ: OWN, Verb.CANCEL: OWN, Verb.REPORT: OWN},
    }
)
"""What is not here is forbidden."""


def granted(role: Role, verb: Verb) -> frozenset[Relation]:
    """The tasks that a role may do this to, by how it stands to them."""
    return GRANTS[role].get(verb, NOBODYS)


class Caller(msgspec.Struct, frozen=True):
    """Who calls: the name under which they own tasks, and their role."""

    name: str
    role: Role = Role.OWNER

    def scope(self, verb: Verb) -> str | None:
        """The owner whose tasks they may do this to; None for everybody's. It goes into the condition of the write.

        Raises:
            Forbidden: their role may do this to no task.
        """
        relations = granted(self.role, verb)
        if not relations:
            raise Forbidden(f"The role {self.role} may not {verb} tasks.")
        return None if Relation.ANOTHERS in relations else self.name

    def listing(self, owner: str | None) -> str:
        """The owner whose tasks they list: their own, unless they may list another's and name one.

        Raises:
            Forbidden: they named another and may not list theirs.
        """
        within = self.scope(Verb.LIST)
        if owner is not None and within not in (None, owner):
            raise Forbidden(f"The role {self.role} lists its own tasks only.", field="owner")
        return self.name if owner is None else owner
