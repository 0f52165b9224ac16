"""The running API against the document that it serves: no 5xx, no answer that the document does not tell of."""

import re
import subprocess

import pytest

from tests.conformance.fuzz import fuzz, simulated_cloud

CASES = 1500


@pytest.fixture(scope="module")
def fuzzed(no_account) -> subprocess.CompletedProcess[str]:
    with simulated_cloud() as cloud:
        return fuzz(cloud, "--max-examples", "25", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_every_answer_is_one_that_the_document_tells_of(fuzzed):
    assert fuzzed.returncode == 0, fuzzed.stdout


def test_every_operation_and_every_phase_was_played_in_many_cases(fuzzed):
    (selected, operations), (tested,) = (
        re.search(pattern, fuzzed.stdout).groups() for pattern in (r"Selected: (\d+)/(\d+)", r"Tested: (\d+)")
    )
    assert selected == operations == tested
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert f"✅ {phase}" in fuzzed.stdout
    assert int(re.search(r"(\d+) generated", fuzzed.stdout)[1]) > CASES
