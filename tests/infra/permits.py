"""What IAM makes of a statement: which requests it allows (IAM User Guide, policy evaluation logic; policy elements).

As much of the language as the project's policies use. Whatever else is in a statement is an error, not a guess.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ELEMENTS = {"Sid", "Effect", "Action", "Resource", "Condition"}
ARN_PARTS = 6


@dataclass(frozen=True)
class Request:
    """What a call asks IAM for."""

    action: str
    resource: str
    """ARN, or `*` for an action that knows no resource."""
    context: Mapping[str, Sequence[str]] = field(default_factory=dict)


def allows(statements: Sequence[Mapping[str, Any]], request: Request) -> bool:
    """Tell whether any of the statements allows it."""
    return any(_allows(statement, request) for statement in statements)


def narrowed(statement: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Take the statement apart: each with one action, one resource, and one value in each condition."""
    for action in listed(statement["Action"]):
        for resource in listed(statement["Resource"]):
            for condition in _narrowed_conditions(statement.get("Condition", {})):
                yield {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}


def listed(value: str | list[str]) -> list[str]:
    """One or several, as several."""
    return [value] if isinstance(value, str) else value


def _narrowed_conditions(conditions: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    pairs = [(operator, key, value) for operator, tests in conditions.items() for key, value in tests.items()]
    if not pairs:
        yield {}
        return
    for narrow, (operator, key, values) in enumerate(pairs):
        for value in listed(values):
            rest = {o: {k: v} for n, (o, k, v) in enumerate(pairs) if n != narrow}
            yield {**rest, operator: {**rest.get(operator, {}), key: value}}


def _allows(statement: Mapping[str, Any], request: Request) -> bool:
    assert set(statement) <= ELEMENTS, statement
    assert statement["Effect"] == "Allow", statement
    return (
        any(_like(pattern.lower(), request.action.lower()) for pattern in listed(statement["Action"]))
        and any(_like(pattern, request.resource) for pattern in listed(statement["Resource"]))
        and all(
            _holds(operator, listed(values), request.context.get(key))
            for operator, tests in statement.get("Condition", {}).items()
            for key, values in tests.items()
        )
    )


def _holds(operator: str, allowed: list[str], given: Sequence[str] | None) -> bool:
    quantifier, _, test = operator.rpartition(":")
    matches = TESTS[test]
    if quantifier == "ForAllValues":
        # Also where the request has no such key: then there is no value that does not match.
        return all(any(matches(pattern, value) for pattern in allowed) for value in given or ())
    assert quantifier == "", operator
    if given is None:
        return False
    [value] = given
    return any(matches(pattern, value) for pattern in allowed)


def _like(pattern: str, value: str) -> bool:
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch("".join(parts), value, re.DOTALL) is not None


def _arn_like(pattern: str, value: str) -> bool:
    """Part by part: a wildcard does not reach beyond a colon."""
    patterns, values = (arn.split(":", ARN_PARTS - 1) for arn in (pattern, value))
    return len(patterns) == len(values) and all(map(_like, patterns, values))


TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": str.__eq__,
    "StringLike": _like,
    # IAM treats the two alike.
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
}
