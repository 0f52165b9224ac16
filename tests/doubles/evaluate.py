"""Evaluate conditions and operands on the plain form of a record, as DynamoDB does on an item.

The plain form is what the item holds: instants are text, and what has its default is not there.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, assert_never

import msgspec

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

Plain = dict[str, Any]

NOTHING = object()
"""What is at a path where there is nothing."""


def plain(value: object) -> Any:
    """Make the plain form of a value."""
    return _texts(msgspec.to_builtins(value, builtin_types=(datetime,)))


def _texts(value: Any) -> Any:
    match value:
        case datetime():
            return instant_text(value)
        case dict():
            return {name: _texts(each) for name, each in value.items()}
        case list() | tuple():
            return [_texts(each) for each in value]
        case _:
            return value


def all_hold(conditions: Iterable[Condition], record: Plain) -> bool:
    """Tell whether each of the conditions holds."""
    return all(holds(condition, record) for condition in conditions)


def holds(condition: Condition, record: Plain) -> bool:
    """Tell whether the condition holds. On an attribute that is not there, only `Absent` does."""
    match condition:
        case Equals(name, value):
            return _same(at(record, name), plain(value))
        case Differs(name, value):
            return not _same(at(record, name), plain(value))
        case Lacks(name, entry):
            held = at(record, name)
            return not isinstance(held, list) or plain(entry) not in held
        case Below(name, value):
            return _comparable(at(record, name), plain(value)) and at(record, name) < plain(value)
        case AtMost(name, value):
            return _comparable(at(record, name), plain(value)) and at(record, name) <= plain(value)
        case Absent(name):
            return at(record, name) is NOTHING
        case OneOf(name, values):
            return any(_same(at(record, name), plain(value)) for value in values)
        case Shorter(name, length):
            return isinstance(at(record, name), list) and len(at(record, name)) < length
        case AnyOf(groups):
            return any(all_hold(group, record) for group in groups)
        case other:
            assert_never(other)


def updated(record: Plain, sets: Mapping[str, Operand], removes: Iterable[str]) -> Plain:
    """Make the record after the update. Every operand is read before anything is written.

    Raises:
        ValueError: two paths overlap; DynamoDB refuses such an update.
        LookupError: the map that a path leads into is not there; so does it then.
    """
    _check_apart([*sets, *removes])
    values = {name: operand(name, each, record) for name, each in sets.items()}
    after = msgspec.json.decode(msgspec.json.encode(record))
    for name, value in values.items():
        _parent(after, name)[name.rpartition(".")[2]] = value
    for name in removes:
        _parent(after, name).pop(name.rpartition(".")[2], None)
    return after


def operand(name: str, value: Operand, record: Plain) -> Any:
    """Read the value that is to be written at `name`."""
    match value:
        case FirstOf(other, default):
            return plain(default) if (there := at(record, other)) is NOTHING else there
        case Plus(amount):
            return amount + (0 if (there := at(record, name)) is NOTHING else there)
        case Sum(other, default, plus):
            return plus + (default if (there := at(record, other)) is NOTHING else there)
        case Append(entry):
            return [*([] if (there := at(record, name)) is NOTHING else there), plain(entry)]
        case _:
            return plain(value)


def at(record: Plain, path: str) -> Any:
    """Look up a path; NOTHING where it leads nowhere."""
    value: Any = record
    for part in path.split("."):
        value = value.get(part, NOTHING) if isinstance(value, dict) else NOTHING
    return value


def _parent(record: Plain, path: str) -> Plain:
    parent: Plain = record
    for part in path.split(".")[:-1]:
        parent = parent[part]
    return parent


def _same(there: object, value: object) -> bool:
    return _comparable(there, value) and there == value


def _comparable(there: object, value: object) -> bool:
    """Tell whether both are of one type: DynamoDB finds a text neither equal to, nor below, a number."""
    return type(there) is type(value)


def _check_apart(paths: list[str]) -> None:
    for i, one in enumerate(paths):
        for other in paths[i + 1 :]:
            if f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}."):
                message = f"two paths overlap: {one}, {other}"
                raise ValueError(message)
