"""Images for tests, from what this machine has: the static busybox, its Python, the SDK and the supervisor."""

import re
import subprocess
import sys
import sysconfig
from pathlib import Path

from docker import DockerClient

from localcloud.ecs.runtimes.images import ensure_busybox_image
from supervisor.image import make
from tests.in_task.program import ROOT

SUPERVISED = "calloff/test-supervised:latest"
PYTHON = "calloff/test-supervised-python:latest"
SDK = "/sdk"
LEFT_OUT = {"test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "site-packages", "__pycache__", "lib2to3"}


def make_supervised(client: DockerClient) -> str:
    return make(client, SUPERVISED, ensure_busybox_image(client), _examples())


def make_python(client: DockerClient, sdk: Path) -> str:
    """Make the image of Python programs. `sdk` is where the wheel of `calloff.task` was unpacked."""
    environment = f"ENV PYTHONPATH={SDK} PATH=/bin:{Path(sys.base_prefix)}/bin"
    return make(client, PYTHON, SUPERVISED, {**_interpreter(), **_sdk(sdk)}, environment)


def interpreter() -> str:
    """Where the Python of the image is: where it is here."""
    return str(Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}"))


def _examples() -> dict[str, Path]:
    return {f"/examples/{path.name}": path for path in (ROOT / "examples").iterdir() if path.suffix in {".py", ".sh"}}


def _sdk(folder: Path) -> dict[str, Path]:
    return {f"{SDK}/{path.relative_to(folder)}": path for path in folder.rglob("*") if path.is_file()}


def _interpreter() -> dict[str, Path]:
    program, library = Path(interpreter()), Path(sysconfig.get_path("stdlib"))
    files = (path for path in library.rglob("*") if path.is_file() and path.suffix != ".a")
    kept = [path for path in files if not LEFT_OUT & set(path.relative_to(library).parts)]
    shared = _shared([program, *(p for p in kept if p.suffix == ".so")])
    return {str(path): path for path in (program, *kept, *shared)}


def _shared(programs: list[Path]) -> set[Path]:
    """The libraries that these need, the dynamic loader among them."""
    found = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=False).stdout
    # The C library loads this one by itself when a thread is ended, as daemon threads are at Python's exit.
    known = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    late = re.findall(r"=> (\S+/libgcc_s\.so\.1)", known)
    return {Path(path) for path in (*re.findall(r"(/\S+\.so\S*) \(0x", found), *late[:1])}
