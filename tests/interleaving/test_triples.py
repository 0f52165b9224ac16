"""Every schedule of the triples that matter most, in the situations in which they meet."""

from itertools import combinations_with_replacement

import pytest

from tests.interleaving.actors import (
    ACTORS,
    CANCEL,
    DEADLINE,
    EXITS_0,
    EXITS_1,
    EXITS_137,
    EXITS_143,
    EXTERNAL_STOP,
    HUNT,
    KILL,
    LEASE_PASSES,
    NO_CAPACITY,
    PATCH_LATER,
    RELAUNCH,
    RUNS,
    SECOND_CANCEL,
    SUBMIT,
    SWEEP,
)
from tests.interleaving.carry import Fate
from tests.interleaving.conftest import WIDE
from tests.interleaving.explore import explore
from tests.interleaving.scenes import SCENES

MEET = [
    ("new", SUBMIT, CANCEL),
    ("new", SUBMIT, RUNS),
    ("waits", RELAUNCH, CANCEL),
    ("waits", RELAUNCH, SWEEP),
    ("waits, overdue", DEADLINE, CANCEL),
    ("starting, overdue", DEADLINE, NO_CAPACITY),
    ("launch lost", SWEEP, CANCEL),
    ("launch lost", SWEEP, SWEEP),
    ("launch on its way", SWEEP, CANCEL),
    ("launch lost, can be sent no more", SWEEP, CANCEL),
    ("running", CANCEL, EXITS_0),
    ("running", CANCEL, EXTERNAL_STOP),
    ("running, overdue", DEADLINE, PATCH_LATER),
    ("second attempt", CANCEL, NO_CAPACITY),
    ("cancelling, stop lost", SWEEP, SECOND_CANCEL),
    ("cancelling, launch never sent", SWEEP, HUNT),
]
"""A situation, and two that meet in it; the third is everybody."""
TELL_THE_SAME = (KILL, EXITS_1, EXITS_137, EXITS_143)
"""What goes the way of a cancel, or of an exit 0, and differs only in what is noted. In pairs they meet everybody."""
THIRD = ACTORS if WIDE else [actor for actor in ACTORS if actor not in TELL_THE_SAME]


@pytest.mark.parametrize(("name", "one", "other"), MEET, ids=str)
def test_no_schedule_of_three_breaks_the_promise(name, one, other):
    scene = SCENES[name]()
    for third in THIRD:
        assert explore(scene.lab, scene.state, one, other, third, fates=Fate, faults=1).schedules


def test_no_schedule_of_a_launcher_given_up_and_its_sweeper_breaks_the_promise():
    scene = SCENES["new"]()
    for fourth in THIRD:
        assert explore(scene.lab, scene.state, SUBMIT, LEASE_PASSES, SWEEP, fourth, fates=Fate, faults=1).schedules


if WIDE:

    @pytest.mark.parametrize("name", SCENES)
    def test_no_schedule_of_any_three_breaks_the_promise(name):
        scene = SCENES[name]()
        for triple in combinations_with_replacement(ACTORS, 3):
            assert explore(scene.lab, scene.state, *triple).schedules
