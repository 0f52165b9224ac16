"""Who is calling."""

import re
from dataclasses import dataclass

from chalicelib.problems import Forbidden, Unauthenticated

ADMIN = "admin"
_BEARER = re.compile(r"(?i:bearer) ([a-z0-9][a-z0-9._-]{0,63})")


@dataclass(frozen=True)
class Caller:
    """A caller, known by name."""

    name: str

    @property
    def admin(self) -> bool:
        """May act on everybody's tasks."""
        return self.name == ADMIN

    @property
    def scope(self) -> str | None:
        """The owner whose tasks they may act on; None for everybody's. It goes into the condition of their writes."""
        return None if self.admin else self.name

    def listing(self, owner: str | None) -> str:
        """The owner whose tasks they list: their own, unless an admin names another.

        Raises:
            Forbidden: they named another and are no admin.
        """
        if owner is None or owner == self.name:
            return self.name
        if not self.admin:
            raise Forbidden("Only an admin lists another owner's tasks.", field="owner")
        return owner


def local_caller(authorization: str | None) -> Caller:
    """Take the caller's word: `Authorization: Bearer alice`. The settings allow it on an emulator only.

    Raises:
        Unauthenticated: there is no such header.
    """
    if not (found := _BEARER.fullmatch(authorization or "")):
        raise Unauthenticated("Send 'Authorization: Bearer <name>'.", {"WWW-Authenticate": "Bearer"})
    return Caller(found[1])
