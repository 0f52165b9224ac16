"""Makes what goes to AWS: the zip of the functions and the CloudFormation template.

Chalice generates a template from ``app.py``. The templates of this folder are merged into it, and what is the same for
each function or route is completed (``functions.py``, ``gateway.py``). The same sources make the same bytes, so that a
second deployment finds nothing to change.

Chalice packs every file that it finds under ``chalicelib``, byte code included, and reuses an old zip when only the
name of a file is new. So it is given a copy of the sources alone, made for this one run.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from infra import alarms, functions, gateway, policies, repack
from infra.parameters import Choice
from infra.slim import slim
from infra.template import AROUND_FUNCTIONS, RESOURCES, Template, merge, together

PROJECT = Path(__file__).resolve().parent.parent
CONFIG = ".chalice/config.json"
# What Chalice reads. Anything else in the tree neither ships nor shapes the template.
SOURCES = ("app.py", "chalicelib", "requirements.txt", CONFIG)
TEMPLATE = "sam.json"
ZIP = "deployment.zip"
POLICIES = "chalicelib/policies.json"
# Chalice wants a region even though nothing that it writes depends on it.
ANY_REGION = "us-east-1"


def main() -> None:
    """Read the command line and make the package."""
    parser = argparse.ArgumentParser(description="Package Calloff for CloudFormation")
    parser.add_argument("--stage", default="dev", help="stage of .chalice/config.json and infra/parameters/")
    parser.add_argument("out", type=Path, help=f"folder for {TEMPLATE} and {ZIP}")
    arguments = parser.parse_args()
    package(Choice.of(arguments.stage), arguments.out)


def package(choice: Choice, out: Path, policy_file: Path = policies.POLICIES) -> None:
    """Write the template and the zip to the folder ``out``.

    Fetches the wheels that ``requirements.txt`` pins from PyPI, for the architecture that was chosen. Raises
    ``policies.InvalidPolicyError``, and ``subprocess.CalledProcessError`` when Chalice cannot package the application;
    its own words go to standard error.
    """
    found = policies.read(policy_file)
    with tempfile.TemporaryDirectory() as folder:
        staging = Path(folder)
        for source in SOURCES:
            stage_source(source, staging)
        (staging / POLICIES).write_bytes(msgspec.json.encode(found))
        set_architecture(staging / CONFIG, choice.architecture)
        overlay = staging / "overlay.json"
        overlay.write_text(json.dumps(merge(together(*RESOURCES, *AROUND_FUNCTIONS), policies.events(found))))
        options = ["--stage", choice.stage, "--merge-template", str(overlay)]
        run_chalice(["package", *options, str(out.resolve())], staging)
    template = json.loads((out / TEMPLATE).read_text())
    (out / TEMPLATE).write_text(json.dumps(completed(template, choice), indent=1) + "\n")
    slim(out / ZIP, PROJECT / "chalicelib")
    repack.repack(out / ZIP)


def completed(template: Template, choice: Choice) -> Template:
    """Complete the template that Chalice made."""
    template = gateway.guarded(alarms.complete(functions.complete(template)))
    template["Globals"]["Function"]["Environment"]["Variables"] |= choice.variables
    return template


def stage_source(name: str, staging: Path) -> None:
    """Copy a file, or a folder without its byte code, to the same place under ``staging``."""
    source, target = PROJECT / name, staging / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copyfile(source, target)


def set_architecture(config: Path, architecture: str) -> None:
    """Let Chalice fetch the wheels of this architecture, and say so in the template: the two go together."""
    config.write_text(json.dumps({**json.loads(config.read_text()), "lambda_architecture": architecture}))


def run_chalice(arguments: list[str], project: Path) -> None:
    """Run the ``chalice`` of this interpreter in a folder that is a Chalice project."""
    chalice = [sys.executable, "-c", "from chalice.cli import main; raise SystemExit(main())"]
    environment = {"AWS_DEFAULT_REGION": ANY_REGION, **os.environ}
    subprocess.run([*chalice, *arguments], cwd=project, env=environment, check=True)  # noqa: S603 (our own words)


if __name__ == "__main__":
    main()
