"""How a task ended, from what ECS told of it."""

import pytest

from chalicelib.report import end_of, parse
from chalicelib.task import Proof, Termination
from chalicelib.verdict import How, how
from tests.doubles.examples import later
from tests.doubles.reports import sample

GRACE = 30


def ended(*, after: float = 5, **parts) -> Termination:
    """A container that ran, and ended so long after its stop began."""
    facts = {
        "proof": Proof.ECS_EVENT,
        "ran": True,
        "stop_code": "UserInitiated",
        "stopping_at": later(0),
        "execution_stopped_at": later(after),
        **parts,
    }
    return Termination(**facts)


@pytest.mark.parametrize(
    ("termination", "verdict"),
    [
        pytest.param(ended(exit_code=143), How.GRACEFUL, id="ended by SIGTERM"),
        pytest.param(ended(exit_code=0), How.GRACEFUL, id="trapped SIGTERM and exited 0"),
        pytest.param(ended(exit_code=7), How.GRACEFUL, id="trapped SIGTERM and exited 7"),
        pytest.param(ended(exit_code=0, after=29.9), How.GRACEFUL, id="just within the grace"),
        pytest.param(ended(exit_code=137, after=30), How.FORCED, id="killed at the grace"),
        pytest.param(ended(exit_code=137, after=29.5), How.FORCED, id="killed at the grace, by coarse clocks"),
        pytest.param(ended(exit_code=137, after=300), How.FORCED, id="killed long after the grace"),
        pytest.param(ended(exit_code=137, after=29.4), How.UNKNOWN, id="killed before the grace was over"),
        pytest.param(ended(exit_code=137, stopping_at=None), How.UNKNOWN, id="killed, nobody knows when"),
        pytest.param(ended(exit_code=137, execution_stopped_at=None), How.UNKNOWN, id="killed, no end told"),
        pytest.param(ended(exit_code=None), How.UNKNOWN, id="no exit code"),
        pytest.param(ended(exit_code=None, ran=False), How.NEVER_STARTED, id="stopped before it ran"),
        pytest.param(ended(exit_code=137, ran=False), How.UNKNOWN, id="never seen to run, but it exited"),
        pytest.param(
            ended(exit_code=0, stop_code="EssentialContainerExited"), How.EXITED_ON_ITS_OWN, id="exited 0 by itself"
        ),
        pytest.param(
            ended(exit_code=137, stop_code="EssentialContainerExited"), How.EXITED_ON_ITS_OWN, id="killed itself"
        ),
        pytest.param(
            ended(exit_code=None, stop_code="EssentialContainerExited"),
            How.EXITED_ON_ITS_OWN,
            id="exited, code unknown",
        ),
        pytest.param(
            ended(exit_code=137, stop_code="EssentialContainerExited", container_reason="OutOfMemoryError: killed"),
            How.OUT_OF_MEMORY,
            id="out of memory",
        ),
        pytest.param(
            ended(exit_code=137, after=30, container_reason="OutOfMemoryError: killed"),
            How.OUT_OF_MEMORY,
            id="out of memory while it was stopped",
        ),
        pytest.param(ended(exit_code=143, container_reason="Error: x"), How.GRACEFUL, id="another reason"),
        pytest.param(ended(exit_code=143, stop_code="SpotInterruption"), How.GRACEFUL, id="interrupted"),
        pytest.param(
            ended(exit_code=137, after=120, stop_code="SpotInterruption"), How.FORCED, id="interrupted, killed"
        ),
        pytest.param(Termination(proof=Proof.NEVER_LAUNCHED), How.NEVER_STARTED, id="never launched"),
        pytest.param(Termination(proof=Proof.GONE), How.UNKNOWN, id="gone"),
        pytest.param(Termination(proof=Proof.GONE, ran=True), How.UNKNOWN, id="gone after it ran"),
        pytest.param(
            Termination(proof=Proof.ECS_EVENT, stop_code="TaskFailedToStart"), How.NEVER_STARTED, id="failed to start"
        ),
    ],
)
def test_how(termination, verdict):
    assert how(termination, GRACE) is verdict


def test_an_end_of_its_own_without_a_stop_code_is_no_answer_to_a_signal():
    termination = ended(exit_code=0, stop_code=None, stopping_at=None)
    assert end_of(termination).startswith("exited")
    assert how(termination, GRACE) in (How.EXITED_ON_ITS_OWN, How.UNKNOWN)


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("deprovisioning", How.GRACEFUL),
        ("stopped", How.GRACEFUL),
        ("stopped-by-operator", How.GRACEFUL),
        ("exited-0", How.EXITED_ON_ITS_OWN),
        ("out-of-memory", How.OUT_OF_MEMORY),
        ("failed-to-start", How.NEVER_STARTED),
        ("spot-interruption", How.GRACEFUL),
    ],
)
def test_how_of_the_samples(name, verdict):
    report = parse(sample(name)["detail"], Proof.ECS_EVENT)
    assert how(report.termination, GRACE) is verdict
