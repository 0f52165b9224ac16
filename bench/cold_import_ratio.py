"""The time of a cold start as a ratio to what boto3 alone takes: each time in a fresh process."""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import median

from bench.figure import Figure, Members, Target, in_turn
from localcloud import aws
from localcloud.part import ROOT

ROUNDS, QUICK_ROUNDS = 40, 1
TIMED = """
import time
began = time.perf_counter()
{work}
print(time.perf_counter() - began)
"""
OURS = """
import app
from chalicelib import bootstrap
from chalicelib.aws import clients
bootstrap.ports()
clients.dynamodb(bootstrap.settings()), clients.ecs(bootstrap.settings())
"""
THEIRS = """
import boto3
boto3.client("dynamodb"), boto3.client("ecs")
"""
NOWHERE = {
    **aws.Endpoints("", "", "http://127.0.0.1:9", "http://127.0.0.1:9").variables,
    "CALLOFF_DEPLOYMENT": "bench",
    "CALLOFF_AUTH": "local",
    "CALLOFF_KEY_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:key",
    "CALLOFF_TABLE": "calloff",
    "CALLOFF_CLUSTER": "calloff",
    "CALLOFF_SUBNETS": "subnet-00000000000000000",
    "CALLOFF_EXECUTION_ROLE_ARN": "arn:aws:iam::000000000000:role/execution",
    "CALLOFF_TIMER_ARN": "arn:aws:states:us-east-1:000000000000:stateMachine:calloff-timer",
    "CALLOFF_LAUNCH_QUEUE_URL": "http://127.0.0.1:9/000000000000/calloff-launches",
}
"""Enough to make clients; nothing is sent."""


def measure(quick: bool) -> Members:  # noqa: FBT001
    """Time fresh processes in turn."""
    ours: list[float] = []
    theirs: list[float] = []
    # The first round is not counted: it compiles, and brings the files into memory.
    in_turn(
        1 + (QUICK_ROUNDS if quick else ROUNDS),
        lambda _: ours.append(_time(OURS)),
        lambda _: theirs.append(_time(THEIRS)),
    )
    app_ms, boto3_ms = (median(side[1:]) * 1000 for side in (ours, theirs))
    return {
        "cold_import_ratio": round(app_ms / boto3_ms, 3),
        "details": {
            "cold_import_ratio": {"app_ms": round(app_ms), "boto3_ms": round(boto3_ms), "rounds": len(ours) - 1}
        },
    }


def _time(work: str) -> float:
    environment = {name: value for name, value in aws.clean(os.environ).items() if not name.startswith("PYTHON")}
    argv = [sys.executable, "-c", TIMED.format(work=work.strip())]
    return float(subprocess.check_output(argv, env=environment | NOWHERE, cwd=ROOT))  # noqa: S603 - made here


FIGURE = Figure(
    name="cold_import_ratio",
    measure=measure,
    targets=(Target("cold_import_ratio", 1.25),),
    about="""`import app`, its ports wired, and its clients of DynamoDB and ECS made, against `import boto3` and the
same two clients; each time in a fresh process, in turn, with compiled code on disk. The interpreter's own start is in
neither; the ratio is that of the medians.""",
)
