"""A mutant: Calloff without a rule, or with a wrong one, and the tests that must notice."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """A text of a file in `chalicelib`, which is there exactly once, and what stands in its place."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """Calloff without a rule, or with a wrong one."""

    name: str
    rule: str
    test: str
    """A file of tests, or one test of it, as pytest names it, below `tests/`."""
    changes: tuple[Change, ...]


def mutant(name: str, rule: str, test: str, *changes: tuple[str, str, str]) -> Mutant:
    """Make one; each change is a file, the text in it, and the text in its place."""
    return Mutant(name, rule, test, tuple(Change(*change) for change in changes))
