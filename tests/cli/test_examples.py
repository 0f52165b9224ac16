"""Every example of the documents, run against the local cloud."""

import fnmatch
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT

API = "http://127.0.0.1:8000"
"""Where the documents say that the API is."""
PAGES = ("README.md", "docs/cli.md")
WITHIN_S = 120


def blocks(page, kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)


def examples(page):
    """Commands with the output that is shown for them, in the order of the page."""
    for block in blocks(page, "console"):
        if "$ calloff " not in block and "(calloff " not in block:
            continue
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *shown = part.splitlines()
            yield command, shown


@pytest.fixture
def shell(cloud, tmp_path):
    """A folder with the command in it, and the environment in which it is found."""
    program = tmp_path / "calloff"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m calloff.cli "$@"\n')
    program.chmod(0o755)
    variables = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "CALLOFF_CONFIG": str(tmp_path / "config.toml"),
        "CALLOFF_URL": cloud.endpoints.api,
        "CALLOFF_TOKEN": "alice",
    }
    return tmp_path, variables


def run(commands, folder, variables):
    """Run commands in one shell; what each wrote to its standard output. `$?` is the last command's, as it is typed."""
    lines = [f"{command}\n_code=$?; printf '\\001'; (exit $_code)" for command in commands]
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    outputs = done.stdout.split("\001")
    assert len(outputs) == len(commands) + 1, done.stderr
    return outputs[:-1], done.stderr


def fits(shown, output):
    """`…` stands for whatever there is: in a line, or on a line of its own for lines."""
    pattern = "\n".join("*" if line == "…" else re.sub(r"([*?[])", r"[\1]", line).replace("…", "*") for line in shown)
    return fnmatch.fnmatchcase(output.rstrip("\n"), pattern)


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_do_what_the_page_shows(page, shell, cloud):
    folder, variables = shell
    found = [(command.replace(API, cloud.endpoints.api), shown) for command, shown in examples(page)]
    assert found
    if any("config set url" in command for command, _ in found):
        del variables["CALLOFF_URL"], variables["CALLOFF_TOKEN"]
    outputs, errors = run([command for command, _ in found], folder, variables)
    for (command, shown), output in zip(found, outputs, strict=True):
        wanted = [line.replace(API, cloud.endpoints.api) for line in shown]
        assert fits(wanted, output), f"$ {command}\n{output}\n--- and on standard error:\n{errors}"


def test_the_program_does_what_it_asserts(shell, cloud):
    folder, variables = shell
    [program] = blocks("docs/cli.md", "python")
    command = [sys.executable, "-c", program.replace(API, cloud.endpoints.api)]
    said = subprocess.check_output(command, cwd=folder, env=variables, text=True, timeout=WITHIN_S).splitlines()
    assert said[-2:] == ["completed", "['hello']"]


def shown_in(shown, value):
    """Whether all that is shown is there: documents are shortened."""
    if isinstance(shown, dict):
        return all(shown_in(member, value[name]) for name, member in shown.items())
    if isinstance(shown, list):
        rest = iter(value)
        return all(any(shown_in(each, there) for there in rest) for each in shown)
    return shown == value


@pytest.mark.docker
def test_the_five_minutes_end_as_they_are_shown(cloud):
    [script] = blocks("README.md", "bash")
    [end] = blocks("README.md", "json")
    command = ["bash", "-euo", "pipefail", "-c", script.replace(API, cloud.endpoints.api)]
    said = subprocess.check_output(command, text=True, timeout=WITHIN_S)
    # The documents follow each other without a line's end between them.
    last = json.loads(said[said.rindex('{"id":') :])
    assert shown_in(json.loads(end), last), last


def test_the_table_of_exit_codes_is_in_the_help():
    from calloff.cli.commands import EXIT_CODES

    text = Path(ROOT / "docs/cli.md").read_text()
    for code in EXIT_CODES:
        assert re.search(rf"^  {code} ", text, re.MULTILINE)
