"""The pieces that the supervisor is made of: process groups, the keeper, the folder."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localcloud import keeper, ports, waiting
from localcloud.folder import Folder
from localcloud.keeper import Keeper
from localcloud.options import Options
from localcloud.part import ROOT, Part
from localcloud.stack import LocalCloud
from localcloud.trouble import FolderInUseError, LocalCloudError, PartFailedError, PortTakenError

MakePart = Callable[[str], Part]


@pytest.fixture
def part(tmp_path: Path) -> Iterator[MakePart]:
    watcher, made = Keeper(), []

    def make(script: str) -> Part:
        made.append(Part("small", ["sh", "-c", script], os.environ, tmp_path / "small.log", watcher))
        return made[-1]

    yield make
    for each in made:
        each.stop(grace_s=0)
    watcher.close()


def says(part: Part, word: str) -> None:
    waiting.until(lambda: part.log.exists() and word in part.log.read_text(), word, 10)


def test_a_part_that_listens_ends_at_the_first_word(part):
    small = part("trap 'echo leaving; exit 0' TERM; echo up; while :; do sleep 0.05; done")
    small.start()
    says(small, "up")
    small.stop(grace_s=10)
    assert not keeper.alive(small.pid)
    says(small, "leaving")


def test_a_part_that_does_not_listen_is_killed_after_its_grace(part):
    small = part("trap '' TERM; echo up; while :; do sleep 0.05; done")
    small.start()
    says(small, "up")
    small.stop(grace_s=0.2)
    assert not keeper.alive(small.pid)


def test_what_a_part_started_goes_with_it(part):
    small = part("sleep 600 & echo child $!; exit 0")
    small.start()
    says(small, "child")
    waiting.until(lambda: not small.running, "the first process to end", 10)
    assert keeper.alive(small.pid)
    small.stop(grace_s=1)
    assert not keeper.alive(small.pid)


def test_a_paused_part_hears_that_it_is_to_end(part):
    small = part("trap 'exit 0' TERM; echo up; while :; do sleep 0.05; done")
    small.start()
    says(small, "up")
    small.pause()
    small.stop(grace_s=10)
    says(small, "up")
    assert not small.running


def test_a_part_that_ends_by_itself_is_named_with_the_end_of_its_log(part):
    small = part("echo the reason; exit 7")
    small.start()
    with pytest.raises(PartFailedError, match=r"(?s)small ended by itself \(code 7\).*the reason"):
        small.wait_ready(lambda: False, within_s=10)


def test_a_part_that_is_never_ready_is_named_too(part):
    small = part("echo slow; sleep 600")
    small.start()
    says(small, "slow")
    with pytest.raises(PartFailedError, match=r"(?s)small was not ready within 0.1 s.*slow"):
        small.wait_ready(lambda: False, within_s=0.1)


def test_a_killed_supervisor_leaves_no_process_and_no_folder(tmp_path):
    folder = tmp_path / "state"
    folder.mkdir()
    supervisor = f"""
        import os, pathlib, signal
        from localcloud.keeper import Keeper
        from localcloud.part import Part
        keeper, folder = Keeper(), pathlib.Path({str(folder)!r})
        keeper.remove(folder)
        part = Part("small", ["sh", "-c", "sleep 600 & sleep 600"], os.environ, folder / "log", keeper)
        part.start()
        print(part.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(supervisor)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    group = int(done.stdout)
    waiting.until(lambda: not keeper.alive(group) and not folder.exists(), "the keeper to clean up", 10)


def test_the_keeper_spares_a_group_that_was_taken_back():
    spared = subprocess.Popen(["sleep", "600"], start_new_session=True)
    watcher = Keeper()
    watcher.watch(spared.pid)
    watcher.forget(spared.pid)
    watcher.close()
    assert keeper.alive(spared.pid)
    spared.kill()
    spared.wait()


def test_two_local_clouds_do_not_share_a_folder(tmp_path):
    watcher = Keeper()
    first = Folder(tmp_path, watcher)
    with pytest.raises(FolderInUseError, match=str(tmp_path)):
        Folder(tmp_path, watcher)
    first.close()
    Folder(tmp_path, watcher).close()
    watcher.close()
    assert tmp_path.exists()


def test_free_ports_are_different_and_free():
    found = ports.free(20)
    assert len(set(found)) == 20
    assert not any(ports.taken(port) for port in found)


def test_a_port_that_somebody_has_is_refused_before_anything_starts():
    import socket

    with socket.socket() as somebody:
        somebody.bind((ports.HOST, 0))
        somebody.listen()
        cloud = LocalCloud(Options(port=somebody.getsockname()[1]))
        with pytest.raises(PortTakenError, match="PORT"), cloud:
            pass
    assert cloud.parts == {}


def test_options_come_from_the_environment(tmp_path):
    variables = {
        "PORT": "8080",
        "CALLOFF_WORKERS": "2",
        "CALLOFF_RUNTIME": "process",
        "CALLOFF_STATE_DIR": str(tmp_path),
    }
    assert Options.from_environment(variables, port=1) == Options(8080, 2, "process", state=tmp_path)
    assert Options.from_environment({}, port=1) == Options(port=1)


def test_a_port_that_is_no_number_is_named():
    with pytest.raises(LocalCloudError, match="PORT must be a number, not 'http'"):
        Options.from_environment({"PORT": "http"}, port=1)
