"""Cancellations against the task's own end, against each other, and against the clock of the engine."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import docker

from localcloud import waiting
from tests.stack.caller import LINGERS, PATIENCE_S, TERMINAL, TRAPS, Caller
from tests.stack.nudge import find_bell


def test_whoever_got_a_202_is_never_contradicted_and_whoever_got_a_409_neither(alice: Caller, witness):
    """Ten tasks end by themselves, each a little later, while all of them are being cancelled."""
    tasks = [alice.submit(f"sleep {0.1 * n:.1f}; exit 0")["id"] for n in range(10)]
    waiting.until(lambda: alice.show(tasks[3])["status"] in TERMINAL, "the fourth to end", PATIENCE_S)
    with ThreadPoolExecutor(5) as pool:
        answers = dict(zip(tasks, pool.map(alice.cancel, tasks), strict=True))
    for task_id, answer in answers.items():
        assert answer.status_code in {202, 409}, answer.text
        promised = "cancelled" if answer.status_code == 202 else "completed"
        ended = alice.until(task_id, promised)
        assert not witness.look(task_id).alive
        assert ended == alice.show(task_id)
    assert answers[tasks[3]].status_code == 409


def test_ten_at_once_cancel_it_once(cloud, alice: Caller, witness):
    task = alice.ready(LINGERS, stop_timeout=60)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(alice.cancel, [task["id"]] * 10))
    assert {answer.status_code for answer in answers} == {202}
    find_bell(cloud, task["id"])()
    ended = alice.until(task["id"], "cancelled")
    assert not witness.look(task["id"]).alive
    accepted = [move for move in ended["history"] if (move["from"], move["to"]) == ("running", "cancelling")]
    assert len(accepted) == 1


def test_docker_had_seen_the_death_before_the_record_was_written(alice: Caller, images):
    """The engine stamps the death itself; the record's last entry must be younger."""
    began = time.time()
    task = alice.ready(TRAPS)
    alice.cancel(task["id"])
    ended = alice.until(task["id"], "cancelled")
    engine = docker.from_env()
    seen = engine.api.events(since=int(began) - 1, until=int(time.time()) + 1, decode=True, filters={"event": "die"})
    (death,) = [event["timeNano"] / 1e9 for event in seen if task["id"] in str(event["Actor"]["Attributes"])]
    engine.close()
    assert began < death < datetime.fromisoformat(ended["history"][-1]["at"]).timestamp()
