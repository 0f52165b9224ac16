"""The catalogue of mutants is up to date, and trying them works; `make mutants` tries them all."""

import ast
from collections import Counter

import pytest

from tests.mutants.__main__ import ROOT, Broken, Killed, Survived, fate
from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Change, Mutant, mutant

KILLED = next(each for each in MUTANTS if each.name == "an empty list is proof")


@pytest.mark.parametrize("each", MUTANTS, ids=lambda each: each.name)
def test_a_mutant_changes_what_is_there(each: Mutant):
    texts = {change.file: (ROOT / "chalicelib" / change.file).read_text() for change in each.changes}
    for change in each.changes:
        assert texts[change.file].count(change.old) == 1
        texts[change.file] = texts[change.file].replace(change.old, change.new)
    for text in texts.values():
        ast.parse(text)


@pytest.mark.parametrize("each", MUTANTS, ids=lambda each: each.name)
def test_a_mutant_names_a_test_that_is_there(each: Mutant):
    file, _, name = each.test.partition("::")
    assert (f"def {name}(" if name else "def test_") in (ROOT / "tests" / file).read_text()


def test_each_mutant_has_a_name_of_its_own():
    assert [name for name, times in Counter(each.name for each in MUTANTS).items() if times > 1] == []


def test_a_mutant_is_killed_by_the_test_of_its_rule():
    assert isinstance(fate(KILLED), Killed)


def test_a_change_that_changes_nothing_survives():
    harmless = Change("search.py", "One empty list proves nothing", "One empty list does prove nothing")
    assert fate(Mutant("harmless", "launch", KILLED.test, (harmless,))) == Survived()


def test_a_mutant_that_cannot_be_imported_proves_nothing():
    assert isinstance(fate(mutant("broken", "launch", KILLED.test, ("search.py", "import log", "import lag"))), Broken)


def test_a_mutant_of_what_is_not_there_proves_nothing():
    assert isinstance(fate(mutant("stale", "launch", KILLED.test, ("search.py", "no such text", ""))), Broken)
