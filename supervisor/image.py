"""Images whose first process is the supervisor, made without a registry."""

from __future__ import annotations

import contextlib
import io
import tarfile
from typing import TYPE_CHECKING

from supervisor.build import build

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from docker import DockerClient

INIT = "/calloff-init"


def make(client: DockerClient, tag: str, base: str, files: Mapping[str, Path], *more: str) -> str:
    """Put the supervisor and the files (by their places there) on a base; answer the tag. `more`: of a Dockerfile."""
    lines = (f"FROM {base}", "COPY . /", f'ENTRYPOINT ["{INIT}", "--"]', *more)
    context = _context({INIT: build(), **files}, "\n".join(lines).encode())
    before = client.images.list(name=tag)
    made, _ = client.images.build(fileobj=context, custom_context=True, tag=tag, rm=True)
    for image in before:
        if image.id != made.id:
            _forget(client, image.id)
    return tag


def _forget(client: DockerClient, image: str) -> None:
    """Do not leave images without a name behind."""
    from docker.errors import APIError

    with contextlib.suppress(APIError):  # something is made of it, or still runs
        client.images.remove(image)


def _context(files: Mapping[str, Path], dockerfile: bytes) -> io.BytesIO:
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        for target, source in files.items():
            tar.add(source.resolve(), target.lstrip("/"), recursive=False)
        entry = tarfile.TarInfo("Dockerfile")
        entry.size = len(dockerfile)
        tar.addfile(entry, io.BytesIO(dockerfile))
    context.seek(0)
    return context
