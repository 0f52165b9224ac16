"""Images for tests, from what this machine has: the static busybox, its Python, the SDK and the supervisor."""

import io
import re
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

from docker import DockerClient

from localcloud.ecs.runtimes.images import ensure_busybox_image
from tests.in_task.program import ROOT

SUPERVISED = "calloff/test-supervised:latest"
PYTHON = "calloff/test-python:latest"
INIT = "/calloff-init"
SDK = "/sdk"
LEFT_OUT = {"test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "site-packages", "__pycache__", "lib2to3"}


def make(client: DockerClient, init: Path, sdk: Path) -> None:
    """Make both images; each begins with the supervisor. `sdk` is where the wheel of `calloff.task` was unpacked."""
    busybox = ensure_busybox_image(client)
    base = f'FROM {busybox}\nCOPY . /\nENTRYPOINT ["{INIT}", "--"]\n'
    _build(client, SUPERVISED, base, {INIT: init, **_examples()})
    python = f"{base}ENV PYTHONPATH={SDK} PATH=/bin:{Path(sys.base_prefix)}/bin\n"
    _build(client, PYTHON, python, {INIT: init, **_examples(), **_interpreter(), **_sdk(sdk)})


def interpreter() -> str:
    """Where the Python of the image is: where it is here."""
    return str(Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}"))


def _build(client: DockerClient, tag: str, dockerfile: str, files: dict[str, Path]) -> None:
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        for target, source in files.items():
            tar.add(source.resolve(), target.lstrip("/"), recursive=False)
        entry = tarfile.TarInfo("Dockerfile")
        entry.size = len(dockerfile.encode())
        tar.addfile(entry, io.BytesIO(dockerfile.encode()))
    context.seek(0)
    client.images.build(fileobj=context, custom_context=True, tag=tag, rm=True)


def _examples() -> dict[str, Path]:
    return {f"/examples/{path.name}": path for path in (ROOT / "examples").iterdir() if path.suffix in {".py", ".sh"}}


def _sdk(folder: Path) -> dict[str, Path]:
    return {f"{SDK}/{path.relative_to(folder)}": path for path in folder.rglob("*") if path.is_file()}


def _interpreter() -> dict[str, Path]:
    program, library = Path(interpreter()), Path(sysconfig.get_path("stdlib"))
    kept = [p for p in library.rglob("*") if p.is_file() and not LEFT_OUT & set(p.relative_to(library).parts)]
    shared = _shared([program, *(p for p in kept if p.suffix == ".so")])
    return {str(path): path for path in (program, *kept, *shared)}


def _shared(programs: list[Path]) -> set[Path]:
    """The libraries that these need, the dynamic loader among them."""
    found = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=False).stdout
    # The C library loads this one by itself when a thread is ended, as daemon threads are at Python's exit.
    known = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    late = re.findall(r"=> (\S+/libgcc_s\.so\.1)", known)
    return {Path(path) for path in (*re.findall(r"(/\S+\.so\S*) \(0x", found), *late[:1])}
