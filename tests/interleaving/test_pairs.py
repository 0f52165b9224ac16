"""Every schedule of every pair, in every situation, with each fault at each call."""

from itertools import combinations_with_replacement

import pytest

from tests.interleaving.actors import ACTORS
from tests.interleaving.carry import Fate
from tests.interleaving.conftest import WIDE
from tests.interleaving.explore import explore
from tests.interleaving.scenes import SCENES


@pytest.mark.parametrize("name", SCENES)
def test_no_schedule_of_two_breaks_the_promise(name):
    scene = SCENES[name]()
    for pair in combinations_with_replacement(ACTORS, 2):
        assert explore(scene.lab, scene.state, *pair, fates=Fate, faults=2 if WIDE else 1).schedules
