"""The supervisor in containers: as the first process or under an init, with all rights and with hardly any."""

import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from docker.models.containers import Container

from localcloud import engine, waiting
from tests.in_task.images import SUPERVISED
from tests.in_task.processes import FAMILY, FOREVER, KILLED, alive, members

pytestmark = pytest.mark.docker

PATIENCE_S = 90
BARE = {
    "user": "65534:65534",
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "network_mode": "none",
}
"""What a careful operator takes away; without a network the API's name cannot be resolved."""
AWAY = {"CALLOFF_URL": "https://api.calloff.example/v1/", "CALLOFF_TOKEN": "the-token"}


class Contained:
    """A container with the supervisor in it."""

    def __init__(self, container: Container) -> None:
        self._container = container
        container.start()
        container.reload()
        self.first: int = container.attrs["State"]["Pid"]

    def says(self, word: str, times: int = 1) -> None:
        words = self._container.logs
        waiting.until(lambda: words().decode().split().count(word) >= times, f"{word!r}", PATIENCE_S)

    def signal(self, number: int = signal.SIGTERM) -> None:
        self._container.kill(number)

    def ends(self) -> int:
        return self._container.wait(timeout=PATIENCE_S)["StatusCode"]


@pytest.fixture
def contained(supervised_image: str) -> Iterator[Callable[..., Contained]]:
    client, made = engine.docker_client(), []

    def start(command: list[str], grace: float = 30, **options: Any) -> Contained:
        environment = {"CALLOFF_GRACE": str(grace)} | AWAY
        made.append(client.containers.create(SUPERVISED, command, environment=environment, **options))
        return Contained(made[-1])

    yield start
    for each in made:
        each.remove(force=True)
    client.close()


@pytest.mark.parametrize("under", [False, True], ids=["first", "under an init"])
@pytest.mark.parametrize("options", [{}, BARE], ids=["as is", "bare"])
def test_a_deaf_family_dies_whole(contained, under, options):
    family = contained(["sh", "-c", FAMILY], grace=0.5, init=under, **options)
    family.says("ready")
    everybody = waiting.until(lambda: who if len(who := members(family.first)) >= 5 else None, "all", PATIENCE_S)
    family.signal()
    assert family.ends() == KILLED
    assert not alive(everybody)


def test_without_the_table_of_processes_the_first_process_kills_all(contained):
    command = f"sh -c '{FOREVER}' & trap : TERM; echo ready; {FOREVER}"
    blind = f'umount -l /proc; [ -e /proc/self ] || echo blind; exec /calloff-init -- sh -c "{command}"'
    rights = {"cap_add": ["SYS_ADMIN"], "security_opt": ["apparmor=unconfined"]}
    family = contained([blind], grace=0.5, entrypoint=["sh", "-c"], **rights)
    family.says("ready")
    everybody = members(family.first)
    family.says("blind")
    family.signal()
    assert family.ends() == KILLED
    assert not alive(everybody)


@pytest.mark.parametrize("under", [False, True], ids=["first", "under an init"])
def test_the_whole_family_hears_it_and_its_orphans_are_buried(contained, under):
    listens = "trap 'echo {0}; exit 3' TERM; echo ready; " + FOREVER
    script = f"""
(setsid sh -c "{listens.format("orphan")}" &)
for i in 1 2 3; do (sleep 0.01 &); done
{listens.format("command")}
"""
    family = contained(["sh", "-c", script], init=under, **BARE)
    family.says("ready", times=2)
    waiting.until(lambda: "Z" not in members(family.first).values(), "the burial of orphans", PATIENCE_S)
    family.signal()
    assert family.ends() == 3
    family.says("orphan")
    family.says("command")


def test_a_signal_right_after_the_birth_is_heard(contained):
    born = contained(["sh", "-c", f"setsid sh -c 'sleep 60' & {FOREVER}"], grace=120)
    born.signal()
    assert born.ends() == 128 + signal.SIGTERM


@pytest.mark.parametrize(("command", "code"), [("/no/such/program", 127), ("/examples/trap.sh", 126), ("/bin", 126)])
def test_what_cannot_be_run_ends_the_container(contained, command, code):
    assert contained([command], user="65534").ends() == code


def test_who_may_not_be_killed_ends_with_the_container(contained):
    """Another user's process is out of reach without CAP_KILL. The kernel is not asked for that."""
    somebody = (
        f"echo somebody:x:65534:65534::/:/bin/sh > /etc/passwd; exec busybox su somebody -c 'echo ready; {FOREVER}'"
    )
    out_of_reach = contained(["sh", "-c", somebody], grace=0.3, cap_drop=["KILL"])
    out_of_reach.says("ready")
    everybody = members(out_of_reach.first)
    assert len(everybody) >= 2
    out_of_reach.signal()
    assert out_of_reach.ends() == KILLED
    assert not alive(everybody)


def test_who_is_halted_is_killed(contained):
    halted = contained(["sh", "-c", f"trap 'kill -STOP $$' TERM; echo ready; {FOREVER}"], grace=0.3)
    halted.says("ready")
    everybody = members(halted.first)
    halted.signal()
    assert halted.ends() == KILLED
    assert not alive(everybody)
