"""EventBridge's event patterns, as far as Calloff's rules use them: which events reach a handler at all.

Without them a handler would see events here that never come on AWS. An operator that is not known here is an
error at start, never a silent match. Source: EventBridge user guide, "Comparison operators".
"""

from __future__ import annotations

from typing import Any

MISSING = object()


def check(pattern: dict[str, Any]) -> None:
    """Raise ``ValueError`` if the pattern uses what is not implemented here."""
    for wanted in pattern.values():
        if isinstance(wanted, dict):
            check(wanted)
            continue
        for choice in wanted:
            if isinstance(choice, dict) and set(choice) not in ({"prefix"}, {"exists"}, {"anything-but"}):
                raise ValueError(f"event pattern operator {sorted(choice)} is not known to the local cloud")


def matches(pattern: dict[str, Any], event: Any) -> bool:
    """Say whether the event has every field of the pattern with one of its choices."""
    if not isinstance(event, dict):
        return False
    return all(_field(wanted, event.get(name, MISSING)) for name, wanted in pattern.items())


def _field(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, dict):
        return matches(wanted, value)
    # Of a list in the event one element that fits is enough.
    values = value if isinstance(value, list) else [value]
    return any(_choice(choice, each) for choice in wanted for each in values)


def _choice(choice: Any, value: Any) -> bool:
    match choice:
        case {"prefix": prefix}:
            return isinstance(value, str) and value.startswith(prefix)
        case {"exists": exists}:
            return bool((value is not MISSING) == exists)
        case {"anything-but": unwanted}:
            excluded = unwanted if isinstance(unwanted, list) else [unwanted]
            return bool(value is not MISSING and value not in excluded)
        case _:
            return bool(value == choice)
