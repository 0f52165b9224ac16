"""Images without a registry: a small one made from the machine's own static busybox."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docker import DockerClient

BUSYBOX_IMAGE = "calloff/busybox:latest"
_BUSYBOX = Path("/bin/busybox")
_APPLETS = "sh sleep echo cat true false kill env date test trap ls ps head tail dd wget nc touch rm mkdir yes seq"


def ensure_busybox_image(client: DockerClient, busybox: Path = _BUSYBOX) -> str:
    """Make `BUSYBOX_IMAGE` unless the engine has it, and answer its name.

    Needs a static busybox (Debian: ``busybox-static``); FileNotFoundError says so if there is none.
    """
    if not client.images.list(name=BUSYBOX_IMAGE):
        _import(client, busybox)
    return BUSYBOX_IMAGE


def _import(client: DockerClient, busybox: Path) -> None:
    if not busybox.exists():
        raise FileNotFoundError(f"{busybox} is missing: install a static busybox (Debian: busybox-static)")
    repository, _, tag = BUSYBOX_IMAGE.rpartition(":")
    path = ["ENV PATH=/bin"]
    client.api.import_image_from_data(_rootfs(busybox), repository=repository, tag=tag, changes=path)


def _rootfs(busybox: Path) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for folder in ("bin", "tmp", "proc", "dev", "etc"):
            tar.addfile(_entry(folder, tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755))
        program = _entry("bin/busybox", tarfile.REGTYPE, 0o755)
        program.size = busybox.stat().st_size
        with busybox.open("rb") as content:
            tar.addfile(program, content)
        for applet in _APPLETS.split():
            link = _entry(f"bin/{applet}", tarfile.SYMTYPE, 0o777)
            link.linkname = "busybox"
            tar.addfile(link)
    return archive.getvalue()


def _entry(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type = kind
    entry.mode = mode
    return entry
