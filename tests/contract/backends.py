"""What a store can stand on: memory, moto, MiniStack."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import yaml

from chalicelib.aws.definitions import DynamoDBDefinitionStore
from chalicelib.aws.dynamodb import DynamoDBTaskStore
from chalicelib.aws.firings import DynamoDBFirings
from chalicelib.aws.items import to_item
from chalicelib.aws.notes import DynamoDBNoteStore
from chalicelib.aws.slots import DynamoDBSlots
from chalicelib.aws.table import Table
from chalicelib.ports import DefinitionStore, Firings, NoteStore, Slots, TaskStore
from chalicelib.task import Task
from tests.doubles.memory import MemoryDefinitionStore, MemoryFirings, MemoryNoteStore, MemoryTaskStore
from tests.doubles.services import MemorySlots

TEMPLATE = Path(__file__).parents[2] / "infra" / "table.yaml"
SHARDS = 8
CREATED_HERE = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "StreamSpecification")


def create_table(client: Any, name: str) -> None:
    """Create the table that `infra/table.yaml` describes."""
    client.create_table(TableName=name, **_described())


@cache
def _described() -> dict[str, Any]:
    properties = yaml.safe_load(TEMPLATE.read_text())["Resources"]["Table"]["Properties"]
    described = {name: value for name, value in properties.items() if name in CREATED_HERE}
    described["StreamSpecification"]["StreamEnabled"] = True
    return described


class Backend(Protocol):
    """One place where records and definitions are kept."""

    def store(self, max_history: int = 40) -> TaskStore:
        """Make a store over the place."""

    def put(self, task: Task) -> None:
        """Put a record as it is."""

    def notes(self) -> NoteStore:
        """Make a store of notes over the place."""

    def definitions(self) -> DefinitionStore:
        """Make a definition store over the place, as another process would."""

    def slots(self) -> Slots:
        """Make the slots over the place."""

    def firings(self) -> Firings:
        """Make a count of firings over the place."""


@dataclass
class Memory:
    """A double."""

    _store: MemoryTaskStore = field(default_factory=lambda: MemoryTaskStore(40))
    _definitions: MemoryDefinitionStore = field(default_factory=MemoryDefinitionStore)
    _slots: MemorySlots = field(default_factory=MemorySlots)
    _firings: MemoryFirings = field(default_factory=MemoryFirings)

    def store(self, max_history: int = 40) -> TaskStore:
        return self._store.keeping(max_history)

    def put(self, task: Task) -> None:
        self._store.put(task)

    def notes(self) -> NoteStore:
        return MemoryNoteStore(self._store)

    def definitions(self) -> DefinitionStore:
        return self._definitions

    def slots(self) -> Slots:
        return self._slots

    def firings(self) -> Firings:
        return self._firings


@dataclass
class DynamoDB:
    """The stores on an emulator of DynamoDB."""

    client: Any
    table: str

    def store(self, max_history: int = 40, through: Callable[[Any], Any] = lambda client: client) -> DynamoDBTaskStore:
        return DynamoDBTaskStore(Table(lambda: through(self.client), self.table), max_history, SHARDS)

    def put(self, task: Task) -> None:
        self.client.put_item(TableName=self.table, Item=to_item(task))

    def notes(self) -> DynamoDBNoteStore:
        return DynamoDBNoteStore(Table(lambda: self.client, self.table))

    def definitions(self) -> DefinitionStore:
        return DynamoDBDefinitionStore(Table(lambda: self.client, self.table))

    def slots(self) -> Slots:
        return DynamoDBSlots(Table(lambda: self.client, self.table))

    def firings(self) -> Firings:
        return DynamoDBFirings(Table(lambda: self.client, self.table))
