"""What the access log of the fronts tells, and what not."""

import os
import subprocess
import sys

import httpx

from localcloud import gunicorn_conf, ports, scheduler
from localcloud.part import ROOT
from localcloud.receiver import EVENTS
from tests.ecs.endpoint import wait_until

APP = """
def app(environ, start):
    start("500 Broken" if environ["QUERY_STRING"] else "200 OK", [("Content-Length", "0")])
    return []
"""


def test_the_schedules_that_go_well_are_not_told(tmp_path):
    (tmp_path / "small.py").write_text(APP)
    [port] = ports.free(1)
    command = [sys.executable, "-m", "gunicorn", "--config", "python:localcloud.gunicorn_conf"]
    command += ["--bind", f"127.0.0.1:{port}", "--pythonpath", str(tmp_path), "small:app"]
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ, stdout=out, stderr=out)
    try:
        wait_until(lambda: f":{port}" in log.read_text(), "gunicorn's start")
        for target in ("sweep", "hunt", "relaunch", "sweep?broken"):
            httpx.post(f"http://127.0.0.1:{port}{EVENTS}{target}", timeout=30)
        wait_until(lambda: "sweep?broken" in log.read_text(), "the last line")
    finally:
        process.terminate()
        process.wait(30)
    told = [line.split()[2] for line in log.read_text().splitlines() if '"POST ' in line]
    assert told == [f"{EVENTS}relaunch", f"{EVENTS}sweep?broken"]


def test_all_schedules_are_left_out():
    assert gunicorn_conf.scheduled == {f"{EVENTS}{each.handler}" for each in scheduler.SCHEDULES}
