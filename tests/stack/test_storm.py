"""A storm: 32 callers cancel the same 200 tasks as fast as they can.

Tasks are processes here, whatever the engine of the other tests: what is tried is how Calloff takes the crowd.
"""

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import httpx
import pytest

from localcloud import engine, waiting
from localcloud.options import Options
from localcloud.stack import LocalCloud
from tests.stack.caller import NO_TLS, TERMINAL

CALLERS, TASKS = 32, 200
REPEAT_S = 2
#: Longer than the interval, so that stops are re-issued while the storm lasts.
STOP_TIMEOUT_S = 7
SETTINGS = {
    "CALLOFF_STOP_REPEAT_S": str(REPEAT_S),
    # The sweep sends stops, too. Not here: only what callers cause is counted.
    "CALLOFF_STOP_CHECK_S": "600",
    "CALLOFF_STOP_CHECK_MAX_S": "600",
}
DEAF = {"image": engine.IMAGE, "command": ["sh", "-c", "trap '' TERM; sleep 600"], "stop_timeout": STOP_TIMEOUT_S}
PATIENCE_S = 120


@pytest.fixture(scope="module")
def cloud(no_account) -> Iterator[LocalCloud]:
    with LocalCloud(Options(runtime="process", settings=SETTINGS)) as running:
        yield running


def client(cloud: LocalCloud) -> httpx.Client:
    headers = {"Authorization": "Bearer alice"}
    return httpx.Client(base_url=cloud.endpoints.api, headers=headers, timeout=60, trust_env=False, verify=NO_TLS)


def submitted(cloud: LocalCloud) -> list[str]:
    """Submit the tasks, and wait until all of them run."""
    with client(cloud) as alice, ThreadPoolExecutor(4) as pool:
        ids = [each.json()["id"] for each in pool.map(lambda _: alice.post("/tasks", json=DEAF), range(TASKS))]
        waiting.until(lambda: len(listed(alice, "running")) == TASKS, "all to run", PATIENCE_S, 0.5)
    return ids


def listed(alice: httpx.Client, status: str) -> list[str]:
    found: list[str] = []
    query = {"status": status, "limit": "100"}
    while True:
        page = alice.get("/tasks", params=query).raise_for_status().json()
        found += [task["id"] for task in page["tasks"]]
        if page["cursor"] is None:
            return found
        query["cursor"] = page["cursor"]


def cancels_all(cloud: LocalCloud, tasks: list[str], seed: int) -> Counter[int]:
    """Cancel every task, in an order of one's own."""
    order = random.Random(seed).sample(tasks, len(tasks))
    with client(cloud) as caller:
        return Counter(caller.post(f"/tasks/{task_id}/cancel").status_code for task_id in order)


def test_a_storm_of_cancellations_stops_each_task_once_an_interval(cloud, ecs):
    tasks = submitted(cloud)
    with ThreadPoolExecutor(CALLERS) as pool:
        answers = sum(pool.map(lambda seed: cancels_all(cloud, tasks, seed), range(CALLERS)), Counter())
    assert answers.total() == CALLERS * TASKS
    assert set(answers) <= {200, 202, 429}
    with client(cloud) as alice:
        waiting.until(lambda: len(listed(alice, "cancelled")) == TASKS, "all to be cancelled", PATIENCE_S, 0.5)
        ended = [alice.get(f"/tasks/{task_id}").json() for task_id in tasks]

    # Record and containers agree: one for each task, and none of them lives.
    words = {word["startedBy"].split("/")[2]: word for word in ecs.everything()}
    assert words.keys() == set(tasks)
    assert len(ecs.everything()) == TASKS
    assert not [word for word in words.values() if word["alive"]]
    assert {task["status"] for task in ended} == {"cancelled"} <= TERMINAL

    # Each was accepted once, and every 202 and every repeat is counted.
    assert sum(task["cancellation"]["requests"] for task in ended) == answers[202]
    # The hunt may take a list that is older than a death for an orphan: only what callers caused is counted.
    stops = sorted((c for c in ecs.calls("StopTask") if c["reason"].endswith("/user")), key=lambda call: call["at"])
    for task in ended:
        begin = datetime.fromisoformat(task["cancellation"]["requested_at"]).timestamp()
        sent = [call["at"] - begin for call in stops if call["task"] == words[task["id"]]["taskArn"]]
        # The first at once, and the next one not before an interval is over, however late each was carried out.
        assert sent
        assert all(after >= number * REPEAT_S for number, after in enumerate(sent)), (sent, task)
    assert len(stops) <= answers[202]
