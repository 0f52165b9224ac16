"""The package, made once: what would go to AWS."""

import json
import platform
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.package import package
from infra.parameters import Choice
from tests.emulator import emulator
from tests.infra.stand import Stand, make

CHOICE = Choice(stage="dev", architecture="arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64")
"""What AWS gets, for the processor on which the tests run."""


@dataclass(frozen=True)
class Built:
    template_path: Path
    zip_path: Path

    def template(self) -> dict[str, Any]:
        return json.loads(self.template_path.read_text())

    def shipped(self) -> list[zipfile.ZipInfo]:
        with zipfile.ZipFile(self.zip_path) as archive:
            return archive.infolist()


@pytest.fixture(scope="session")
def built(no_account, tmp_path_factory) -> Built:
    out = tmp_path_factory.mktemp("package")
    package(CHOICE, out)
    return Built(out / "sam.json", out / "deployment.zip")


@pytest.fixture(scope="session")
def emulator_url(no_account, tmp_path_factory) -> Iterator[str]:
    """MiniStack on a free port."""
    with emulator(tmp_path_factory.mktemp("emulator")) as url:
        yield url


@pytest.fixture(scope="session")
def stand(built, emulator_url) -> Stand:
    return make(built.zip_path.parent, emulator_url)
