"""What ships: the application and what it needs, nothing else."""

import ast
import re
import subprocess
import sys
import zipfile
from importlib import metadata

import pytest

from infra.package import POLICIES, PROJECT
from infra.slim import SERVICE
from infra.template import merge

CLIENTS = PROJECT / "chalicelib/aws/clients.py"
LAMBDA_LIMIT = 250 * 1024 * 1024
"""Bytes of an unzipped function (Lambda quotas, deployment package)."""
DIRECT_UPLOAD_LIMIT = 50 * 1024 * 1024
"""Bytes of a zip that Lambda takes without S3 (the same page)."""


def sources() -> set[str]:
    files = {str(path.relative_to(PROJECT)) for path in (PROJECT / "chalicelib").rglob("*") if path.is_file()}
    # The policies are packed as they were checked, not as they were written.
    return {"app.py", POLICIES} | {name for name in files if "__pycache__" not in name}


def pinned() -> dict[str, str]:
    lines = (PROJECT / "requirements.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def test_the_zip_holds_the_application_and_the_packages_that_are_pinned_and_no_more(built):
    shipped = {entry.filename for entry in built.shipped()}
    packages = {name.split("/")[0] for name in shipped - sources()}
    assert sources() <= shipped
    assert packages <= brought() | {"chalice"}


def brought() -> set[str]:
    """The top-level names that the pinned wheels unpack; `.data` holds a wheel's console scripts."""
    data = {f"{name}-{version}.data" for name, version in pinned().items()}
    return data | {file.parts[0] for name in pinned() for file in metadata.distribution(name).files or []}


def test_of_chalice_only_the_runtime_ships(built):
    chalice = {entry.filename for entry in built.shipped() if entry.filename.startswith("chalice/")}
    assert chalice == {"chalice/__init__.py", "chalice/app.py"}


def test_botocore_describes_the_services_that_are_called_and_no_others(built):
    described = {entry.filename.split("/")[2] for entry in built.shipped() if SERVICE.match(entry.filename)}
    calls = [node for node in ast.walk(ast.parse(CLIENTS.read_text())) if isinstance(node, ast.Call)]
    made = {call.args[0].value for call in calls if ast.unparse(call.func) == "boto3.client"}
    assert made <= described
    assert len(described) < 2 * len(made)


def test_no_byte_code_ships(built):
    assert [entry.filename for entry in built.shipped() if entry.filename.endswith(".pyc")] == []


def test_the_zip_is_within_the_limits_of_lambda(built):
    assert sum(entry.file_size for entry in built.shipped()) < LAMBDA_LIMIT
    assert built.zip_path.stat().st_size < DIRECT_UPLOAD_LIMIT


def test_what_ships_is_what_was_tested():
    installed = {name: metadata.version(name) for name in pinned()}
    assert installed == pinned()


@pytest.mark.parametrize(
    "name", ["requirements.txt", "requirements-dev.txt", "requirements-awscli.txt", "requirements-checkov.txt"]
)
def test_every_requirement_is_pinned(name):
    lines = (PROJECT / name).read_text().splitlines()
    loose = [line for line in lines if line and not re.match(r"#|-r |[a-z0-9-]+==[0-9][0-9a-z.]*$", line)]
    assert loose == []


def test_merging_goes_into_mappings_and_replaces_all_else():
    base = {"a": {"b": 1, "c": [1, 2]}, "d": 1}
    over = {"a": {"c": [3]}, "d": {"e": 2}}
    assert merge(base, over) == {"a": {"b": 1, "c": [3]}, "d": {"e": 2}}


def test_the_zip_is_imported_with_nothing_but_its_own_content(built, tmp_path):
    with zipfile.ZipFile(built.zip_path) as archive:
        archive.extractall(tmp_path)
    # Isolated, and without site: on the path are the standard library and what ships.
    path = f"import sys; sys.path.insert(0, {str(tmp_path)!r})"
    program = f"{path}; import app, chalicelib.bearer, boto3; print(app.__file__)"
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert (ran.stdout.strip(), ran.stderr) == (str(tmp_path / "app.py"), "")
