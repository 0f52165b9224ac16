"""What `pip install` gives: the package `calloff`, whole and typed, and nothing else of this repository."""

import json
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

import calloff
from sdk.build import build as build_sdk

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "calloff"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel of a copy, so that building leaves nothing in the tree."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, folder / "source", ignore=lambda path, names: _ignored(Path(path), names))
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder]
    subprocess.run([*command, folder / "source"], check=True)
    [built] = folder.glob("*.whl")
    return built


def _ignored(path, names):
    """Leave out what is no source: hidden folders, environments, what tools leave behind."""
    top = path == ROOT
    return {name for name in names if name == "__pycache__" or (top and (name[0] == "." or name in ("build", "tests")))}


@pytest.fixture(scope="module")
def fresh(wheel, tmp_path_factory):
    """Install it into an environment of its own; the folder of its programs."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=True)
    command = [folder / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check", wheel]
    subprocess.run(command, check=True)
    return folder / "bin"


def own_files():
    return [path for path in PACKAGE.rglob("*") if path.is_file()]


def test_nothing_but_the_package_is_in_it(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    files = {str(path.relative_to(ROOT)) for path in own_files()}
    shipped = {name for name in names if not name.startswith(f"calloff-{calloff.__version__}.dist-info/")}
    assert shipped == {name for name in files if "__pycache__" not in name}
    assert "calloff/py.typed" in shipped


def test_neither_chalice_nor_an_sdk_comes_along(fresh):
    listed = subprocess.check_output([fresh / "python", "-m", "pip", "list", "--format", "json"])
    names = {each["name"].lower() for each in json.loads(listed)}
    assert "calloff" in names
    assert not names & {"chalice", "boto3", "botocore", "localcloud", "ministack"}


def test_each_module_can_be_imported(fresh, tmp_path):
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted(own_files())
        if path.suffix == ".py" and path.name != "__main__.py"
    ]
    work = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]"
    subprocess.run([fresh / "python", "-c", work, *modules], check=True, cwd=tmp_path)


def test_the_command_is_there(fresh, tmp_path):
    said = subprocess.check_output([fresh / "calloff", "--help"], cwd=tmp_path, text=True)
    assert said.startswith("Usage: calloff ")
    said = subprocess.check_output([fresh / "calloff", "run", "--help"], cwd=tmp_path, text=True)
    assert said.startswith("Usage: calloff run ")


def test_names_of_the_package_are_imported_when_they_are_used(fresh, tmp_path):
    work = "import sys, calloff; assert 'httpx' not in sys.modules; calloff.Client; assert 'httpx' in sys.modules"
    subprocess.run([fresh / "python", "-c", work], check=True, cwd=tmp_path)
    for name in calloff.__all__:
        assert getattr(calloff, name).__module__.startswith("calloff.")
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        calloff.Nothing  # noqa: B018


def test_signing_without_botocore_says_what_to_install(fresh, tmp_path):
    work = "import calloff\ntry: calloff.SigV4()\nexcept calloff.CalloffError as error: print(error)"
    said = subprocess.check_output([fresh / "python", "-c", work], cwd=tmp_path, text=True)
    assert said == "Signing needs botocore: pip install 'calloff[aws]'.\n"


# -- beside the wheel for tasks (`tests/in_task/test_wheel.py`)

BOTH = "import calloff; from calloff import task; print(len(calloff.__all__), calloff.task.check_cancellation.__name__)"


@pytest.fixture(scope="module")
def sdk(tmp_path_factory):
    return build_sdk(tmp_path_factory.mktemp("sdk"))


def test_the_wheel_for_tasks_holds_the_same_files(wheel, sdk):
    whole, part = zipfile.ZipFile(wheel), zipfile.ZipFile(sdk)
    names = [name for name in part.namelist() if ".dist-info/" not in name]
    assert "calloff/task/__init__.py" in names
    assert {name: part.read(name) for name in names} == {name: whole.read(name) for name in names}


def test_both_may_be_in_one_environment(wheel, sdk, tmp_path):
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env/bin/python"
    pip = [python, "-I", "-m", "pip", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--no-index", "--no-deps", wheel, sdk], check=True)
    said = subprocess.check_output([python, "-I", "-c", BOTH], text=True)
    assert said == f"{len(calloff.__all__)} check_cancellation\n"


def test_a_task_needs_nothing_of_the_client(fresh, tmp_path):
    work = "import sys; from calloff import task; task.check_cancellation(); assert 'httpx' not in sys.modules"
    subprocess.run([fresh / "python", "-c", work], check=True, cwd=tmp_path)


@pytest.mark.parametrize("order", [1, -1])
def test_they_may_be_in_two_folders_of_the_path(wheel, sdk, tmp_path, order):
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder, each in zip(folders, (wheel, sdk), strict=True):
        zipfile.ZipFile(each).extractall(folder)
    path = f"import sys; sys.path[:0] = {[str(each) for each in folders[::order]]!r}\n"
    work = "import calloff.task, calloff; print(calloff.__version__, calloff.task.check_cancellation.__name__)"
    said = subprocess.check_output([sys.executable, "-I", "-S", "-c", path + work], text=True)
    assert said == f"{calloff.__version__} check_cancellation\n"
