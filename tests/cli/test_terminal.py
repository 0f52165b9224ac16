"""The command line in a real terminal, with real containers behind it where a task is followed."""

import re

import pytest

from calloff import Client
from chalicelib.lifecycle import Status
from chalicelib.problems import Unavailable
from localcloud import engine, ports
from tests.cli.conftest import ROOT
from tests.doubles.recorded import Recorded, answer, problem
from tests.stack.caller import DEAF, FOREVER, TRAPS

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7]|38)(?:;\d+)*m")


def typed(real, script, *options, **how):
    return real.typed("run", *options, engine.IMAGE, "sh", "-c", script, **how)


def task_of(terminal):
    return re.search(r"task ([0-9a-f-]{36})", terminal.seen)[1]


@pytest.fixture
def alice(cloud):
    with Client(cloud.endpoints.api, auth="alice") as client:
        yield client


def test_a_task_is_followed_to_its_end_with_what_it_writes(real):
    terminal = typed(real, "echo one; sleep 1; echo two; exit 3")
    terminal.sees("one")
    terminal.sees("two")
    terminal.sees("failed, exit code 3")
    assert terminal.ends() == 8


def test_ctrl_c_once_cancels_and_waits_for_the_proof(real, alice):
    terminal = typed(real, TRAPS, "--grace", "20")
    terminal.sees("ready")
    terminal.sees("running for")
    terminal.interrupt()
    terminal.sees("Ctrl-C again asks for force")
    terminal.sees("cancelled: graceful, exit code 0; dead, proven by ECS's")
    assert terminal.ends() == 9
    task = alice.get(task_of(terminal))
    assert (task.status, task.cancellation.reason, task.cancellation.force_requested) == ("cancelled", "Ctrl-C", False)


def test_ctrl_c_twice_asks_for_force(real, alice):
    terminal = typed(real, DEAF, "--grace", "8")
    terminal.sees("ready")
    terminal.sees("running for")
    terminal.interrupt()
    terminal.sees("cancelling… SIGTERM sent, ")
    terminal.sees(" s of 8 s grace left")
    terminal.interrupt()
    terminal.sees("Asking for force")
    terminal.sees("cancelled: forced, exit code 137")
    assert terminal.ends() == 9
    assert alice.get(task_of(terminal)).cancellation.force_requested


def test_ctrl_c_thrice_leaves_the_task_alone(real, alice):
    terminal = typed(real, DEAF, "--grace", "10")
    terminal.sees("ready")
    terminal.sees("running for")
    for what in ("cancelling… ", "Asking for force", "The task goes on. Next: calloff wait"):
        terminal.interrupt()
        terminal.sees(what)
    assert terminal.ends() == 130
    assert alice.get(task_of(terminal)).status == "cancelling"


def test_ctrl_c_only_ends_a_wait(real, alice):
    task = alice.submit(engine.IMAGE, ["sh", "-c", FOREVER], stop_timeout=2)
    terminal = real.typed("wait", task.id)
    terminal.sees("running for")
    terminal.interrupt()
    terminal.sees("The task goes on")
    assert terminal.ends() == 130
    assert alice.get(task.id).status == "running"
    alice.kill(task.id)


def test_a_cancellation_shows_the_grace_that_is_left(real, alice):
    task = alice.submit(engine.IMAGE, ["sh", "-c", DEAF], stop_timeout=8)
    waiting = real.typed("wait", task.id)
    waiting.sees("running for")
    terminal = real.typed("cancel", task.id, "--wait", "--reason", "wrong input")
    terminal.sees("cancelling… SIGTERM sent, ")
    terminal.sees("s of 8 s grace left")
    terminal.sees("cancelled: forced")
    assert terminal.ends() == 0
    assert waiting.ends() == 9


def test_a_timeline_tells_the_life_of_a_task(real, alice):
    task = alice.submit(engine.IMAGE, ["sh", "-c", "exit 0"])
    alice.wait(task.id, deadline=60)
    terminal = real.typed("show", task.id)
    assert terminal.ends() == 0
    for words in (task.id, "submitted → starting", "started → running", "→ completed", "completed in"):
        assert words in ESCAPE.sub("", terminal.seen)


def test_in_a_pipe_there_are_results_and_no_decoration(real):
    said = real.piped("run", engine.IMAGE, "sh", "-c", "echo one; echo two >&2; exit 0")
    assert said.returncode == 0
    assert sorted(said.stdout.splitlines()) == ["one", "two"]
    assert "\x1b" not in said.stdout + said.stderr
    assert "calloff: completed" in said.stderr


def test_a_log_is_followed_in_a_pipe(real, alice):
    task = alice.submit(engine.IMAGE, ["sh", "-c", "echo one; sleep 1; echo two"])
    said = real.piped("logs", "-f", task.id)
    assert (said.returncode, said.stdout) == (0, "one\ntwo\n")


def test_the_local_cloud_runs_until_ctrl_c(calloff):
    [port] = ports.free(1)
    calloff.folder = ROOT / "docs"
    terminal = calloff.typed("local", "--port", str(port), CALLOFF_RUNTIME="process")
    terminal.sees("Calloff runs here.")
    terminal.sees(f"http://127.0.0.1:{port}")
    terminal.interrupt()
    terminal.sees("Nothing is left running.")
    assert terminal.ends() == 0


# -- terminals of all kinds


@pytest.fixture
def tasks(api, document):
    tasks = [document(status) for status in (Status.RUNNING, Status.FAILED)]
    api.answers(answer({"tasks": tasks, "cursor": None}))
    return tasks


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_a_list_fits_and_cuts_no_id(columns, tasks, calloff):
    terminal = calloff.typed("ps", columns=columns)
    assert terminal.ends() == 0
    lines = [ESCAPE.sub("", line).rstrip() for line in terminal.seen.splitlines()]
    assert max(map(len, lines)) <= columns
    together = "".join(line.split("  ")[0].strip() for line in lines)
    for task in tasks:
        assert task.id in together


def test_colours_are_shown_unless_they_are_not_wanted(tasks, calloff):
    assert COLOUR.search(screen(calloff.typed("ps")))
    assert not COLOUR.search(screen(calloff.typed("ps", NO_COLOR="1")))


def screen(terminal):
    assert terminal.ends() == 0
    return terminal.seen


@pytest.mark.parametrize("columns", [20, 40])
def test_a_line_that_changes_stays_one_line(columns, api, calloff, document):
    running = answer(document(Status.RUNNING))
    api.answers(*[running] * 6, answer(document(Status.COMPLETED)))
    terminal = calloff.typed("wait", "7", columns=columns)
    assert terminal.ends() == 0
    drawn = [ESCAPE.sub("", part) for part in re.split(r"[\r\n]+", terminal.seen)]
    lively = [part for part in drawn if "running" in part]
    assert lively
    assert max(map(len, lively)) < columns


def test_a_dumb_terminal_gets_plain_lines(api, calloff, document):
    api.answers(answer(document(Status.RUNNING)), answer(document(Status.COMPLETED)))
    seen = screen(calloff.typed("wait", "7", TERM="dumb"))
    assert "\x1b" not in seen
    assert "calloff: running" in seen


# -- an API in trouble


def test_a_person_is_told_why_it_takes_longer(api, calloff, document):
    api.answers(problem(Unavailable("The table is busy.", {"Retry-After": "1"})), answer(document(Status.RUNNING)))
    terminal = calloff.typed("show", "7")
    terminal.sees("Trying again: The table is busy.")
    assert terminal.ends() == 0


def test_an_outage_is_shown_while_a_task_is_watched(api, calloff, document):
    running, busy = answer(document(Status.RUNNING)), Recorded(429, b"{}", {"Retry-After": "1"})
    api.answers(running, busy, answer(document(Status.COMPLETED)))
    terminal = calloff.typed("wait", "7")
    terminal.sees("(trying again:")
    assert terminal.ends() == 0


def test_an_api_that_is_down_is_told_at_once_when_asked_to(calloff):
    terminal = calloff.typed("--time-limit", "2", "ps", CALLOFF_URL="http://127.0.0.1:9")
    terminal.sees("calloff: no answer from the API")
    terminal.sees("Next: the same again, which is safe")
    assert terminal.ends() == 7


def test_ctrl_c_gets_through_to_an_api_that_hangs(api, calloff, document):
    running, cancelling = answer(document(Status.RUNNING)), answer(document(Status.CANCELLING), 202)
    api.by_path(
        {
            "/logs": answer({"lines": [], "cursor": None}),
            "/cancel": Recorded(503, b"{}"),
            "POST /tasks": answer(document(), 201),
            "": running,
        }
    )
    terminal = calloff.typed("--time-limit", "3", "run", "busybox")
    terminal.sees("running for")
    terminal.interrupt()
    terminal.sees("did not get through; trying again")
    api.by_path(
        {"/cancel": cancelling, "/logs": answer({"lines": [], "cursor": None}), "": answer(document(Status.CANCELLED))}
    )
    assert terminal.ends() == 9
