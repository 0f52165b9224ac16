"""What a script can rely on: exit codes, JSON, and errors that say what to type next."""

import json
import subprocess

import pytest

from chalicelib import problems
from chalicelib.lifecycle import Status
from chalicelib.problems import Problem
from tests.cli.conftest import PROGRAM
from tests.doubles.recorded import Recorded, answer, problem

LATER = {"Retry-After": "60"}
CODES = {
    400: 6,
    401: 5,
    403: 5,
    404: 4,
    405: 6,
    409: 3,
    412: 6,
    413: 6,
    415: 6,
    422: 6,
    429: 7,
    500: 1,
    503: 7,
}


@pytest.mark.parametrize("kind", sorted(Problem.__subclasses__(), key=lambda k: k.slug), ids=lambda k: k.slug)
def test_each_problem_has_its_code_and_says_what_to_type(kind, api, calloff):
    api.answers(problem(kind("What is wrong this time.", LATER, field="reason")))
    said = calloff("cancel", "7")
    assert (said.returncode, said.stdout) == (CODES[kind.status], "")
    what, following = said.stderr.splitlines()
    assert what == "calloff: What is wrong this time. (--reason)"
    assert following.startswith("Next: ")


@pytest.mark.parametrize(
    ("field", "detail", "said"),
    [
        ("stop_timeout", "stop_timeout: Expected `int` <= 120.", "--grace: Expected `int` <= 120."),
        ("status", "status: Invalid enum value 'nope'.", f"--status: One of {', '.join(Status)}."),
        (
            "labels",
            "labels: Expected `str` matching regex '^[a-z]$'.",
            "--label: NAME=VALUE; a name is 1 to 63 of a-z, 0-9, `.`, `_` and `-`.",
        ),
        (
            "secrets[...]",
            "secrets[...]: Expected `str` matching regex '^arn'.",
            "--secret: NAME=ARN, of a secret of Secrets Manager or a parameter of SSM.",
        ),
        ("memory", "memory for 256 CPU units is one of 512.", "memory for 256 CPU units is one of 512."),
        ("cursor", "It is of another list.", "It is of another list. (cursor)"),
    ],
)
def test_what_is_at_fault_is_called_as_it_was_typed(field, detail, said, api, calloff):
    api.answers(problem(problems.Malformed(detail, field=field)))
    assert calloff("ps").stderr.splitlines()[0] == f"calloff: {said}"


@pytest.mark.parametrize(
    ("kind", "following"),
    [
        (problems.TooLate, "calloff show 7"),
        (problems.NotFound, "calloff ps"),
        (problems.Unauthenticated, "calloff config set token TOKEN"),
        (problems.Forbidden, "calloff config"),
        (problems.Malformed, "calloff cancel --help"),
        (problems.Unavailable, "the same again in a moment"),
    ],
)
def test_what_to_type_next(kind, following, api, calloff):
    api.answers(problem(kind("What is wrong.", LATER)))
    assert f"Next: {following}" in calloff("cancel", "7").stderr


def test_an_error_is_json_too_where_that_is_wanted(api, calloff):
    api.answers(problem(problems.TooLate("The task is completed.")))
    said = calloff("cancel", "7", "--json")
    assert (said.returncode, said.stdout) == (3, "")
    told = json.loads(said.stderr)
    assert (told["error"], told["exit_code"], told["next"]) == ("The task is completed.", 3, "calloff show 7")
    assert told["problem"]["type"] == "urn:calloff:problem:too-late"


def test_an_api_that_is_down(calloff):
    said = calloff("--time-limit", "2", "ps", CALLOFF_URL="http://127.0.0.1:9")
    assert said.returncode == 7
    assert said.stderr.startswith("calloff: no answer from the API: http://127.0.0.1:9/tasks")


def test_an_api_that_is_slow(api, calloff, document):
    api.answers(answer(document(), delay_s=5))
    said = calloff("--time-limit", "0.5", "show", "7")
    assert said.returncode == 124
    assert "no answer within 0.5 s" in said.stderr


def test_an_api_that_is_busy_for_a_moment(api, calloff, document):
    api.answers(problem(problems.Unavailable("Later.")), Recorded(429, b"{}"), answer(document(Status.RUNNING)))
    said = calloff("show", "7", "--json")
    assert said.returncode == 0
    assert json.loads(said.stdout)["status"] == "running"


def test_something_else_at_the_address(api, calloff):
    api.answers(Recorded(200, b"<html>"))
    said = calloff("show", "7")
    assert said.returncode == 1
    assert "no answer of Calloff's" in said.stderr


@pytest.mark.parametrize(("status", "code"), [(Status.COMPLETED, 0), (Status.FAILED, 8), (Status.CANCELLED, 9)])
@pytest.mark.parametrize("command", [("wait", "7"), ("run", "busybox")])
def test_how_a_task_ended(command, status, code, api, calloff, document):
    ended = document(status)
    page = {"lines": [], "cursor": None}
    api.by_path({"/logs": answer(page), "": answer(ended, 201 if command[0] == "run" else 200)})
    said = calloff(*command, "--json") if command[0] == "wait" else calloff("run", "--json", "busybox")
    assert said.returncode == code
    assert json.loads(said.stdout)["status"] == status


def test_a_wait_that_is_over(api, calloff, document):
    api.answers(answer(document(Status.RUNNING)))
    said = calloff("wait", "7", "--timeout", "0.5")
    assert (said.returncode, said.stdout) == (124, "")
    assert "Next: calloff wait 7" in said.stderr


def test_cancelled_is_what_a_cancellation_asked_for(api, calloff, document):
    api.answers(answer(document(Status.CANCELLING), 202), answer(document(Status.CANCELLED)))
    assert calloff("cancel", "7", "--wait").returncode == 0


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (("cancel", "7"), {}),
        (
            ("cancel", "7", "--reason", "r", "--code", "c", "--grace", "9"),
            {"reason": "r", "reason_code": "c", "grace": 9},
        ),
        (("cancel", "7", "--force"), {"mode": "force"}),
        (("kill", "7", "--reason", "r"), {"mode": "force", "reason": "r"}),
    ],
)
def test_what_a_cancellation_asks_for(words, sent, api, calloff, document):
    api.answers(answer(document(Status.CANCELLING), 202))
    said = calloff(*words)
    assert said.returncode == 0
    assert "Next: calloff wait" in said.stdout
    assert api.asked[0].json == sent


def test_what_a_submission_asks_for(api, calloff, document):
    task = document()
    api.answers(answer(task, 201))
    options = (
        "-e A=b=c -l team=search --secret K=arn:x --cpu 512 --memory 1024 --grace 9 --timeout 60 --queue-timeout 5"
        " --heartbeat-timeout 30 --resume-from 7 --supervised"
    )
    said = calloff("run", "-d", *options.split(), "--key", "k", "busybox", "sh", "-c", "echo --help")
    assert said.stdout == f"{task.id}\n"
    [asked] = api.asked
    assert asked.json == {
        "image": "busybox",
        "command": ["sh", "-c", "echo --help"],
        "environment": {"A": "b=c"},
        "labels": {"team": "search"},
        "secrets": {"K": "arn:x"},
        "cpu": 512,
        "memory": 1024,
        "stop_timeout": 9,
        "timeout": 60,
        "queue_timeout": 5,
        "heartbeat_timeout": 30,
        "resume_from": "7",
        "supervised": True,
    }
    assert asked.headers["idempotency-key"] == "k"


def test_a_list_in_a_pipe_has_a_line_a_task_and_leaves_nothing_out(api, calloff, document):
    task = document(Status.RUNNING)
    api.answers(answer({"tasks": [task], "cursor": None}))
    head, row = calloff("ps", "--status", "running", "-l", "team=search").stdout.splitlines()
    assert head.split("\t") == ["TASK", "STATUS", "AGE", "IMAGE", "COMMAND", "LABELS"]
    assert row.split("\t")[0] == task.id
    assert api.asked[0].target == "/tasks?status=running&label=team%3Dsearch"
    assert calloff("ps", "-q").stdout == f"{task.id}\n"
    assert [each["id"] for each in json.loads(calloff("ps", "--json").stdout)] == [task.id]


def test_logs_are_lines(api, calloff):
    line = {"at": "2026-01-02T03:04:05.678Z", "text": "hello"}
    first, last = answer({"lines": [line], "cursor": "c"}), answer({"lines": [], "cursor": "c"})
    api.answers(first, last)
    assert calloff("logs", "7").stdout == "hello\n"
    api.answers(first, last)
    assert calloff("logs", "7", "-t").stdout == "2026-01-02T03:04:05.678Z  hello\n"
    api.answers(first, last)
    assert json.loads(calloff("logs", "7", "--json").stdout) == line


def test_a_reader_that_goes_away_is_no_disaster(api, calloff):
    lines = [{"at": "2026-01-02T03:04:05.678Z", "text": "x" * 1000}] * 2000
    api.answers(answer({"lines": lines, "cursor": "c"}), answer({"lines": [], "cursor": "c"}))
    program = " ".join(PROGRAM)
    said = subprocess.run(
        ["bash", "-c", f"{program} logs 7 | head -1; echo ${{PIPESTATUS[0]}}"],
        env=calloff.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout.splitlines()[1] == "141"
    assert said.stderr == ""
