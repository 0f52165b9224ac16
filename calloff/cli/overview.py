"""The page of `calloff --help`."""

import os
import sys

import calloff
from calloff.cli.commands import COMMANDS, EXIT_CODES, OPTIONS, SUMMARY

NARROW, WIDE = 48, 100


def page() -> str:
    """Write the page, as wide as the terminal; with emphasis only where a person reads, and wants it."""
    width = _width()
    more = {
        "--install-completion": "Let the shell complete what you type.",
        "--version": "Show the version.",
        "--help": "Show this page; calloff COMMAND --help shows a command's.",
    }
    return "\n".join(
        [
            f"{_strong('Usage:')} calloff [OPTIONS] COMMAND [ARGS]...",
            "",
            *_wrapped(SUMMARY, width, "  "),
            "",
            _strong("Commands:"),
            *_rows(COMMANDS, width),
            "",
            _strong("Options:"),
            *_rows({**OPTIONS, **more}, width),
            "",
            _strong("Exit codes:"),
            *_rows({str(code): meaning for code, meaning in EXIT_CODES.items()}, width),
        ]
    )


def version() -> str:
    """Write the version."""
    return f"calloff {calloff.__version__}"


def _rows(rows: dict[str, str], width: int) -> list[str]:
    indent = max(map(len, rows)) + 4
    lines = []
    for name, meaning in rows.items():
        first, *others = _wrapped(meaning, width, " " * indent)
        lines += [f"  {name:{indent - 2}}{first[indent:]}", *others]
    return lines


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    """Break a text into lines. `textwrap` would cost as much time as all the rest."""
    lines, line = [], indent
    for word in text.split():
        if line != indent and len(line) + len(word) >= width:
            lines.append(line.rstrip())
            line = indent
        line += f"{word} "
    return [*lines, line.rstrip()]


def _width() -> int:
    try:
        columns = int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size().columns
    except (ValueError, OSError):
        columns = 80
    return max(NARROW, min(columns, WIDE))


def _strong(text: str) -> str:
    plain = not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if plain else f"\033[1m{text}\033[0m"
