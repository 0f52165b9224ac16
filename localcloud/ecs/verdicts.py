"""What is decided about a call before it is carried out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localcloud.ecs.errors import EcsError, NoAnswerError
    from localcloud.ecs.model import Json


@dataclass(frozen=True)
class Proceed:
    """Carry it out; a read looks `lag` seconds back, or, `blind`, finds nothing; a stop may only `pretend`."""

    lag: float = 0.0
    blind: bool = False
    pretend: bool = False


@dataclass(frozen=True)
class Refuse:
    """Do not carry it out; answer this instead."""

    answer: EcsError | NoAnswerError | Json


@dataclass(frozen=True)
class After:
    """Carry it out, and then answer this instead of the result."""

    answer: EcsError | NoAnswerError


@dataclass(frozen=True)
class Later:
    """Answer this now, and carry it out `seconds` later."""

    seconds: float
    answer: NoAnswerError


Verdict = Proceed | Refuse | After | Later
