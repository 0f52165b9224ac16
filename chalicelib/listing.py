"""List an owner's tasks, newest first."""

from collections.abc import Mapping

import msgspec

from chalicelib.lifecycle import Status
from chalicelib.ports import Page, Ports, Position
from chalicelib.task import Task


class Listing(msgspec.Struct, frozen=True):
    """What to list."""

    owner: str
    statuses: frozenset[Status]
    """None of them: any."""
    labels: Mapping[str, str]
    """A task has them all."""
    limit: int
    after: Position | None

    def takes(self, task: Task) -> bool:
        """Tell whether the task is among what was asked for."""
        fits = not self.statuses or task.status in self.statuses
        return fits and self.labels.items() <= task.spec.labels.items()


def list_tasks(ports: Ports, listing: Listing) -> Page:
    """Read one page. It is filtered after reading, so it may be short: `next` says whether more follow."""
    page = ports.store.page(listing.owner, listing.limit, listing.after)
    return Page([task for task in page.tasks if listing.takes(task)], page.next)
