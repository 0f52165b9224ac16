"""Within its bounds the rules keep the promise in every state, and no rule that carries it can be taken away."""

import os

import pytest

from tests.model.__main__ import main
from tests.model.mutations import LIMITED, MUTATIONS, SMALL, Mutation
from tests.model.search import search
from tests.model.state import Bounds, Rules

WIDE = os.environ.get("EXPLORE") == "wide"
"""`EXPLORE=wide` takes minutes: wider bounds, and what can be spared."""
BOUNDS = [SMALL, LIMITED, *([Bounds(faults=2), Bounds(faults=3, limits=False), Bounds(3, 4, 3, 2)] if WIDE else [])]
BREAKING = [each for each in MUTATIONS if each.found]
SPARED = [each for each in MUTATIONS if not each.found]


@pytest.mark.parametrize("bounds", BOUNDS, ids=str)
def test_the_rules_hold(bounds):
    verdict = search(Rules(), bounds)
    assert not verdict.found, verdict
    assert verdict.states > 10_000


@pytest.mark.parametrize("mutation", BREAKING, ids=lambda each: each.name)
def test_a_rule_that_carries_the_promise_cannot_be_taken_away(mutation: Mutation):
    verdict = search(mutation.rules, mutation.bounds)
    assert mutation.found in verdict.found, verdict
    assert verdict.schedule


if WIDE:

    @pytest.mark.parametrize("mutation", SPARED, ids=lambda each: each.name)
    def test_what_is_not_needed_alone_can_be_taken_away(mutation: Mutation):
        verdict = search(mutation.rules, mutation.bounds)
        assert not verdict.found, verdict


def test_a_schedule_is_one_of_the_shortest():
    [at_once] = [each for each in MUTATIONS if each.name == "a cancellation of a launch is done at once"]
    _, *schedule = search(at_once.rules, at_once.bounds).schedule
    assert schedule == ["user cancels", "RunTask(1) answers c1"]


def test_the_command_says_what_it_found(capsys):
    assert main("mutations", "done at once") == 0
    assert "cancelled, and a container is alive" in capsys.readouterr().out
    assert main("faults=0", "limits=0") == 0
    assert "holds" in capsys.readouterr().out
