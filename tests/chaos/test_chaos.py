"""A short run of each kind, and that the judges can tell a lie."""

import json
import sys

import pytest
from msgspec.structs import replace

from chalicelib.observe import observe
from chalicelib.report import parse
from chalicelib.task import Proof
from tests.chaos import __main__ as command
from tests.chaos import held, held_world
from tests.chaos.life import Life
from tests.chaos.stories import script

MEMBERS = ["seed", "tasks", "accepted", "false_cancelled", "orphans", "contradictions", "p50_ms", "p99_ms"]


def last_line(capsys) -> dict:
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert list(line) == MEMBERS
    return line


def test_the_promise_holds_in_simulated_chaos(capsys):
    assert command.main(["--simulated", "--seed", "7", "--tasks", "300"]) == 0
    line = last_line(capsys)
    assert line["tasks"] == 300
    assert line["accepted"] > 200
    assert line["p99_ms"] > 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's word is read from /proc")
def test_the_promise_holds_in_chaos_on_real_processes(capsys):
    assert command.main(["--seed", "7", "--tasks", "20"]) == 0
    line = last_line(capsys)
    assert line["tasks"] == 20
    assert line["accepted"] >= 15


def test_a_seed_repeats_a_world():
    once, again = (held.play("7.3", 60) for _ in range(2))
    assert once == again
    assert once != held.play("7.4", 60)


class Gullible(held_world.World):
    """A world whose Calloff takes every report for a proof of death."""

    def observe(self, ports, event):
        return observe(ports, replace(parse(event["detail"], Proof.ECS_EVENT), dead=True))


def test_a_world_that_lies_is_noticed():
    verdict = Gullible(script("7.0", 60)).play()
    assert verdict.false_cancelled
    assert verdict.contradictions
    assert not verdict.kept
    assert "a container is alive" in verdict.wrongs[0]


WENT_WELL = [
    {"event": "submitted", "from": None, "to": "starting"},
    {"event": "started", "from": "starting", "to": "running"},
    {"event": "cancel_requested", "from": "running", "to": "cancelling"},
    {"event": "stopped", "from": "cancelling", "to": "cancelled"},
]


def seen(*statuses: str, answers: tuple[int, ...] = (202,)) -> Life:
    """A life as the watch saw it."""
    life = Life("one", list(statuses))
    for answer in answers:
        life.answered(answer, 1.0)
    return life


def test_a_life_that_went_well_holds_no_contradiction():
    assert not list(seen("starting", "running", "cancelling", "cancelled").contradictions(WENT_WELL))


@pytest.mark.parametrize(
    ("life", "history", "words"),
    [
        (seen("running", "completed"), [], "an accepted cancellation, and it ended completed"),
        (seen("cancelled", answers=(409,)), WENT_WELL, "a cancellation was too late, and it ended cancelled"),
        (seen("failed", "cancelled"), WENT_WELL, "failed became cancelled"),
        (seen("cancelling", "running", "cancelled"), WENT_WELL, "cancelling became running"),
        (seen("cancelled"), WENT_WELL[:-1], "the history is no path to cancelled"),
        (seen("cancelled"), [WENT_WELL[0], *WENT_WELL[2:]], "the history jumps from starting to running"),
    ],
)
def test_a_life_that_contradicts_itself_is_noticed(life, history, words):
    assert any(each.startswith(words) for each in life.contradictions(history))
