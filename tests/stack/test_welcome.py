"""What a newcomer is told to type is typed here."""

import io
import json
import subprocess

import boto3
from rich.console import Console

from localcloud import resources
from localcloud.stack import LocalCloud
from localcloud.welcome import exports, walk, welcome


def test_the_first_walk_submits_shows_and_cancels_a_task(cloud: LocalCloud):
    script = "\necho\n".join(["set -eu", *walk(cloud)])
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shown = [json.loads(line) for line in done.stdout.splitlines() if line]
    before, answer, after = shown
    assert before["id"] == answer["id"] == after["id"]
    assert (before["cancellation"], answer["status"]) == (None, "cancelling")
    assert after["cancellation"]["reason"] == "wrong input"
    assert after["status"] in {"cancelling", "cancelled"}


def test_the_variables_lead_boto3_to_this_cloud(cloud: LocalCloud, monkeypatch):
    said = exports(cloud).removeprefix("export ").partition("  #")[0]
    for variable in said.split(" "):
        monkeypatch.setenv(*variable.split("=", 1))
    tables = boto3.client("dynamodb").list_tables()["TableNames"]
    assert cloud.environment["CALLOFF_TABLE"] in tables
    assert boto3.client("ecs").list_clusters()["clusterArns"] == [cloud.environment["CALLOFF_CLUSTER"]]
    assert resources.CLUSTER in exports(cloud)


def test_the_welcome_names_every_endpoint_and_breaks_no_command(cloud: LocalCloud):
    page = io.StringIO()
    welcome(cloud, Console(file=page, width=40))
    for part in (cloud.endpoints.api, *walk(cloud), exports(cloud)):
        assert part in page.getvalue()
