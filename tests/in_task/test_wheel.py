"""The SDK is one small wheel that needs nothing but an interpreter, and stands beside the client's."""

import re
import subprocess
import sys
import zipfile
from email import message_from_string

import pytest

import calloff
from localcloud import waiting
from tests.in_task.images import SDK, interpreter
from tests.in_task.program import ROOT
from tests.in_task.wheels import isolated

MOST_BYTES = 24 * 1024
"""The size that `docs/in-task.md` promises."""
USES = "from calloff import task; task.progress(1, 2); task.check_cancellation(); print(task.__file__)"


@pytest.fixture(scope="module")
def content(wheel) -> zipfile.ZipFile:
    return zipfile.ZipFile(wheel)


def test_it_holds_the_package_for_tasks_and_nothing_else(content):
    shipped = {name for name in content.namelist() if ".dist-info/" not in name}
    files = {path for path in (ROOT / "calloff" / "task").iterdir() if path.suffix in {".py", ".typed"}}
    assert shipped == {str(path.relative_to(ROOT)) for path in files}


def test_it_is_small(wheel):
    assert wheel.stat().st_size <= MOST_BYTES
    assert f"{MOST_BYTES // 1024} KiB" in (ROOT / "docs/in-task.md").read_text()


def test_it_needs_nothing_and_is_of_calloffs_version(content):
    [name] = [name for name in content.namelist() if name.endswith("METADATA")]
    metadata = message_from_string(content.read(name).decode())
    assert metadata["Name"] == "calloff-task"
    assert metadata["Version"] == calloff.__version__
    assert metadata.get_all("Requires-Dist") is None


def test_it_works_on_the_standard_library_alone(sdk):
    names = f"{USES}\nprint(*sys.modules)"
    file, modules = isolated(names, sdk).splitlines()
    assert file == str(sdk / "calloff/task/__init__.py")
    own = re.compile(r"__main__|calloff|calloff\.task(\._\w+)?")
    foreign = {each for each in modules.split() if each.partition(".")[0] not in sys.stdlib_module_names}
    assert {each for each in foreign if not own.fullmatch(each)} == set()


def test_without_pip_it_is_enough_to_unpack_it(wheel, tmp_path):
    subprocess.run([sys.executable, "-I", "-S", "-m", "zipfile", "-e", wheel, tmp_path], check=True)
    assert isolated(USES, tmp_path).strip() == str(tmp_path / "calloff/task/__init__.py")


@pytest.mark.docker
def test_an_image_of_an_interpreter_carries_it(alice, ecs, python_image):
    program = f"""
import importlib.metadata, pathlib
from calloff import task
print(task.__file__, importlib.metadata.version("calloff-task"), task.checkpoint({{"kept": True}}), flush=True)
print(pathlib.Path("{SDK}/calloff/__init__.py").exists(), flush=True)
task.sleep(600)
"""
    made = alice.running(
        "", image=python_image, command=[interpreter(), "-c", program], supervised=True, stop_timeout=20
    )
    waiting.until(lambda: "False" in ecs.wrote(made["id"]) or None, "the program's words", 30)
    alice.cancel(made["id"])
    ended = alice.until(made["id"], "cancelled")
    assert ecs.wrote(made["id"]).split() == [f"{SDK}/calloff/task/__init__.py", calloff.__version__, "True", "False"]
    assert (ended["exit_code"], ended["checkpoint"]["size"]) == (143, len('{"kept": true}'))
