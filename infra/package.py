"""Makes what goes to AWS: the zip of the functions and the CloudFormation template.

Chalice generates a template from ``app.py``; ``resources.yaml`` and ``functions.yaml`` are merged into it.
Chalice packs every file that it finds under ``chalicelib``, byte code included, and reuses an old zip when
only the name of a file is new. So it is given a copy of the sources alone, made for this one run.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from infra.template import Template, load, merge

PROJECT = Path(__file__).resolve().parent.parent
OVERLAYS = tuple(PROJECT / "infra" / name for name in ("resources.yaml", "timer.yaml", "functions.yaml"))
# What Chalice reads. Anything else in the tree neither ships nor shapes the template.
SOURCES = ("app.py", "chalicelib", "requirements.txt", ".chalice/config.json", "infra/policy.json")
# Chalice wants a region even though nothing that it writes depends on it.
ANY_REGION = "us-east-1"


def main() -> None:
    """Read the command line and make the package."""
    parser = argparse.ArgumentParser(description="Package Calloff for CloudFormation")
    parser.add_argument("--stage", default="dev", help="stage of .chalice/config.json")
    parser.add_argument("out", type=Path, help="folder for sam.json and deployment.zip")
    arguments = parser.parse_args()
    package(arguments.stage, arguments.out)


def package(stage: str, out: Path) -> None:
    """Write ``sam.json`` and ``deployment.zip`` to the folder ``out``.

    Fetches the wheels that ``requirements.txt`` pins from PyPI. Raises ``subprocess.CalledProcessError`` when
    Chalice cannot package the application; its own words go to standard error.
    """
    with tempfile.TemporaryDirectory() as folder:
        staging = Path(folder)
        for source in SOURCES:
            stage_source(source, staging)
        overlay = staging / "overlay.json"
        overlay.write_text(json.dumps(overlay_template()))
        options = ["--stage", stage, "--merge-template", str(overlay)]
        run_chalice(["package", *options, str(out.resolve())], staging)


def overlay_template() -> Template:
    """Give the one template that Chalice is to merge into its own."""
    merged: Template = {}
    for path in OVERLAYS:
        merged = merge(merged, load(path))
    return merged


def stage_source(name: str, staging: Path) -> None:
    """Copy a file, or a folder without its byte code, to the same place under ``staging``."""
    source, target = PROJECT / name, staging / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copyfile(source, target)


def run_chalice(arguments: list[str], project: Path) -> None:
    """Run the ``chalice`` of this interpreter in a folder that is a Chalice project."""
    chalice = [sys.executable, "-c", "from chalice.cli import main; raise SystemExit(main())"]
    environment = {"AWS_DEFAULT_REGION": ANY_REGION, **os.environ}
    subprocess.run([*chalice, *arguments], cwd=project, env=environment, check=True)  # noqa: S603 (our own words)


if __name__ == "__main__":
    main()
