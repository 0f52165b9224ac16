"""A live run: the whole local cloud with real processes, tortured; judged by the kernel's own word."""

import json
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from localcloud import waiting
from localcloud.options import Options
from localcloud.stack import LocalCloud
from supervisor.build import build
from tests.chaos import live_kernel
from tests.chaos.live_caller import Caller, Lived
from tests.chaos.live_stories import DELAYS, SETTINGS, Story, story
from tests.chaos.live_torture import Torture
from tests.chaos.live_watch import Watch
from tests.chaos.verdict import Verdict

CALLERS = 72
LATE_S = 4.0
"""The last call that is on its way has arrived."""
SETTLE_S = 15.0
"""Two hunts, and what they stop."""
CLOCK_GRAIN_S = 0.001
"""A record's instants are whole milliseconds."""
TOLD_EACH = 100
"""Tasks between two lines of progress."""


def run(seed: int, tasks: int, runtime: str) -> Verdict:
    """Run, let all be calm again, and judge."""
    options = Options(runtime=runtime, delays=DELAYS, settings=SETTINGS)
    # Containers have what their image has.
    supervisor = build() if runtime == "process" else None
    with LocalCloud(options) as cloud, Watch(cloud) as watch:
        answers: Counter[str] = Counter()
        # The keys are new in each run, so that a run that is repeated finds nothing of the last.
        caller = partial(Caller, cloud.endpoints.api, uuid.uuid4().hex[:8], watch, answers)
        with Torture(cloud, seed) as torture:
            lives = _live(caller, [story(seed, number, supervisor) for number in range(tasks)], watch)
        patient = caller()
        for lived in lives:
            patient.settle(lived)
        _say("tortures", torture.done, "answers", answers)
        time.sleep(LATE_S)
        waiting.holds(lambda: not live_kernel.alive(f"{seed}-"), SETTLE_S)
        cloud.check()
        verdict = _judge(seed, lives, watch)
        _judge_deaths(cloud.folder.path / "ecs" / "processes", watch.records([each.task_id for each in lives]), verdict)
        return verdict


def _live(caller: Callable[[], Caller], told: Sequence[Story], watch: Watch) -> list[Lived]:
    stories: SimpleQueue[Story | None] = SimpleQueue()
    for one in (*told, None):
        stories.put(one)
    lives: list[Lived] = []

    def live() -> None:
        one_caller = caller()
        while (one := stories.get()) is not None:
            lives.append(one_caller.live(one))
            if len(lives) % TOLD_EACH == 0:
                _say(f"{len(lives)} of {len(told)} tasks", watch.verdict.false_cancelled, "false")
        stories.put(None)

    with ThreadPoolExecutor(CALLERS) as pool:
        for future in [pool.submit(live) for _ in range(CALLERS)]:
            future.result()
    return lives


def _judge(seed: int, lives: list[Lived], watch: Watch) -> Verdict:
    verdict = watch.verdict
    last = {task_id: item["status"]["S"] for task_id, item in watch.records([each.task_id for each in lives]).items()}
    for each in lives:
        each.wrongs += [f"{each.life.statuses[-1]} became {now}"] if _moved(each, now := last.get(each.task_id)) else []
        verdict.tasks += 1
        verdict.accepted += each.life.accepted
        verdict.contradictions += len(each.wrongs)
        verdict.wrongs += [f"{each.life.name} ({each.task_id}): {wrong}" for wrong in each.wrongs]
        if each.life.latency_ms is not None:
            verdict.latencies_ms.append(each.life.latency_ms)
    # Every task has ended, or is counted above: nothing of any may be alive.
    if orphans := live_kernel.alive(f"{seed}-"):
        verdict.orphans += len(orphans)
        verdict.wrongs.append(f"alive in the end: processes {orphans}")
    return verdict


def _judge_deaths(processes: Path, records: dict[str, dict[str, Any]], verdict: Verdict) -> None:
    """Hold the instant of each `cancelled` against the one at which the last of its processes was seen dead.

    The runner of a process writes its end down when nothing of it is left. The record's instant was taken before it was
    written. So nothing is missed that was alive only between two looks of the watch.
    """
    for task_id, item in records.items():
        arn, ended_at = item.get("ecs_arn", {}).get("S", ""), item.get("ended_at", {}).get("S")
        end = processes / arn.rpartition("/")[2] / "main" / "exit.json"
        if item["status"]["S"] == "cancelled" and ended_at and arn and end.exists():
            late_s = end.stat().st_mtime - datetime.fromisoformat(ended_at).timestamp()
            if late_s > CLOCK_GRAIN_S:
                verdict.false_cancelled += 1
                verdict.wrongs.append(f"{task_id}: cancelled {late_s:.3f} s before its death was written down")


def _moved(lived: Lived, now: str | None) -> bool:
    return bool(lived.life.statuses) and lived.life.statuses[-1] != now


def _say(*words: object) -> None:
    sys.stderr.write(" ".join(json.dumps(each) if isinstance(each, dict) else str(each) for each in words) + "\n")
