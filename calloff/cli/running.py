"""Run the command line that was typed."""

import os
import sys
from collections.abc import Sequence

import typer

from calloff.cli.app import program
from calloff.cli.exits import Exit


def run(arguments: Sequence[str]) -> int:
    """Run it, and answer the exit code."""
    try:
        code = program().main(list(arguments), prog_name="calloff", standalone_mode=False)
    except typer.Exit as end:
        return end.exit_code
    except typer.TyperException as error:
        return _wrong(error)
    except (typer.Abort, KeyboardInterrupt):
        return Exit.INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.UNREAD
    return int(code or 0)


def _wrong(error: typer.TyperException) -> int:
    """Say what is wrong with the command line, and what to type next."""
    context = getattr(error, "ctx", None)
    sys.stderr.write(f"calloff: {error.format_message()}\n")
    sys.stderr.write(f"Next: {context.command_path if context else 'calloff'} --help\n")
    return Exit.USAGE
