"""What the operator has said is to be cancelled when an alarm rings or a time comes: `infra/policies.yaml`.

The file is checked and turned into JSON when the package is made, so that a function reads neither YAML nor mistakes.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chalicelib.lifecycle import Status
from chalicelib.schema import Body, LabelKey
from chalicelib.task import Task

PACKAGED = Path(__file__).with_name("policies.json")

Name = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}$(?!\n)")]
Pattern = Annotated[str, Meta(pattern=r"^(?!.*\*\*)[A-Za-z0-9 ._/:*-]{1,255}$(?!\n)")]
"""`*` stands for anything. EventBridge's rules and this module read such a pattern alike."""
Schedule = Annotated[str, Meta(pattern=r"^(rate|cron)\([A-Za-z0-9 */?,#-]+\)$(?!\n)")]
MOST = 1000
"""A firing has three tries of 20 s, and stops 20 tasks a second."""


class Selection(Body, frozen=True, kw_only=True):
    """Which tasks. What is given must all fit."""

    labels: dict[LabelKey, str] = msgspec.field(default_factory=dict)
    statuses: tuple[Literal["pending", "starting", "running"], ...] = ("pending", "starting", "running")
    owners: tuple[Pattern, ...] = ()
    everything: bool = False
    """Stands in the place of labels and owners: nobody cancels everything by leaving a line out."""

    def takes(self, task: Task) -> bool:
        """Tell whether the task is among them."""
        ours = not self.owners or any(fnmatchcase(task.owner, pattern) for pattern in self.owners)
        return ours and task.status in self.statuses and self.labels.items() <= task.spec.labels.items()

    @property
    def wanted(self) -> tuple[Status, ...]:
        """The statuses."""
        return tuple(map(Status, self.statuses))


class Policy(Body, frozen=True, kw_only=True):
    """What is cancelled, and when: an alarm rings, a time comes, or (with neither) somebody invokes it by name."""

    name: Name
    cancel: Selection
    limit: Annotated[int, Meta(ge=1, le=MOST)]
    """Tasks that one firing cancels at most."""
    reason: Annotated[str, Meta(max_length=200)]
    alarm: Pattern | None = None
    schedule: Schedule | None = None


class Policies(Body, frozen=True, kw_only=True):
    """The whole file."""

    policies: tuple[Policy, ...] = ()

    def named(self, name: str) -> Iterator[Policy]:
        """The policy of that name, if there is one."""
        return (policy for policy in self.policies if policy.name == name)

    def on_alarm(self, alarm: str) -> Iterator[Policy]:
        """The policies for an alarm of that name."""
        return (policy for policy in self.policies if policy.alarm and fnmatchcase(alarm, policy.alarm))


@cache
def packaged() -> Policies:
    """Read the package's policies; where none were packaged, there are none."""
    return msgspec.json.decode(PACKAGED.read_bytes(), type=Policies) if PACKAGED.exists() else Policies()
