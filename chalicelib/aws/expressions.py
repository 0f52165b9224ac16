"""Write our conditions and changes as DynamoDB expressions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_never

import msgspec
from boto3.dynamodb.types import TypeSerializer

from chalicelib.conditions import (
    Absent,
    AnyOf,
    Append,
    AtMost,
    Below,
    Condition,
    Differs,
    Equals,
    FirstOf,
    Lacks,
    OneOf,
    Operand,
    Plus,
    Shorter,
    Sum,
)
from chalicelib.instants import instant_text

_serialize = TypeSerializer().serialize


def to_dynamodb(value: object) -> Any:
    """Make a DynamoDB attribute value. Instants become text."""
    return _serialize(_plain(msgspec.to_builtins(value, builtin_types=(datetime,))))


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return instant_text(value)
        case dict():
            return {k: _plain(v) for k, v in value.items()}
        case list() | tuple():
            return [_plain(v) for v in value]
        case _:
            return value


class Expressions:
    """Collects the names and values that the expressions of one request stand for."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def request(self) -> dict[str, Any]:
        """The request's parts that resolve the placeholders."""
        parts: dict[str, Any] = {"ExpressionAttributeNames": {p: n for n, p in self._names.items()}}
        if self._values:
            parts["ExpressionAttributeValues"] = self._values
        return parts

    def name(self, path: str) -> str:
        """A placeholder for an attribute: many of our names are reserved words in DynamoDB."""
        return ".".join(self._names.setdefault(part, f"#n{len(self._names)}") for part in path.split("."))

    def value(self, value: object) -> str:
        """A placeholder for a value."""
        placeholder = f":v{len(self._values)}"
        self._values[placeholder] = to_dynamodb(value)
        return placeholder

    def condition(self, condition: Condition) -> str:
        """One condition."""
        match condition:
            case Equals(name, value):
                return f"{self.name(name)} = {self.value(value)}"
            case Differs(name, value):
                return f"{self.name(name)} <> {self.value(value)}"
            case Lacks(name, entry):
                return f"NOT contains({self.name(name)}, {self.value(entry)})"
            case Below(name, value):
                return f"{self.name(name)} < {self.value(value)}"
            case AtMost(name, value):
                return f"{self.name(name)} <= {self.value(value)}"
            case Absent(name):
                return f"attribute_not_exists({self.name(name)})"
            case OneOf(name, values):
                return f"{self.name(name)} IN ({', '.join(self.value(v) for v in values)})"
            case Shorter(name, length):
                return f"size({self.name(name)}) < {self.value(length)}"
            case AnyOf(groups):
                # DynamoDB refuses parentheses that are redundant.
                written = [f"({self.all_of(group)})" for group in groups]
                return f"({' OR '.join(written)})" if len(written) > 1 else written[0]
            case other:
                assert_never(other)

    def all_of(self, conditions: tuple[Condition, ...]) -> str:
        """Each of the conditions."""
        return " AND ".join(self.condition(c) for c in conditions)

    def update(self, sets: Mapping[str, Operand], removes: tuple[str, ...]) -> str:
        """The update expression."""
        text = "SET " + ", ".join(f"{self.name(n)} = {self._operand(n, o)}" for n, o in sets.items())
        if removes:
            text += " REMOVE " + ", ".join(self.name(n) for n in removes)
        return text

    def _operand(self, name: str, operand: Operand) -> str:
        match operand:
            case FirstOf(other, default):
                return f"if_not_exists({self.name(other)}, {self.value(default)})"
            case Plus(amount):
                return f"if_not_exists({self.name(name)}, {self.value(0)}) + {self.value(amount)}"
            case Sum(other, default, plus):
                return f"if_not_exists({self.name(other)}, {self.value(default)}) + {self.value(plus)}"
            case Append(entry):
                path = self.name(name)
                return f"list_append(if_not_exists({path}, {self.value(())}), {self.value((entry,))})"
            case value:
                return self.value(value)
