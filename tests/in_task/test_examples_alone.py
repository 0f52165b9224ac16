"""The examples on a laptop: real processes, and no Calloff around them."""

import signal
import socket
import sys

import pytest

from localcloud import ports
from tests.in_task.program import ROOT

EXAMPLES = ROOT / "examples"
CANCELLED = 128 + signal.SIGTERM


def test_an_evaluation_runs_to_its_end(run):
    program = run([sys.executable, "-S", str(EXAMPLES / "evaluation.py"), "3"])
    assert program.ends() == 0
    assert program.said == "from 0\n"


def test_an_evaluation_ends_quietly(run):
    program = run([sys.executable, "-S", str(EXAMPLES / "evaluation.py"), "10000"])
    program.says("from")
    program.signal()
    assert program.ends() == CANCELLED
    assert program.said == "from 0\ntidied up\n"


def test_a_service_lets_a_conversation_finish(run):
    [port] = ports.free(1)
    program = run([sys.executable, "-S", str(EXAMPLES / "service.py"), str(port)])
    program.says("waiting")
    with socket.create_connection(("127.0.0.1", port)) as guest, guest.makefile("rw") as talk:
        assert _answer(talk, "before") == "BEFORE\n"
        program.signal()
        program.says("more")
        assert _answer(talk, "after") == "AFTER\n"
        assert program.process.poll() is None
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
    assert program.ends() == 0
    assert program.said == "waiting\nno more\nclosed\n"


def test_a_script_that_traps_is_a_script_like_any_other(run):
    program = run(["sh", str(EXAMPLES / "trap.sh")])
    program.says("working")
    program.signal()
    assert program.ends() == 0
    assert program.words == ["working", "saved"]


def _answer(talk, word):
    talk.write(word + "\n")
    talk.flush()
    return talk.readline()
