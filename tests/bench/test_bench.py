"""Each figure's program runs, and writes what `results.json` is to hold. No time is asserted here."""

import json

import pytest

from bench import __main__ as command
from bench.apart import measured
from bench.figure import at
from bench.figures import FIGURES
from bench.report import Results
from bench.write_units import size, units_of

ON_DOCKER = {"cancel_to_dead", "dead_to_record", "supervised_to_dead"}


def test_the_calls_are_counted_and_written_down(tmp_path):
    assert command.main(["aws_calls", "--quick", "--out", str(tmp_path)]) == 0
    results = json.loads((tmp_path / "results.json").read_text())
    wanted = {"submit": 3, "submit_with_timeout": 4, "cancel": 2, "finish": 1, "idle_timer": 1}
    assert wanted.items() <= results["aws_calls"].items()
    assert "| `aws_calls.submit` | 3 | ≤ 3 | met |" in (tmp_path / "RESULTS.md").read_text()


@pytest.mark.parametrize("name", sorted(set(FIGURES) - ON_DOCKER - {"aws_calls"}))
def test_the_program_of_a_figure_runs(name):
    assert_numbers(name)


@pytest.mark.docker
@pytest.mark.parametrize("name", sorted(ON_DOCKER))
def test_the_program_of_a_figure_on_containers_runs(name):
    assert_numbers(name)


def assert_numbers(name: str) -> None:
    members = measured(name, quick=True)
    [value] = [value for member, value in members.items() if member != "details"]
    assert all(isinstance(each, int | float) for each in (value.values() if isinstance(value, dict) else [value]))
    assert set(members["details"]) == set(members) - {"details"}


def test_a_missed_target_is_told():
    results = Results({})
    assert results.on_target()
    results.add({"sweep_calls": {"1000": 18, "100000": 18}, "cold_import_ratio": 1.25})
    assert results.on_target()
    results.add({"sweep_calls": {"1000": 18, "100000": 19}})
    assert not results.on_target()
    assert at(results.found, "cold_import_ratio") == 1.25


# Examples of the developer guide's rules: names and texts by their bytes, a number by its digits, a map by 3 and its
# members by 1 each.
@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"pk": {"S": "one"}}, 5),
        ({"n": {"N": "27"}}, 3),
        ({"n": {"N": "1795236326"}}, 7),
        ({"ok": {"BOOL": True}}, 3),
        ({"m": {"M": {"a": {"S": "bc"}}}}, 8),
        ({"l": {"L": [{"S": "bc"}, {"S": "d"}]}}, 9),
    ],
)
def test_an_item_has_the_size_that_dynamodb_counts(item, expected):
    assert size(item) == expected


KEYS = {"pk": {"S": "task#1"}, "sk": {"S": "record"}}
OWNED = {**KEYS, "owner": {"S": "alice"}, "created_at": {"S": "2026"}}
DUE = {**OWNED, "due_shard": {"S": "1"}, "due_at": {"S": "2027"}}
LATER = {**DUE, "due_at": {"S": "2028"}}
LARGE = {**OWNED, "text": {"S": "x" * 1024}}


@pytest.mark.parametrize(
    ("old", "new", "units"),
    [
        (None, KEYS, 1),
        (None, OWNED, 2),
        (None, DUE, 3),
        (DUE, LATER, 3),
        (LATER, OWNED, 2),
        (OWNED, OWNED, 1),
        (OWNED, LARGE, 2),
        (LARGE, OWNED, 2),
    ],
)
def test_a_write_costs_by_the_larger_item_and_by_the_entries_that_change(old, new, units):
    assert units_of(old, new) == units
