"""Schemathesis against the local cloud, from the document that it serves: `python -m tests.conformance.fuzz`.

Containers are simulated: thousands of tasks run whatever words come, and none of them may be a command of this machine.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from localcloud import aws, resources
from localcloud.options import Options
from localcloud.stack import LocalCloud

HERE = Path(__file__).parent
SETTINGS = {
    # Long enough to be waited for, short enough for thousands of cases.
    "CALLOFF_WAIT_MAX_S": "1",
}
TASKS = 8
"""Of alice's, and half as many of bob's, are there from the start."""


def main() -> int:
    """Fuzz as the command line says, in Schemathesis's own words (`--max-time 600`, `--max-examples 500`)."""
    with simulated_cloud() as cloud:
        return fuzz(cloud, *sys.argv[1:]).returncode


def simulated_cloud() -> LocalCloud:
    """Make the local cloud to be fuzzed."""
    return LocalCloud(Options(runtime="simulated", settings=SETTINGS))


def fuzz(cloud: LocalCloud, *options: str, **how: Any) -> subprocess.CompletedProcess[str]:
    """Run Schemathesis."""
    api = cloud.endpoints.api
    tasks = [submitted(api, caller) for caller in ["alice"] * TASKS + ["bob"] * (TASKS // 2)]
    given = {"CALLER": "alice", "TASK_TOKEN": token(cloud, submitted(api, "alice")), "TASKS": " ".join(tasks)}
    command = [str(Path(sys.executable).with_name("st")), "--config-file", str(HERE / "schemathesis.toml"), "run"]
    target = [f"{api}/openapi.json", "--url", api]
    return subprocess.run(
        [*command, *target, *options], env={**os.environ, **given}, cwd=HERE.parents[1], text=True, check=False, **how
    )


def submitted(api: str, caller: str) -> str:
    """Submit a task."""
    headers = {"Authorization": f"Bearer {caller}"}
    answer = httpx.post(f"{api}/tasks", json={"image": "busybox"}, headers=headers, trust_env=False)
    return answer.raise_for_status().json()["id"]


def token(cloud: LocalCloud, task_id: str) -> str:
    """Look up a task's own token, where whoever may describe the ECS task can read it."""
    ecs = aws.client("ecs", cloud.endpoints.ecs)
    arns = ecs.list_tasks(cluster=resources.CLUSTER)["taskArns"]
    (task,) = (
        each
        for each in ecs.describe_tasks(cluster=resources.CLUSTER, tasks=arns)["tasks"]
        if f"/{task_id}/" in each["startedBy"]
    )
    [override] = task["overrides"]["containerOverrides"]
    return {each["name"]: each["value"] for each in override["environment"]}["CALLOFF_TOKEN"]


if __name__ == "__main__":
    sys.exit(main())
