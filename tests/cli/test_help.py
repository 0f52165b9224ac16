"""What the command line says of itself."""

import re
import subprocess
import sys

import pytest
import typer

from calloff.cli import commands
from calloff.cli.app import app, program
from calloff.cli.exits import Exit
from chalicelib.lifecycle import Status

HEAVY = {"httpx", "typer", "rich", "msgspec", "asyncio", "importlib.metadata"}


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",), ("help",)])
def test_the_overview_names_each_command_option_and_exit_code(words, calloff):
    said = calloff(*words)
    assert (said.returncode, said.stderr) == (0, "")
    for name, meaning in {**commands.COMMANDS, **commands.OPTIONS}.items():
        assert re.search(rf"^  {name} +{re.escape(meaning.split()[0])}", said.stdout, re.MULTILINE), name
    for code in commands.EXIT_CODES:
        assert re.search(rf"^  {code} ", said.stdout, re.MULTILINE), code


def test_the_overview_is_the_program(calloff):
    parameters = {each.opts[0]: each.help for each in program().params if "completion" not in each.name}
    assert parameters == commands.OPTIONS
    assert {name: command.help for name, command in program().commands.items()} == commands.COMMANDS
    assert set(commands.EXIT_CODES) == {int(code) for code in Exit}
    assert ", ".join(Status) == commands.STATUSES


def test_help_imports_nothing_heavy():
    work = "import sys; sys.argv = ['calloff', '--help']; from calloff.cli import main; main(); print(*sys.modules)"
    said = subprocess.check_output([sys.executable, "-c", work], text=True)
    assert not HEAVY & set(said.splitlines()[-1].split())


@pytest.mark.parametrize("columns", [48, 60, 80, 200])
def test_the_overview_fits(columns, calloff):
    lines = calloff("--help", COLUMNS=str(columns)).stdout.splitlines()
    assert max(map(len, lines)) <= min(columns, 100)


def test_emphasis_is_for_a_terminal_that_wants_it(calloff):
    assert "\033[1mUsage:" in screen(calloff)
    for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\033" not in screen(calloff, **variables)
    assert "\033" not in calloff("--help").stdout


def screen(calloff, **variables):
    terminal = calloff.typed("--help", **variables)
    assert terminal.ends() == 0
    return terminal.seen


@pytest.mark.parametrize("name", commands.COMMANDS)
def test_each_command_has_help_and_json(name, calloff):
    said = calloff(name, "--help")
    assert said.returncode == 0
    assert said.stdout.startswith(f"Usage: calloff {name}")
    assert commands.COMMANDS[name] in said.stdout
    assert "--json" in said.stdout


def test_the_version(calloff):
    import calloff as package

    assert calloff("--version").stdout == f"calloff {package.__version__}\n"


@pytest.mark.parametrize(
    ("words", "wrong", "following"),
    [
        (("frobnicate",), "No such command 'frobnicate'.", "calloff --help"),
        (("show",), "Missing argument 'TASK'.", "calloff show --help"),
        (("ps", "--bogus"), "No such option: --bogus", "calloff ps --help"),
        (("run", "-e", "X", "image"), "'X' is not of the form NAME=VALUE.", "--help"),
        (("wait", "--timeout", "0", "x"), "0", "calloff wait --help"),
    ],
)
def test_a_command_line_that_is_wrong_says_what_to_type(words, wrong, following, calloff):
    said = calloff(*words)
    assert (said.returncode, said.stdout) == (2, "")
    what, then = said.stderr.splitlines()
    assert wrong in what
    assert then.startswith("Next: ")
    assert then.endswith(following)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete_commands(shell, calloff):
    variables = {
        "bash": {"_CALLOFF_COMPLETE": "complete_bash", "COMP_WORDS": "calloff ", "COMP_CWORD": "1"},
        "zsh": {"_CALLOFF_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "calloff "},
        "fish": {
            "_CALLOFF_COMPLETE": "complete_fish",
            "_TYPER_COMPLETE_ARGS": "calloff ",
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        },
    }[shell]
    said = calloff(**variables).stdout
    for name in commands.COMMANDS:
        assert name in said
    assert isinstance(app, typer.Typer)
