"""What a thousand tasks cost, from the measured calls and writes: `docs/costs.md`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent.parent / "bench" / "results.json"

MILLION = 1_000_000
PRICES = {
    "API Gateway, REST request": (3.50 / MILLION, "Amazon API Gateway pricing"),
    "Lambda request": (0.20 / MILLION, "AWS Lambda pricing"),
    "Lambda GB-second, arm64": (0.0000133334, "AWS Lambda pricing"),
    "DynamoDB write unit, on demand": (0.625 / MILLION, "Amazon DynamoDB pricing, since November 2024"),
    "DynamoDB read unit, on demand": (0.125 / MILLION, "Amazon DynamoDB pricing, since November 2024"),
    "Step Functions transition, standard": (25.0 / MILLION, "AWS Step Functions pricing"),
}
"""Dollars, us-east-1, without free tiers and data transfer. Calls of ECS and events of AWS's services cost nothing."""
NOTED = "November 2026"
GB, SECONDS = 0.5, 0.1
"""Of an invocation: the functions' memory, and a time that is assumed, not measured; on the safe side of a warm one's."""
TIMER_TRANSITIONS = 5
"""Start, Wait, Wake, Done?, Done, for a timer that fires once (infra/timer.asl.json)."""


@dataclass(frozen=True)
class Use:
    """What something takes."""

    requests: int
    invocations: int
    writes: int
    transitions: int = 0

    @property
    def dollars(self) -> float:
        """What it costs."""
        price = {name: each for name, (each, _) in PRICES.items()}
        lambdas = price["Lambda request"] + price["Lambda GB-second, arm64"] * GB * SECONDS
        return (
            self.requests * price["API Gateway, REST request"]
            + self.invocations * lambdas
            + self.writes * price["DynamoDB write unit, on demand"]
            + self.transitions * price["Step Functions transition, standard"]
        )


def uses(results: Mapping[str, Any]) -> dict[str, Use]:
    """What is bought, by name."""
    units = results["write_units"]
    cancel = [each["units"] for each in results["details"]["write_units"]["cancelled_life"]][3]
    return {
        "1 cancel (one request, one write, one StopTask)": Use(1, 1, cancel),
        # Submit and cancel are requests; ECS's RUNNING, DEPROVISIONING and STOPPED are events.
        "1,000 tasks, submitted and cancelled": Use(2_000, 5_000, 1000 * units["cancelled_life"]),
        "1,000 tasks with a time limit, submitted and cancelled": Use(
            2_000, 6_000, 1000 * units["cancelled_life_with_timeout"], 1000 * TIMER_TRANSITIONS
        ),
    }


def costs() -> str:
    """The page."""
    results = json.loads(RESULTS.read_text())
    rows = "\n".join(
        f"| {name} | {u.requests:,} | {u.invocations:,} | {u.writes:,} | {u.transitions:,} | ${u.dollars:.6f} |"
        for name, u in uses(results).items()
    )
    prices = "\n".join(f"| {name} | ${price:.9f} | {source} |" for name, (price, source) in PRICES.items())
    return f"""# What it costs

Made by `make docs` from `bench/results.json`, which `make bench` measures. The containers themselves come on top: Fargate's
price of their size and time.

| what | requests | invocations | write units | transitions | dollars |
| --- | --- | --- | --- | --- | --- |
{rows}

An invocation is taken for {SECONDS:g} s of {GB:g} GB. At rest there are the schedules: 1,440 sweeps and 288 hunts a day. And
there is what AWS bills by the month, used or not: an alarm each for what [operating](operating.md#alarms) names, two of them
for each function; a dashboard; a secret; and the table's point-in-time recovery. It comes to some dollars a month, which are
not in this table: CloudWatch's, Secrets Manager's and DynamoDB's pricing pages say how many.

| unit | price | source |
| --- | --- | --- |
{prices}

Public prices of us-east-1, noted in {NOTED}, without free tiers, logs and data transfer. ECS's calls, and the events of AWS's own
services, cost nothing. AWS changes prices: look before you plan.
"""
