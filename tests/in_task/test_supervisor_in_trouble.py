"""The supervisor while the API is in trouble: it does all that it does without, and hears of a force once it can."""

import re
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localcloud import waiting
from tests.in_task import api as trouble
from tests.in_task.api import FORCE, Answer, Api, says, task
from tests.in_task.certificates import Authority
from tests.in_task.processes import DEAF, DEAF_READY, KILLED, PATIENCE_S, childless, gone

LISTENS = """
trap 'echo heard' TERM; trap 'echo one; (sleep 0.01 &)' USR1; trap 'exit 7' HUP
echo ready; while :; do sleep 0.02; done
"""
ANSWERS = {
    "hangs": trouble.hangs,
    "hangs up": trouble.hangs_up,
    "drips": trouble.drips,
    "drips its head": trouble.drips_its_head,
    "never ends": trouble.never_ends,
    "speaks no HTTP": trouble.speaks_no_http,
    "breaks off": trouble.breaks_off,
    "429": says(429, Retry_After="3600"),
    "503": says(503, b'{"stop_timeout": 0}', Retry_After="1"),
    "500": says(500, b"<html>"),
    "401": says(401, b'{"type": "urn:calloff:problem:unauthenticated"}'),
    "403": says(403, b'{"message": "Missing Authentication Token"}'),
    "404": says(404),
    "nothing": says(200),
    "HTML": says(200, b"<html>Welcome to the hotel</html>"),
    "another document": says(200, b'{"stop_timeout": "0", "cancellation": {"force_requested": "yes"}}'),
    "redirect to itself": says(307, Location="/self"),
    "204": says(204),
}
URLS = {
    "no such host": "http://calloff.invalid",
    "no route": "http://192.0.2.1:9",
    "no URL": "::nonsense::",
    "no HTTP": "ftp://localhost/",
}


@pytest.fixture
def api() -> Iterator[Callable[..., Api]]:
    apis: list[Api] = []

    def make(answer: Answer, **how: object) -> Api:
        apis.append(Api(answer, **how))
        return apis[-1]

    yield make
    for each in apis:
        each.close()


@pytest.fixture
def nobody() -> Iterator[str]:
    """The URL of a port that nobody listens on, and nobody else takes."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture(params=[*ANSWERS, *URLS, "refused", "taken and not answered"])
def url(request, api, nobody):
    """Give the URL of an API in each kind of trouble."""
    if request.param in ANSWERS:
        yield api(ANSWERS[request.param]).url
    elif request.param in URLS:
        yield URLS[request.param]
    elif request.param == "refused":
        yield nobody
    else:
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            yield f"http://127.0.0.1:{deaf.getsockname()[1]}"


@pytest.fixture
def supervised(run, init):
    """Run a shell script under the supervisor, which has somebody to ask."""

    def start(script: str, url: str, **variables: str):
        program = run([init, "--", "sh", "-c", script], CALLOFF_URL=url, CALLOFF_TOKEN="the-token", **variables)
        program.says("ready")
        return program

    return start


def test_signals_exits_and_orphans_are_as_ever(supervised, url):
    program = supervised(LISTENS, url, CALLOFF_GRACE="120")
    program.signal()
    program.says("heard")
    program.signal(signal.SIGUSR1)
    program.says("one")
    waiting.until(lambda: childless(program.process.pid, but=1), "the burial of the orphan", PATIENCE_S)
    program.signal(signal.SIGHUP)
    assert program.ends() == 7


def test_the_grace_is_kept_and_the_tree_dies_whole(supervised, url, mark):
    program = supervised(f'setsid sh -c "{DEAF}" & {DEAF_READY}', url, CALLOFF_GRACE="0.2", MARK=mark)
    began = time.monotonic()
    program.signal()
    assert program.ends() == KILLED
    assert time.monotonic() - began >= 0.2
    gone(mark)


def test_a_force_is_learned_of_once_the_api_recovers(supervised, api):
    # All at once: each leaves some seconds between two questions.
    apis = [api(ANSWERS[each]) for each in ("hangs", "drips", "429", "503", "401", "HTML", "hangs up")]
    programs = [supervised(DEAF_READY, each.url, CALLOFF_GRACE="120") for each in apis]
    for program, recovering in zip(programs, apis, strict=True):
        program.signal()
        waiting.until(lambda recovering=recovering: recovering.asked, "a question", PATIENCE_S)
        recovering.answer = FORCE
    assert [program.ends() for program in programs] == [KILLED] * len(apis)


def test_a_force_is_learned_of_once_somebody_listens(supervised, api, nobody):
    program = supervised(DEAF_READY, nobody, CALLOFF_GRACE="120")
    program.signal()
    program.says("refused")
    api(FORCE, port=int(nobody.rpartition(":")[2]))
    assert program.ends() == KILLED


def test_nothing_is_asked_before_a_signal_and_little_after(supervised, api):
    calm = api(task())
    program = supervised(LISTENS, calm.url, CALLOFF_GRACE="120")
    program.signal(signal.SIGUSR1)
    program.says("one")
    assert not calm.asked
    program.signal(times=100)
    waiting.until(lambda: len(calm.asked) >= 8, "some questions", PATIENCE_S)
    program.signal(signal.SIGHUP)
    assert program.ends() == 7
    assert set(calm.asked) == {("/self", "Bearer the-token")}
    # The clock of a busy machine may delay a question, but none comes early.
    assert calm.times[-1] - calm.times[0] >= 0.24 * (len(calm.times) - 1)


def test_the_requests_grace_is_kept_whether_shorter_or_longer(supervised, api):
    short = supervised(DEAF_READY, api(task(grace=1.5)).url, CALLOFF_GRACE="120")
    slow = "trap 'sleep 7; exit 9' TERM; echo ready; while :; do sleep 0.05; done"
    long = supervised(slow, api(task(grace=100)).url, CALLOFF_GRACE="6")
    long.signal()
    short.signal()
    assert short.ends() == KILLED
    assert long.ends() == 9


def test_an_answer_without_end_is_not_kept(supervised, api):
    endless = api(trouble.never_ends)
    program = supervised(LISTENS, endless.url, CALLOFF_GRACE="120")
    program.signal()
    waiting.until(lambda: len(endless.asked) >= 2, "two questions", PATIENCE_S)
    status = Path(f"/proc/{program.process.pid}/status").read_text()
    most_kib = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])
    program.signal(signal.SIGHUP)
    assert program.ends() == 7
    assert most_kib < 64 << 10


def test_the_token_goes_nowhere_else(supervised, api):
    elsewhere = api(FORCE)
    redirecting = api(says(302, Location=f"{elsewhere.url}/self"))
    program = supervised(LISTENS, redirecting.url, CALLOFF_GRACE="120")
    program.signal()
    waiting.until(lambda: len(redirecting.asked) >= 2, "two questions", PATIENCE_S)
    program.signal(signal.SIGHUP)
    assert program.ends() == 7
    assert not elsewhere.asked


def test_without_a_token_nobody_is_asked(run, init, api):
    calm = api(FORCE)
    program = run([init, "--", "sh", "-c", DEAF_READY], CALLOFF_URL=calm.url, CALLOFF_GRACE="0.2")
    program.says("ready")
    program.signal()
    assert program.ends() == KILLED
    assert not calm.asked


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def test_a_server_that_nobody_vouches_for_is_not_believed(supervised, api, authority):
    stranger = api(FORCE, tls=authority.server("localhost"))
    program = supervised(LISTENS, stranger.url, CALLOFF_GRACE="120")
    program.signal()
    program.says("certificate")
    program.signal(signal.SIGHUP)
    assert program.ends() == 7
    assert not stranger.asked


def test_nor_is_one_with_another_name(supervised, api, authority):
    other = api(FORCE, tls=authority.server("example.org"))
    program = supervised(LISTENS, other.url, CALLOFF_GRACE="120", SSL_CERT_FILE=str(authority.certificate))
    program.signal()
    program.says("certificate")
    program.signal(signal.SIGHUP)
    assert program.ends() == 7
    assert not other.asked


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_an_authority_of_ones_own_is_trusted(supervised, api, authority, variable):
    path = authority.certificate if variable == "SSL_CERT_FILE" else authority.certificate.parent
    known = api(FORCE, tls=authority.server("localhost"))
    program = supervised(DEAF_READY, known.url, CALLOFF_GRACE="120", **{variable: str(path)})
    program.signal()
    assert program.ends() == KILLED


UNHEARD = """
import os, signal, sys
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
closed, end = os.pipe()
os.close(closed)
os.dup2(end, 2)
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_a_standard_error_that_is_closed_ends_no_grace(run, init, api, mark):
    talks = [sys.executable, "-S", "-c", UNHEARD, init, "--", "sh", "-c", DEAF_READY]
    variables = {"CALLOFF_URL": api(says(404)).url, "CALLOFF_TOKEN": "the-token", "CALLOFF_GRACE": "1"}
    program = run(talks, **variables, MARK=mark)
    program.says("ready")
    program.signal()
    assert program.ends() == KILLED
    gone(mark)
